/** What the tests put into their page. */
declare var peer: typeof import("./tfjs.js");
declare var jax: typeof import("./jax.js");
