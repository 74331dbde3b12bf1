//! The faces that JavaScript sees: conversions and errors, nothing else. The one place that knows JavaScript.
//!
//! A browser module has one of them: a network on an engine, or the published data that replay needs.

#[cfg(feature = "archives")]
mod archives;
mod convert;
mod error;
#[cfg(feature = "session")]
mod session;

use wasm_bindgen::prelude::*;

unsafe extern "C" {
    /// The linker's own: runs what registers itself before all else, as burn's WebGPU kernels do by the thousand. Where nothing
    /// calls it, the linker has every call from JavaScript begin with it.
    safe fn __wasm_call_ctors();
}

/// Shows a panic's message and place in the console.
#[wasm_bindgen(start)]
fn start() {
    __wasm_call_ctors();
    console_error_panic_hook::set_once();
}
