import { GlimpseError } from "./error.js";

/** Features without which burn's WebGPU engine cannot run. */
const NEEDED: readonly GPUFeatureName[] = ["timestamp-query"];

/**
 * The name of the graphics adapter that WebGPU would run on.
 *
 * @param allowSoftware whether an adapter that computes on the CPU will do; it is slower than the CPU engines
 * @throws GlimpseError `NoAdapter`, saying why there is none.
 */
export async function findAdapter(allowSoftware: boolean): Promise<string> {
  const gpu = (globalThis.navigator as Partial<Navigator> | undefined)?.gpu;
  if (!gpu) {
    throw new GlimpseError(
      "NoAdapter",
      globalThis.isSecureContext === false ? "WebGPU needs a page served by https or from localhost." : "There is no WebGPU here.",
    );
  }
  const adapter = await requestAdapter(gpu).catch((error: unknown) => {
    throw new GlimpseError("NoAdapter", `The browser gave no graphics adapter (${String(error)}).`);
  });
  if (!adapter) throw new GlimpseError("NoAdapter", "The browser has WebGPU, but no graphics adapter for it.");

  const { vendor, architecture, device, description, isFallbackAdapter } = adapter.info;
  const name = description || [vendor, device || architecture].filter(Boolean).join(" ") || "unnamed adapter";
  const software =
    isFallbackAdapter || /swiftshader|llvmpipe|lavapipe|basic render|software/i.test(`${name} ${architecture}`);
  if (software && !allowSoftware) {
    throw new GlimpseError("NoAdapter", `The graphics adapter (${name}) is software, slower than the CPU itself.`);
  }
  const lacking = NEEDED.filter((feature) => !adapter.features.has(feature));
  if (lacking.length > 0) {
    throw new GlimpseError("NoAdapter", `The graphics adapter (${name}) lacks ${lacking.join(", ")}.`);
  }
  return name;
}

/** How long a browser may take to name an adapter, in milliseconds. */
const PATIENCE = 5000;

async function requestAdapter(gpu: GPU): Promise<GPUAdapter | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${PATIENCE / 1000} seconds`)), PATIENCE);
  });
  return Promise.race([gpu.requestAdapter({ powerPreference: "high-performance" }), silence]).finally(() => clearTimeout(timer));
}
