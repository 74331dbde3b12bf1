/** Lays a menu below its button, or above, where there is more room. */
export function placeBeside(menu: HTMLElement, button: HTMLElement): void {
  const { left, top, bottom } = button.getBoundingClientRect();
  const below = innerHeight - bottom > top;
  const place = { left, top: below ? bottom + 4 : undefined, bottom: below ? undefined : innerHeight - top + 4 };
  for (const [side, at] of Object.entries(place)) {
    menu.style.setProperty(`--${side}`, at === undefined ? "auto" : `${Math.max(8, at)}px`);
  }
  menu.style.setProperty("--room", `${(below ? innerHeight - bottom : top) - 16}px`);
}
