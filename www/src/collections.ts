import { packCollection, type Collection, type Example, type System } from "glimpse";
import { fromStrokes, type Stroke } from "./ink.js";
import { KeptMap, type Trouble } from "./storage.js";
import { giveAfter, newId, type Keeper, type Support, type Taught, type Tuned } from "./support.js";
import { words } from "./words/index.js";

/** What the browser keeps, each under a key of its own. */
type Row =
  | ({ kind: "collection" } & Named)
  | { kind: "example"; collection: string; taught: Taught }
  | { kind: "weights"; collection: string; system: System; weights: Uint8Array };

type Entry = readonly [key: string, row: Row | undefined];

/** A collection without what is in it. */
interface Named {
  id: string;
  name: string;
  /** Counts how often any was opened or changed until this was, last: clocks go wrong. */
  used: number;
  /** When it was deleted, if it was. */
  deleted?: number;
}

/** What the menu shows of a collection. */
export interface Summary {
  id: string;
  name: string;
  /** Whether it is the one that is open. */
  open: boolean;
  /** Whether it was just deleted, and can still be had back. */
  deleted: boolean;
  characters: number;
  /** Pictures of some of them. */
  faces: Stroke[][];
}

/** How many characters stand for a collection. */
const FACES = 4;

/** For how long a deletion can be undone, in milliseconds. */
const UNDO = 10_000;

/** The visitor's collections: what was taught, under names, in the browser's storage. One is open. */
export class Collections implements Keeper {
  /** Called with changes of any collection, and with trouble. */
  onchange: () => void = () => {};

  readonly #support: Support;
  readonly #rows = new KeptMap<Row>("glimpse");
  /** Which one is open, unless it is deleted. */
  #openId: string | undefined;
  /** The id that a collection gets where there is none. Until the storage is read nobody else has it. */
  #spareId = newId();

  constructor(support: Support) {
    this.#support = support;
    support.keeper = this;
    this.#rows.onchange = () => this.#become();
    this.#rows.onread = () => this.#join();
    this.#rows.ontrouble = () => this.onchange();
  }

  /** Opens the collection that was used last. */
  async start(): Promise<void> {
    await this.#rows.settle();
    for (const { id, deleted } of this.#named()) {
      if (deleted !== undefined && ago(deleted) > 6 * UNDO) this.#purge(id, deleted);
    }
  }

  /** Why not everything that is taught is kept. */
  get trouble(): Trouble | undefined {
    return this.#rows.trouble;
  }

  /** Whether something taught would be lost with the page. */
  get behind(): boolean {
    return this.#rows.behind;
  }

