import { GlimpseError } from "glimpse";
import { byId } from "./dom.js";

const box = byId("notice");
const words = byId("notice-text");
const retry = byId<HTMLButtonElement>("notice-retry");

byId("notice-close").addEventListener("click", () => clearNotice());

/** Says what went wrong, above the page. `again` is offered as a button. */
export function notify(thrown: unknown, again?: () => void): void {
  if (!(thrown instanceof GlimpseError)) console.error(thrown);
  const error = GlimpseError.from(thrown);
  words.textContent = error.message.charAt(0).toUpperCase() + error.message.slice(1);
  box.dataset.kind = error.kind;
  retry.hidden = !again;
  retry.onclick = () => {
    clearNotice();
    again?.();
  };
  box.hidden = false;
}

/** Takes the words away. */
export function clearNotice(): void {
  box.hidden = true;
}
