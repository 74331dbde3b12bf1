import { openDB, type IDBPDatabase } from "idb";

const STORE = "kept";

/** How long until it is tried again to keep what could not be kept, in milliseconds. */
const RETRY = 5000;

/** How long the storage is waited for before it is said that it keeps nothing, in milliseconds. */
const PATIENCE = 4000;

/** Why the browser does not keep what it should: its storage is full, or there is none. */
export type Trouble = "full" | "none";

/**
 * A map that outlives the page, and that all tabs share. It can be used at once and always: what the browser has no room
 * for is held in memory, and kept as soon as there is room.
 */
export class KeptMap<Value> {
  /** Called when another tab changed something. */
  onchange: () => void = () => {};
  /** Called once, when what was kept before has been read. */
  onread: () => void = () => {};
  /** Called with trouble, and when it is over. */
  ontrouble: () => void = () => {};

  readonly #name: string;
  readonly #values = new Map<string, Value>();
  /** Keys whose values, or whose absence, the browser does not keep yet. */
  readonly #behind = new Set<string>();
  readonly #tabs: BroadcastChannel | undefined;
  #database: Promise<IDBPDatabase> | undefined;
  #wasRead = false;
  /** The next settling, where one was asked for. */
  #asked: Promise<void> | undefined;
  #trouble: Trouble | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(name: string) {
    this.#name = name;
    this.#tabs = channel(name);
    this.#tabs?.addEventListener("message", ({ data }: MessageEvent<[string, Value | undefined][]>) => {
      for (const [key, value] of data) {
        if (!this.#behind.has(key)) this.#hold(key, value);
      }
      this.onchange();
    });
  }

  /** Why not everything is kept. */
  get trouble(): Trouble | undefined {
    return this.#trouble;
  }

  /** Whether something is held in memory only. */
  get behind(): boolean {
    return this.#behind.size > 0;
  }

  keys(): Iterable<string> {
    return this.#values.keys();
  }

  values(): Iterable<Value> {
    return this.#values.values();
  }

  /** Values are not to be changed, only replaced. */
  set(...entries: readonly (readonly [key: string, value: Value | undefined])[]): void {
    for (const [key, value] of entries) {
      this.#hold(key, value);
      this.#behind.add(key);
    }
    this.#asked ??= Promise.resolve().then(() => this.settle());
  }

  #hold(key: string, value: Value | undefined): void {
    if (value === undefined) this.#values.delete(key);
    else this.#values.set(key, value);
  }

  /** Reads what was kept before, once, and writes what is behind: together, or else as much as there is room for. */
  async settle(): Promise<void> {
    this.#asked = undefined;
    clearTimeout(this.#retry);
    try {
      await Promise.race([this.#keepAll(), silence()]);
      this.#tell(undefined);
    } catch (error) {
      this.#tell(error);
      if (this.behind || !this.#wasRead) this.#retry = setTimeout(() => void this.settle(), RETRY);
    }
  }

  async #keepAll(): Promise<void> {
    const database = this.#open();
    await this.#keep(await database).catch(async (error: unknown) => {
      if (isFull(error)) throw error;
      // Storage that is cleared ends its connections, which may be heard of only now.
      (await database).close();
      if (this.#database === database) this.#database = undefined;
      await this.#keep(await this.#open());
    });
  }

  async #keep(database: IDBPDatabase): Promise<void> {
    if (!this.#wasRead) await this.#read(database);
    const keys = [...this.#behind];
    await this.#write(database, keys).catch(async (error: unknown) => {
      if (keys.length === 1) throw error;
      const each = await Promise.allSettled(keys.map((key) => this.#write(database, [key])));
      for (const outcome of each) if (outcome.status === "rejected") throw outcome.reason;
    });
  }

  async #read(database: IDBPDatabase): Promise<void> {
    const { store } = database.transaction(STORE);
    const [keys, values] = await Promise.all([store.getAllKeys(), store.getAll()]);
    if (this.#wasRead) return;
    keys.forEach((key, i) => {
      if (!this.#behind.has(key as string)) this.#values.set(key as string, values[i]);
    });
    this.#wasRead = true;
    this.onread();
  }

  async #write(database: IDBPDatabase, keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return;
    const entries = keys.map((key) => [key, this.#values.get(key)] as const);
    const transaction = database.transaction(STORE, "readwrite");
    const { store } = transaction;
    const done = entries.map(([key, value]) => (value === undefined ? store.delete(key) : store.put(value, key)));
    // A page that ends now has kept what it was taught.
    transaction.commit();
    await Promise.all([...done, transaction.done]);
    for (const [key, value] of entries) {
      if (this.#values.get(key) === value) this.#behind.delete(key);
    }
    try {
      this.#tabs?.postMessage(entries);
    } catch {
      // Other tabs read it when they are loaded.
    }
  }

  #open(): Promise<IDBPDatabase> {
    if (this.#database) return this.#database;
    const forget = (): void => {
      if (this.#database === opening) this.#database = undefined;
    };
    const opening = (async () =>
      openDB(this.#name, 1, {
        upgrade: (database) => void database.createObjectStore(STORE),
        blocking: (_current, _blocked, event) => {
          (event.target as IDBDatabase).close();
          forget();
        },
        // What is taught next is then written at once, even if the page ends with it.
        terminated: () => {
          forget();
          void this.#open();
        },
      }))();
    opening.catch(forget);
    this.#database = opening;
    return opening;
  }

  /** @param error what went wrong; nothing, when all is kept */
  #tell(error: unknown): void {
    const trouble = error === undefined ? undefined : isFull(error) ? "full" : "none";
    if (trouble === "none") console.warn("Nothing can be kept:", error);
    if (trouble === this.#trouble) return;
    this.#trouble = trouble;
    this.ontrouble();
  }
}

/** Where the browser has none, or refuses it, each tab is by itself. */
function channel(name: string): BroadcastChannel | undefined {
  try {
    return new BroadcastChannel(name);
  } catch {
    return undefined;
  }
}

/** Fails when a storage that does not answer has been waited for long enough. */
async function silence(): Promise<never> {
  await new Promise((resolve) => setTimeout(resolve, PATIENCE));
  throw new Error("The browser's storage does not answer.");
}

function isFull(error: unknown): boolean {
  return error instanceof DOMException && error.name === "QuotaExceededError";
}
