//! What every fuzz target does: reads one input, and fails if that takes over a second or over 64 MB.

#[path = "../readers.rs"]
pub mod readers;

use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    time::Duration,
};

use cpu_time::ThreadTime;

/// Longest that an input may take, on the processor.
const LONGEST: Duration = Duration::from_secs(1);
/// Most memory that an input may take, in bytes, beside the input itself.
const MOST: usize = 64 << 20;

/// Counts the bytes held, and remembers the most.
struct Counting;

static HELD: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

// SAFETY: allocates by the system's own allocator, and only counts beside that.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        PEAK.fetch_max(HELD.fetch_add(layout.size(), Relaxed) + layout.size(), Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Relaxed);
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Reads one input, and says so on standard error where none before took as long or as much.
///
/// # Panics
/// If the reader does, or takes too long or too much.
pub fn read(reader: fn(&[u8]), file: &[u8]) {
    static SLOWEST: AtomicUsize = AtomicUsize::new(0);
    static LARGEST: AtomicUsize = AtomicUsize::new(0);

    let before = HELD.load(Relaxed);
    PEAK.store(before, Relaxed);
    let started = ThreadTime::now();
    reader(file);
    let took = started.elapsed();
    let peak = PEAK.load(Relaxed) - before;

    let micros = took.as_micros() as usize;
    if SLOWEST.fetch_max(micros, Relaxed) < micros {
        eprintln!("slowest so far: {:.3} ms", micros as f64 / 1e3);
    }
    if LARGEST.fetch_max(peak, Relaxed) < peak {
        eprintln!("most memory so far: {:.3} MB", peak as f64 / 1e6);
    }
    assert!(took <= LONGEST, "an input of {} bytes took {took:?}", file.len());
    assert!(peak <= MOST, "an input of {} bytes took {peak} bytes of memory", file.len());
}
