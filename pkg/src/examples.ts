import type { Example } from "./drawing.js";

/** What is taught after a change: `kept` as before, and then `again`, which is taught once more. */
export interface Retaught {
  kept: Example[];
  again: Example[];
}

/** A label is forgotten, or one of its drawings, by its place among them. */
export function without(examples: readonly Example[], label: string, drawing?: number): Retaught {
  const own = examples.filter((example) => example.label === label);
  const again = drawing === undefined ? [] : own.filter((_, place) => place !== drawing);
  return { kept: examples.filter((example) => example.label !== label), again };
}

/** A label gets another name; where that is another label's, the drawings of both are of one. */
export function renamed(examples: readonly Example[], label: string, to: string): Retaught {
  const concerned = ({ label: own }: Example): boolean => own === label || own === to;
  const again = examples.filter(concerned).map((example) => ({ ...example, label: to }));
  return { kept: examples.filter((example) => !concerned(example)), again };
}
