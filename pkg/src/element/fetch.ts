import { GlimpseError } from "../error.js";
import { twice } from "../twice.js";

/** The answer to a file's URL, which the page named. */
export async function fetchFile(url: URL, signal: AbortSignal): Promise<Response> {
  const name = url.pathname.split("/").at(-1);
  const ask = async (): Promise<Response> => {
    const response = await fetch(url, { signal });
    if (response.status >= 500) throw new Error(`HTTP ${response.status}`);
    return response;
  };
  const response = await twice(ask, signal).catch((error: unknown) => {
    throw new GlimpseError("LoadFailed", `${name} could not be fetched (${String(error)}).`);
  });
  if (!response.ok) throw new GlimpseError("LoadFailed", `${name} could not be fetched (HTTP ${response.status}).`);
  return response;
}
