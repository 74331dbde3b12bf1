import type { ArchiveKind } from "./calls.js";
import type { PlainDrawing, Strokes } from "./drawing.js";
import { download, type OnBytes } from "./download.js";
import type { Classification, EngineKind, EpisodePictures, FeatureMap, Protocol, System, Trial } from "./types.js";

/** Glimpse's WebAssembly face: what each engine's module exports. */
export interface EngineModule {
  default(options: { module_or_path: WebAssembly.Module }): Promise<unknown>;
  Session: { open(system: System, weights: Uint8Array): Promise<EngineSession> };
  /** `mnist` takes images and labels, the others their zip. */
  Archive: Record<ArchiveKind, (...files: readonly Uint8Array[]) => Archive>;
  invent(seed: number, characters: number, drawers: number): Strokes[][];
}

/** An engine with its weights and what it was taught. One call at a time. */
export interface EngineSession {
  selfTestError(): number;
  learn(label: string, drawing: PlainDrawing): Promise<void>;
  forget(label: string): void;
  labels(): string[];
  classify(drawing: PlainDrawing): Promise<Classification>;
  embed(drawing: PlainDrawing): Promise<Float32Array>;
  preview(drawing: PlainDrawing): Uint8Array;
  map(query?: PlainDrawing): Promise<FeatureMap>;
  replayEpisode(
    archive: Archive,
    protocol: Protocol,
    seed: number,
    episode: number,
  ): Promise<Omit<Trial, "pictures">[]>;
  free(): void;
}

/** Data that episodes are made of, read from its files. */
export interface Archive {
  pictures(protocol: Protocol, seed: number, episode: number): EpisodePictures;
  free(): void;
}

/** Where a module's two files are. */
export interface ModuleUrls {
  glue: string;
  wasm: string;
}

/** The modules and weights beside this code. Spelled out, since that is how bundlers find and copy them. */
export const BESIDE: { modules: Record<EngineKind, ModuleUrls>; weights: Record<System, string> } = {
  modules: {
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

/** Fetches a module, compiling it as it arrives. `instance` tells apart copies of it: each has a memory of its own. */
export async function loadModule(
  urls: ModuleUrls,
  instance: number,
  onbytes: OnBytes,
  signal: AbortSignal,
): Promise<EngineModule> {
  const response = await download(urls.wasm, onbytes, signal);
  const streams = response.headers.get("content-type") === "application/wasm";
  const compiled = streams
    ? WebAssembly.compileStreaming(response)
    : response.arrayBuffer().then((bytes) => WebAssembly.compile(bytes));
  const glue = instance === 0 ? urls.glue : `${urls.glue}?instance=${instance}`;
  const [module_or_path, module] = await Promise.all([
    compiled,
    import(/* @vite-ignore */ /* webpackIgnore: true */ glue) as Promise<EngineModule>,
  ]);
  await module.default({ module_or_path });
  return module;
}
