import type { PlainDrawing, Strokes } from "./drawing.js";
import { download, type OnBytes } from "./download.js";
import { GlimpseError } from "./error.js";
import { twice } from "./twice.js";
import type {
  EngineKind,
  EpisodePictures,
  FeatureMap,
  FineTuneStep,
  Protocol,
  System,
  Trial,
} from "./types.js";

/** What data an archive holds. */
export type ArchiveKind = "official" | "evaluation" | "mnist";

/** What each engine's module exports. */
export interface EngineModule {
  default(options: { module_or_path: WebAssembly.Module }): Promise<unknown>;
  Session: { open(system: System, weights: Uint8Array): Promise<EngineSession> };
  invent(seed: number, characters: number, drawers: number): Strokes[][];
  trace(drawing: PlainDrawing): Strokes;
  /** Of `webgpu` alone: has a function called with why, should the module's device be lost. */
  whenDeviceLost?(onlost: (why: string) => void): void;
}

/** What the module that reads published data exports. */
export interface ArchivesModule {
  default: EngineModule["default"];
  /** `mnist` takes images and labels, the others their zip; `onread` is called while they read. */
  Archive: Record<ArchiveKind, (...filesAndOnread: readonly (Uint8Array | OnAlive)[]) => Archive>;
}

/** A module by name: an engine, or `archives`, which only replay needs. */
export type ModuleName = EngineKind | "archives";

/** Called while a long piece of work goes on. */
export type OnAlive = () => void;

/** An engine with its weights and what it was taught. One call at a time. */
export interface EngineSession {
  selfTestError(): number;
  learn(label: string, drawing: PlainDrawing): Promise<void>;
  forget(label: string): void;
  classify(drawing: PlainDrawing, limit?: number): Promise<Classified>;
  embed(drawing: PlainDrawing): Promise<Float32Array>;
  preview(drawing: PlainDrawing): Uint8Array;
  map(query?: PlainDrawing): Promise<FeatureMap>;
  /** Not of `simd`. */
  fineTuning(support: readonly (readonly PlainDrawing[])[], steps?: number, seed?: number): Tuning;
  /** Not of `simd`. */
  tunedBy(tuning: Tuning): Promise<Uint8Array | undefined>;
  retune(tuned?: Uint8Array, onalive?: OnAlive): Promise<void>;
  replay(pictures: EpisodePictures, truth: Int32Array): Promise<Omit<Trial, "pictures" | "episode">[]>;
  free(): void;
}

/** Labels, best first, by their places among those taught in the order first taught, and what belongs to each. Ten thousand labels themselves would take longer to cross than to be ranked. */
export interface Classified {
  places: Uint32Array;
  scores: Float32Array;
  similarity: Float32Array;
  familiarity: number;
  millis: number;
}

/** Fine-tuning under way. */
export interface Tuning {
  advance(): Promise<FineTuneStep | undefined>;
  free(): void;
}

/** Data that episodes are made of, read from its files. */
export interface Archive {
  episode(protocol: Protocol, seed: number, episode: number): { pictures: EpisodePictures; truth: Int32Array };
  free(): void;
}

/** A module's code: its absolute URL, its bytes, or compiled. */
export type WasmSource = string | Uint8Array | WebAssembly.Module;

/** Where a module's two files are. */
export interface ModuleUrls {
  glue: string;
  wasm: string;
}

/** The modules and weights beside this code. Spelled out, since that is how bundlers find and copy them. */
export const BESIDE: { modules: Record<ModuleName | "simd-relaxed", ModuleUrls>; weights: Record<System, string> } = {
  modules: {
    simd: {
      glue: new URL("./wasm/simd/glimpse.js", import.meta.url).href,
      wasm: new URL("./wasm/simd/glimpse_bg.wasm", import.meta.url).href,
    },
    "simd-relaxed": {
      glue: new URL("./wasm/simd-relaxed/glimpse.js", import.meta.url).href,
      wasm: new URL("./wasm/simd-relaxed/glimpse_bg.wasm", import.meta.url).href,
    },
    archives: {
      glue: new URL("./wasm/archives/glimpse.js", import.meta.url).href,
      wasm: new URL("./wasm/archives/glimpse_bg.wasm", import.meta.url).href,
    },
    webgpu: {
      glue: new URL("./wasm/webgpu/glimpse.js", import.meta.url).href,
      wasm: new URL("./wasm/webgpu/glimpse_bg.wasm", import.meta.url).href,
    },
    flex: {
      glue: new URL("./wasm/flex/glimpse.js", import.meta.url).href,
      wasm: new URL("./wasm/flex/glimpse_bg.wasm", import.meta.url).href,
    },
    ndarray: {
      glue: new URL("./wasm/ndarray/glimpse.js", import.meta.url).href,
      wasm: new URL("./wasm/ndarray/glimpse_bg.wasm", import.meta.url).href,
    },
  },
  weights: {
    siamese: new URL("./weights/siamese.safetensors", import.meta.url).href,
    triplet: new URL("./weights/triplet.safetensors", import.meta.url).href,
    relation: new URL("./weights/relation.safetensors", import.meta.url).href,
  },
};