  /** The collection that is open. Where there is none, one is kept once something was taught. */
  get open(): Named {
    const all = this.#named();
    const there = all.filter(({ deleted }) => deleted === undefined);
    const [last] = there.toSorted((a, b) => b.used - a.used);
    const open = there.find(({ id }) => id === this.#openId) ?? last;
    if (open) return open;
    // What is deleted stays so.
    if (this.#find(this.#spareId)) this.#spareId = newId();
    return { id: this.#spareId, name: words.collections.first, used: 0 };
  }

  /** The collections, oldest first. */
  list(): Summary[] {
    const open = this.open;
    const named = this.#named();
    if (!named.some(({ id }) => id === open.id)) named.push(open);
    return named
      .filter(({ deleted }) => deleted === undefined || ago(deleted) < UNDO)
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .map(({ id, name, deleted }) => {
        const faces = new Map(this.#taught(id).map(({ label, drawing }) => [label, drawing]));
        return {
          ...{ id, name, open: id === open.id, deleted: deleted !== undefined },
          characters: faces.size,
          faces: [...faces.values()].slice(0, FACES).map(fromStrokes),
        };
      });
  }

  choose(id: string): void {
    this.#put(id, {});
  }

  /** Opens a new collection, and says which. */
  create(): string {
    const id = newId();
    this.#put(id, { name: this.#free(words.collections.fresh) });
    return id;
  }

  rename(id: string, name: string): void {
    const trimmed = name.trim().normalize();
    if (trimmed) this.#change(id, { name: trimmed });
  }

  /** Deletes a collection; for a while it can be had back. */
  delete(id: string): void {
    const deleted = Date.now();
    this.#change(id, { deleted });
    setTimeout(() => this.#purge(id, deleted), UNDO);
    this.#become();
  }

  /** Brings back what was just deleted. */
  undelete(id: string): void {
    if (!this.#find(id)) return;
    this.#change(id, {});
    this.#become();
  }

  /** The bytes of a file that keeps the collection that is open. */
  async pack(system: System | undefined): Promise<Uint8Array> {
    const { id, name } = this.open;
    const support = this.#taught(id).map(({ label, drawing }) => ({ label, drawing }));
    return packCollection({ name, ...(system && { system }), support, tuned: this.#tuned(id) });
  }

  /** Opens a collection that a file kept, beside the others. */
  add({ name, support, tuned }: Collection, fallback: string): void {
    this.#put(newId(), { name: this.#free(name?.trim() || fallback.normalize()) }, support, tuned);
  }

  learnt(taught: Taught): void {
    const id = this.#held();
    this.#change(id, {}, exampleRow(id, taught));
  }

  forgotten(taught: readonly Taught[]): void {
    const id = this.#held();
    this.#change(id, {}, ...taught.map((one): Entry => [exampleRow(id, one)[0], undefined]));
  }

  tuned(system: System, weights: Uint8Array | undefined): void {
    const id = this.#held();
    const [key, row] = weightsRow(id, system, weights ?? new Uint8Array());
    this.#change(id, {}, [key, weights && row]);
  }

  /** The collection that is open, which from now on it stays, whatever other tabs use. */
  #held(): string {
    this.#openId = this.open.id;
    return this.#openId;
  }

  /** Opens a collection, changes it, and puts into it what it is given. */
  #put(id: string, change: Partial<Named>, support: readonly (Example & { id?: string })[] = [], tuned: Tuned = {}): void {
    const examples = support.map((example) => exampleRow(id, { id: newId(), ...example }));
    const weights = (Object.entries(tuned) as [System, Uint8Array][]).map(([system, its]) => weightsRow(id, system, its));
    this.#openId = id;
    this.#change(id, change, ...examples, ...weights);
    this.#become();
  }

  /** Changes a collection, and what is in it. */
  #change(id: string, change: Partial<Named>, ...entries: readonly Entry[]): void {
    const name = this.#find(id)?.name ?? words.collections.first;
    const used = 1 + Math.max(0, ...this.#named().map(({ used }) => used));
    this.#rows.set([`collection/${id}`, { kind: "collection", id, name, used, ...change }], ...entries);
    this.onchange();
  }

  /** Takes away all of a collection, unless it is not the one any more that was deleted then. */
  #purge(id: string, deleted?: number): void {
    if (this.#find(id)?.deleted !== deleted) return;
    const keys = [...this.#rows.keys()].filter((key) => key.split("/")[1] === id);
    this.#rows.set(...keys.map((key) => [key, undefined] as const));
    this.onchange();
  }

  /** Called when the storage has been read: what was taught until then goes into the collection that is open, unless the visitor named one for it. */
  #join(): void {
    const early = this.#spareId;
    // The same in all tabs.
    this.#spareId = "0";
    if (this.#openId !== early || this.open.name !== words.collections.first) return this.#become();
    const taught = this.#taught(early);
    const tuned = this.#tuned(early);
    this.#purge(early);
    const { id } = this.open;
    this.#put(id, {}, taught, { ...tuned, ...this.#tuned(id) });
  }

  /** Has what is open known. */
  #become(): void {
    for (const row of this.#all()) giveAfter(row.kind === "example" ? row.taught.id : row.kind === "collection" ? row.id : "");
    const { id, used } = this.open;
    // Whatever other tabs open, it stays.
    if (used) this.#openId ??= id;
    this.#support.become(this.#taught(id), this.#tuned(id));
    this.onchange();
  }

  #find(id: string): Named | undefined {
    return this.#named().find((named) => named.id === id);
  }

  #named(): Named[] {
    return this.#all().filter((row) => row.kind === "collection");
  }

  #taught(collection: string): Taught[] {
    return this.#all()
      .filter((row) => row.kind === "example")
      .filter((row) => row.collection === collection)
      .map(({ taught }) => taught)
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  #tuned(collection: string): Tuned {
    const rows = this.#all().filter((row) => row.kind === "weights");
    const its = rows.filter((row) => row.collection === collection);
    return Object.fromEntries(its.map(({ system, weights }) => [system, weights]));
  }

  #all(): Row[] {
    return [...this.#rows.values()];
  }

  /** A name that no other collection has. */
  #free(wanted: string): string {
    const taken = new Set(this.list().map(({ name }) => name));
    let name = wanted;
    for (let i = 2; taken.has(name); i += 1) name = `${wanted} ${i}`;
    return name;
  }
}

/** How long ago something was, in milliseconds. What lies ahead was before the clock was set right. */
function ago(time: number): number {
  const passed = Date.now() - time;
  return passed < 0 ? Infinity : passed;
}

function exampleRow(collection: string, taught: Taught): Entry {
  return [`example/${collection}/${taught.id}`, { kind: "example", collection, taught }];
}

function weightsRow(collection: string, system: System, weights: Uint8Array): Entry {
  return [`weights/${collection}/${system}`, { kind: "weights", collection, system, weights }];
}
