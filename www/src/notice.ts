import { GlimpseError } from "glimpse";
import { byId } from "./dom.js";
import { words, write } from "./words/index.js";

const box = byId("notice");
const text = byId("notice-text");
const retry = byId<HTMLButtonElement>("notice-retry");

byId("notice-close").addEventListener("click", () => clearNotice());

/** What is said of an error. */
export function messageOf({ kind, message }: GlimpseError): string {
  return words.errors[kind] ?? message.charAt(0).toUpperCase() + message.slice(1);
}

/** Says what went wrong, above the page. `again` is offered as a button. */
export function notify(thrown: unknown, again?: () => void): void {
  if (!(thrown instanceof GlimpseError)) console.error(thrown);
  const error = GlimpseError.from(thrown);
  say(() => messageOf(error), error.kind, again);
}

/** Says something above the page. `again` is offered as a button. */
export function say(message: () => string, kind: string, again?: () => void): void {
  write(text, message);
  box.dataset.kind = kind;
  box.role = "alert";
  retry.hidden = !again;
  retry.onclick = () => {
    clearNotice();
    again?.();
  };
  box.hidden = false;
}

/** Says something that is no trouble. */
export function tell(message: () => string, kind: string): void {
  say(message, kind);
  box.role = "status";
}

/** Takes the words away; with a kind, only words of this kind. */
export function clearNotice(kind = box.dataset.kind): void {
  if (box.dataset.kind === kind) box.hidden = true;
}