/** A module that does nothing but ask for relaxed SIMD: `f32x4.relaxed_madd` of three zeros. */
const RELAXED = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 19, 1, 17, 0],
  ...[65, 0, 253, 17, 65, 0, 253, 17, 65, 0, 253, 17, 253, 133, 2, 11],
);

/** Where a module is, the one made for this browser where there are two: under `assets`, or beside this code. */
export function moduleOf(module: ModuleName, assets: string | undefined): ModuleUrls {
  const name = module === "simd" && WebAssembly.validate(RELAXED) ? "simd-relaxed" : module;
  if (assets === undefined) return BESIDE.modules[name];
  return {
    glue: new URL(`wasm/${name}/glimpse.js`, assets).href,
    wasm: new URL(`wasm/${name}/glimpse_bg.wasm`, assets).href,
  };
}

/** The smallest module. */
const EMPTY = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);

/** A module that does nothing but ask for SIMD: `i8x16.splat` of zero. */
const SIMD = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0],
  ...[10, 8, 1, 6, 0, 65, 0, 253, 15, 11],
);

/** @throws GlimpseError `NoWebAssembly` where nothing can be compiled, `NoSimd` where it lacks what every engine is compiled for */
export function demandWebAssembly(): void {
  try {
    new WebAssembly.Module(EMPTY);
  } catch {
    const why = "the browser has none, or the script-src of the page's policy does not allow 'wasm-unsafe-eval'";
    throw new GlimpseError("NoWebAssembly", `WebAssembly cannot be used here: ${why}.`);
  }
  if (WebAssembly.validate(SIMD)) return;
  throw new GlimpseError("NoSimd", "This browser's WebAssembly has no SIMD. Chrome and Edge have it since 91, Firefox since 89, Safari since 16.4.");
}

/**
 * Loads a module from `wasm`, or from where it is. `instance` distinguishes copies of it: each has a memory of its own.
 */
export async function loadModule<M extends Pick<EngineModule, "default">>(
  urls: ModuleUrls,
  wasm: WasmSource | undefined,
  instance: number,
  onbytes: OnBytes,
  signal: AbortSignal,
): Promise<M> {
  // A blob's address takes no query.
  const mark = urls.glue.startsWith("blob:") ? "#" : "?";
  const glue = instance === 0 ? urls.glue : `${urls.glue}${mark}instance=${instance}`;
  const [module_or_path, module] = await Promise.all([
    twice(() => compile(wasm ?? urls.wasm, onbytes, signal), signal),
    // Browsers remember an address that no module came from.
    twice((again) => {
      const address = again ? `${glue}${mark === "?" && instance > 0 ? "&" : mark}again` : glue;
      return importScript<M>(address);
    }, signal),
  ]);
  await module.default({ module_or_path });
  return module;
}

/** Imports a script that no bundler is to look for. */
async function importScript<M>(address: string): Promise<M> {
  return import(/* @vite-ignore */ /* webpackIgnore: true */ address) as Promise<M>;
}

/** Compiles code as it arrives. */
async function compile(wasm: WasmSource, onbytes: OnBytes, signal: AbortSignal): Promise<WebAssembly.Module> {
  if (wasm instanceof WebAssembly.Module) return wasm;
  if (typeof wasm !== "string") return WebAssembly.compile(wasm as BufferSource);
  const response = await download(wasm, onbytes, signal);
  const streams = response.headers.get("content-type") === "application/wasm";
  return streams ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer());
}
