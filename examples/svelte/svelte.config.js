import adapter from "@sveltejs/adapter-node";

// The modules of engines that hardly anyone fetches would take minutes to compress.
export default { kit: { adapter: adapter({ precompress: false }) } };
