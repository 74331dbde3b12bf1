/** A new element with properties, its parts and its children. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  part: string,
  properties: Partial<HTMLElementTagNameMap[K]> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const created = Object.assign(document.createElement(tag), properties);
  if (part) created.setAttribute("part", part);
  created.append(...children);
  return created;
}

/** A new SVG element with attributes and children. */
export function s<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Record<string, string | number> = {},
  ...children: (Node | string)[]
): SVGElementTagNameMap[K] {
  const created = document.createElementNS("http://www.w3.org/2000/svg", tag);
  set(created, attributes);
  created.append(...children);
  return created;
}

/** Sets several attributes. */
export function set(element: Element, attributes: Record<string, string | number>): void {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, `${value}`);
}

/**
 * Does something in a task of its own, after the input that is handled now. What a handler of input changes to be seen has Chromium put off all other tasks
 * until it is shown, the worker's answer among them: up to a frame.
 */
export function afterInput(work: () => void): void {
  setTimeout(work);
}

/** Whether the visitor asked for little motion. */
export const isCalm = (): boolean => matchMedia("(prefers-reduced-motion: reduce)").matches;
