import type { EpisodeOutcome } from "./calls.js";
import { checkFile, type Replaying } from "./check.js";
import { GlimpseError } from "./error.js";
import { orAbort } from "./link.js";
import type { ArchiveKind } from "./modules.js";
import type { ArchiveFile } from "./options.js";
import type { Supervisor } from "./supervisor.js";
import type { Protocol, ReplayProgress, Trial } from "./types.js";

/** Archives that were opened in this page, so that each has a name of its own. */
let opened = 0;

/** An instance that replays episodes. It holds the last archive of each kind. */
export class Replayer {
  readonly #supervisor: Supervisor;
  readonly #held = new Map<ArchiveKind, { files: readonly ArchiveFile[]; archive: Promise<string> }>();

  constructor(supervisor: Supervisor) {
    this.#supervisor = supervisor;
  }

  /** Reads an archive, unless it is held. Another one of its kind is let go. */
  read({ protocol, files }: Pick<Replaying, "protocol" | "files">): Promise<string> {
    const kind = kindOf(protocol);
    const held = this.#held.get(kind);
    if (held && files.every((file, i) => file === held.files[i])) return held.archive;

    const archive = (async () => {
      const bytes = await Promise.all(files.map((file) => checkFile(file, "BadArchive")));
      const name = `${(opened += 1)}`;
      await this.#supervisor.call("openArchive", { archive: name, kind, files: bytes });
      return name;
    })();
    held?.archive.then((archive) => this.#supervisor.call("closeArchive", { archive })).catch(() => {});
    this.#held.set(kind, { files, archive });
    archive.catch(() => this.#letGo(kind, archive));
    return archive;
  }

  /** Replays an episode by its number, reading the archive anew where another engine took over. */
  async episode(replaying: Replaying, episode: number): Promise<EpisodeOutcome> {
    const { protocol, seed, signal } = replaying;
    for (;;) {
      const reading = this.read(replaying);
      const archive = await orAbort(reading, signal);
      const outcome = await this.#supervisor.call("replayEpisode", { archive, protocol, seed, episode }, { signal });
      if (outcome) return outcome;
      this.#letGo(kindOf(protocol), reading);
      if (this.#supervisor.closed) throw new GlimpseError("Disposed", "This instance was disposed of.");
    }
  }

  #letGo(kind: ArchiveKind, archive: Promise<string>): void {
    if (this.#held.get(kind)?.archive === archive) this.#held.delete(kind);
  }
}

/** Replays episodes by several instances, each with the next that waits. */
export async function* replay(crew: readonly Replayer[], replaying: Replaying): AsyncGenerator<Trial, void, undefined> {
  const { total, signal, onprogress } = replaying;
  const progress = (phase: ReplayProgress["phase"], episodes: number): void => onprogress?.({ phase, episodes, total });

  progress("read", 0);
  signal?.throwIfAborted();
  await orAbort(Promise.all(crew.map((one) => one.read(replaying))), signal);
  progress("replay", 0);
  const replayed = (i: number): Promise<EpisodeOutcome> => {
    const episode = crew[i % crew.length]!.episode(replaying, replaying.episode(i));
    episode.catch(() => {});
    return episode;
  };
  // Each engine is one episode ahead of what is shown.
  const ahead: Promise<EpisodeOutcome>[] = [];
  for (let next = 0, shown = 0; shown < total; ) {
    while (next < total && ahead.length <= crew.length) ahead.push(replayed(next++));
    const { trials, pictures } = await ahead.shift()!;
    progress("replay", (shown += 1));
    for (const trial of trials) {
      yield { ...trial, pictures };
      signal?.throwIfAborted();
    }
  }
}

function kindOf(protocol: Protocol): ArchiveKind {
  return protocol === "official" || protocol === "mnist" ? protocol : "evaluation";
}
