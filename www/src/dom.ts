export { afterInput, s as shape, set } from "glimpse/dom";

/** The element of the page with this id. */
export function byId<T extends Element = HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no #${id}`);
  return element as unknown as T;
}

/** A new element with properties and children. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Partial<HTMLElementTagNameMap[K]> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const created = Object.assign(document.createElement(tag), properties);
  created.append(...children);
  return created;
}

/** Changes the address and state of the page, where the browser lets it: frames and files shown by other pages may have none. */
export function replaceState(state: unknown, address?: string): void {
  try {
    history.replaceState(state, "", address);
  } catch {
    // What the address would tell is forgotten with the page.
  }
}

/** Whether the visitor asked for little motion. */
export const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** The next frame; in a hidden page, which has none, the next task. */
export function nextFrame(): Promise<unknown> {
  return new Promise((resolve) => (document.hidden ? setTimeout(resolve) : requestAnimationFrame(resolve)));
}

/** Resolves once what the page shows has been painted. */
export async function painted(): Promise<void> {
  await nextFrame();
  await new Promise((resolve) => setTimeout(resolve));
}

/**
 * Runs `work` for the newest request: those of one moment are one, and those that come while it runs become one more run.
 * Resolves when it rests.
 */
export function newest(work: () => Promise<void>): () => Promise<void> {
  let asked = false;
  let running: Promise<void> | undefined;
  const run = async (): Promise<void> => {
    try {
      await Promise.resolve();
      while (asked) {
        asked = false;
        await work();
      }
    } finally {
      running = undefined;
    }
  };
  return () => {
    asked = true;
    return (running ??= run());
  };
}
