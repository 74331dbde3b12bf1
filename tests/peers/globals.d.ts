/** What the tests put into their page. */
declare var peer: typeof import("./tfjs.js");
