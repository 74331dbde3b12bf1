import type { EngineKind, GlimpseErrorKind, Protocol, SetName, SignFormat, System, Work } from "glimpse";

/** Words and, among them, what is set off from them. */
type Parts = readonly (Node | string)[];

/** What the page says in English, but for what stands in its HTML. */
export const en = {
  /** For numbers and lists. */
  tag: "en-GB",
  percent: (number: string) => `${number} %`,
  range: (low: string, high: string) => `${low} to ${high}`,

  /** What stands in the HTML, by the name that it has in `data-say`. */
  page: {} as Readonly<Record<string, string>>,
  /** What is said of an error, by its kind, where it is not the error's own message. */
  errors: {} as Readonly<Partial<Record<GlimpseErrorKind, string>>>,
  /** Other words for notes and names in `weights/scores.json`. */
  scores: {
    pendigits: "Digits on a tablet",
    "quickdraw-symbols": "Quick, Draw!, symbols",
    "detexify-one-stroke": "LaTeX signs of one stroke",
  } as Readonly<Record<string, string>>,
  languageMissing: "The texts in this language could not be fetched. Is the network there?",

  systems: {
    siamese: { name: "Siamese", compares: "A weighted L1 distance of the two drawings’ features, through a sigmoid." },
    triplet: { name: "Triplet", compares: "The Euclidean distance of the two drawings’ features." },
    relation: {
      name: "Relation",
      compares: "A small network looks at both drawings’ feature maps and scores how they relate.",
    },
  } satisfies Record<System, { name: string; compares: string }>,
  network: (system: string) => `${system} network`,
  networkSize: (millions: string, megabytes: string) => `${millions} M weights, ${megabytes} MB`,
  notSaid: "not said",
  trained: (
    network: string,
    tuned: boolean,
    { correct, trials }: { correct: number; trials: number },
    share: string,
    interval: string,
  ) =>
    `${tuned ? "Before fine-tuning, this" : "This"} ${network} on Omniglot’s official 20-way one-shot runs: ` +
    `${correct} of ${trials}, ${share} (95 % interval ${interval}).`,
  sources: (source: string) => `Network: ${source}. Test: Lake, Salakhutdinov, Tenenbaum 2015.`,

  engine: {
    loading: "loading",
    loadingIt: (engine: EngineKind) => `loading ${engine}`,
    testing: (engine: EngineKind) => `testing ${engine}`,
    none: "no engine",
    nothing: "Nothing computes yet.",
    graphics: (adapter: string) => `The graphics processor (${adapter}), by WebGPU.`,
    cpu: (engine: EngineKind) => `This device’s CPU, by ${engine}.`,
    lastAnswer: "last answer",
    noneYet: "none yet",
    selfTest: "self-test",
    selfTestError: (error: string) => `off by ${error} (passes below 0.001)`,
    works: { classify: "a drawing", replay: "an episode", fineTune: "a step of fine-tuning" } satisfies Record<Work, string>,
    size: "size",
    published: "published",
    refused: (engine: EngineKind) => `Not ${engine}: `,
    recovered: (why: string, from: EngineKind) =>
      `${why} ${from === "webgpu" ? "The CPU" : "A new one"} goes on with all that you taught.`,
    offline: (network: string) => `You are offline, and the ${network} was not used here before.`,
  },

  teach: {
    /** Names for invented characters. */
    names: ["oru", "mek", "tali", "vesh", "quon", "ibi", "sarn", "ulo", "dreth", "fay", "gim", "hoss", "jun", "kelp"],
    /** Names for characters that are given none. */
    letters: "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    nameIt: (letter: string) => `Its name, or “${letter}”`,
    // Each hint fits one line on a phone, so that the paper stays where it is.
    forPicture: {
      none: "The picture’s ink: name it and press Enter.",
      one: "The picture’s ink. Name this one too.",
      more: "The picture’s ink. New, or wrong? Teach it.",
    },
    forDrawing: {
      none: "Now give it a name and press Enter.",
      one: "Name this one too. From two on, drawings can be recognised.",
      more: "A new one, or wrong? Name it and teach it.",
    },
    forEmpty: {
      none: "Any sign will do, even one of your own.",
      one: (known: string) => `“${known}” is known. Now draw a different one.`,
      more: "Now draw one of them again.",
    },
    emptyPaper: "The paper is empty: draw it first.",
    known: "Known characters",
    howItWorks: "How it works",
    inventMore: "Invent five",
    inventFirst: "Try with invented characters",
    nothingKnown: "Nothing is known yet.",
    oneKnown: "Only one is known. Teach a second character first.",
    isIt: (label: Node): Parts => ["This is ", label],
    closest: (label: Node): Parts => ["Not known yet: name it. Most like ", label],
    /** The answer to those who hear the page. */
    heard: (label: string, known: boolean, score: string, next: { label: string; score: string }) =>
      `${known ? "This is" : "Not known yet. Most like"} ${label}, ${score}. Next: ${next.label}, ${next.score}.`,
    taught: (label: string) => `${label} is known now.`,
    forget: "Forget",
    forgetIt: (label: string) => `Forget ${label}`,
    drawings: (count: number) => `${count} drawings`,
    penDown: "Pen down",
    penUp: "Pen up",
  },

  find: {
    title: "Draw a sign.",
    titleThen: "Here is its name, and its code.",
    hint: "A letter, an arrow, any symbol: one drawing is enough.",
    drawHere: "Draw here",
    paper: "Paper to draw a sign on",
    keys:
      "Arrow keys move the pen, Shift makes their steps small, Space lowers and lifts it. Backspace takes back a stroke, Ctrl Shift Z does it " +
      "again, Escape clears, Enter copies the best sign, a digit copies the sign of that number.",
    undo: "Undo stroke",
    redo: "Redo",
    clear: "Clear the paper",
    search: "Search by name or code",
    name: "Name of a sign that is not there",
    nameIt: "Not there? Name it",
    nameFirst: "Give it a name first.",
    teach: "Teach",
    taught: (label: string) => `${label} is known now, and found from now on.`,
    loading: "Loading the signs",
    notFetched: "The signs could not be fetched. Is the network there?",
    sets: "Sets of signs",
    all: "All",
    chosen: (sets: readonly string[], signs: string) => (sets.length > 0 ? `${signs} signs: ${sets.join(", ")}` : "Choose a set of signs"),
    results: "Signs found",
    copyAs: "What is copied",
    formats: { sign: "Sign", latex: "LaTeX", typst: "Typst", html: "HTML", unicode: "Unicode" } satisfies Record<SignFormat, string>,
    yours: "taught by you",
    more: "more that look the same",
    tile: (sign: string, name: string, code: string) => (sign === code ? `Copy ${sign}, ${name}` : `Copy ${code} for ${sign}, ${name}`),
    copied: "Copied",
    copiedIt: (text: string) => `Copied: ${text}`,
    notCopied: (text: string) => `The browser does not let the page copy. It is: ${text}`,
    best: (known: boolean): string => (known ? "Best first. Click to copy." : "Not sure. Closest signs:"),
    searched: (count: number): string => (count === 0 ? "No sign has this name." : "By name. Click to copy."),
    some: (count: number) => (count === 0 ? "" : `A few of ${count}:`),
    unsure: "Not sure. If it is not there, name it below the paper.",
    heard: (known: boolean, name: string, code: string) => `${known ? "This is" : "Not sure. Closest:"} ${name}, ${code}. Enter copies it.`,
    setNames: {
      latin: "Latin",
      digits: "Digits",
      greek: "Greek",
      cyrillic: "Cyrillic",
      hebrew: "Hebrew",
      arabic: "Arabic",
      devanagari: "Devanagari",
      gurmukhi: "Gurmukhi",
      kannada: "Kannada",
      malayalam: "Malayalam",
      tibetan: "Tibetan",
      ethiopic: "Ethiopic",
      hiragana: "Hiragana",
      katakana: "Katakana",
      hangul: "Hangul",
      bopomofo: "Bopomofo",
      arrows: "Arrows",
      mathematics: "Mathematics",
      punctuation: "Punctuation",
      music: "Music",
      games: "Games",
    } satisfies Record<SetName, string>,
  },

  samples: {
    sample: (nth: number) => `Sample ${nth}`,
    chosen: (nth: number, hand: number) => `Sample ${nth} is on the paper, by hand ${hand}.`,
  },

  pictures: {
    reading: (count: number) => (count > 1 ? `Reading ${count} pictures` : "Reading the picture"),
    letGo: (count: number) =>
      count > 1
        ? `Drop to teach ${count} pictures, each under its file’s name`
        : "Drop to trace this picture",
    format: (name: string) => `it is a ${name} file, which this browser cannot read; save it as PNG or JPEG`,
    BadImage: "the browser cannot read it as an image; PNG, JPEG, WebP or SVG will do",
    EmptyDrawing: "no ink stands out against its paper",
    TooLarge: "it is too large to be read",
    Disposed: "something else was begun meanwhile; try again",
    taught: (pictures: number, characters: number, labels: string) =>
      `${pictures === 1 ? "1 picture" : `${pictures} pictures`} taught ` +
      `${characters === 1 ? "1 character" : `${characters} characters`}${labels && `: ${labels}`}.`,
    more: (count: number) => `${count} more`,
    notRead: (files: string, count: number, reason: string) => `${files} ${count > 1 ? "were" : "was"} not read: ${reason}.`,
  },

  map: {
    tooFew: "A map needs two drawings at least. Teach one more.",
    caption: (share: string, count: number, drawn: boolean) =>
      `Feature space, seen along two directions: they hold ${share} of how the ${count} taught drawings differ.` +
      (drawn ? "" : " Draw, and your drawing finds its place."),
    label: (count: number, best: string | undefined) =>
      `Map of ${count} taught drawings${best ? `; the one on the paper is most like ${best}` : ""}`,
    distance: (number: string) => `distance ${number}`,
  },

  triplet: {
    tooFew: "A triplet needs two known characters: teach one more.",
    waiting: "Draw one of the known characters: it becomes the anchor.",
    anchor: "anchor",
    label: (positive: string, near: string, negative: string, far: string) =>
      `The drawing is the anchor. Its distance to ${positive} is ${near}, to ${negative} ${far}.`,
    runnerUp: "runner-up",
    theRunnerUp: "the runner-up",
    negative: (label: string) => `x minus: ${label}`,
  },

  compare: {
    loading: (network: string) => `Loading the ${network}`,
    ranking: (network: string) => `Ranking by the ${network}`,
    waits: "loading",
    tests: "testing",
    stopped: "not loaded",
    load: "Load",
    cancel: "Cancel",
  },

  tuning: {
    about: "The network practises on variations of your drawings. It keeps what tells held-out ones apart best.",
    undone: (tuned: boolean) => `Undone. The network is ${tuned ? "as it was before" : "as it was trained"}.`,
    reset: "Reset. The network is as it was trained.",
    cancelled: "Cancelled: nothing has changed.",
    measuring: "Measuring it as it is",
    step: (step: number, steps: number) => `Step ${step} of ${steps}`,
    stepLeft: (step: number, steps: number, left: string) => `Step ${step} of ${steps}, ${left} left`,
    seconds: (count: string) => `${count} s`,
    minutes: (count: string) => `${count} min`,
    noBetter: (told: number, all: number) =>
      `No better than before: the network stays as it was, with ${told} of ${all} held-out variations classified correctly. ` +
      "From more drawings of each it learns more.",
    better: (was: number, told: number, all: number, time: string) =>
      `Better: from ${was} to ${told} of ${all} held-out variations classified correctly, in ${time}.`,
    certain: (told: number, all: number, before: string, after: string, time: string) =>
      `More certain: ${told === all ? `all ${all}` : `${told} of ${all}`} held-out variations classified correctly, as before, ` +
      `and the loss fell from ${before} to ${after}, in ${time}.`,
    toldApart: "held-out accuracy",
    loss: "loss of each step",
    best: (step: number, count: string) => `best: ${step === 0 ? "as it was" : `step ${step}`}, ${count}`,
    count: (told: number, all: number) => `${told} of ${all}`,
    labelTold: (told: string, best: string) => `Held-out accuracy: ${told} at last; ${best}. `,
    labelLoss: (step: number, loss: string) => `Loss of step ${step}: ${loss}.`,
  },

  collections: {
    first: "My characters",
    fresh: "New characters",
    deleted: (name: string) => `“${name}” is deleted.`,
    undo: "Undo",
    characters: (count: number) => (count === 1 ? "1 character" : `${count || "no"} characters`),
    rename: "Rename",
    renameIt: (name: string) => `Rename ${name}`,
    delete: "Delete",
    deleteIt: (name: string) => `Delete ${name}`,
    name: "Name of the collection",
    kept: "Kept in this browser, and nowhere else.",
    full: "This browser’s storage is full: what you taught last is lost when the page closes. “Save to a file” keeps it.",
    none: "This browser keeps nothing for this page: what you teach is lost when it closes. “Save to a file” keeps it.",
  },

  protocols: {
    official: {
      name: "Official runs",
      title: "Twenty characters, each seen once.",
      question: "Which one is it?",
      about: "Omniglot’s official test: 20 runs of 20 trials, replayed here as they were given to people and to other machines.",
    },
    "random-5-way-1-shot": {
      name: "5-way 1-shot",
      title: "Five characters, each seen once.",
      question: "Which one is it?",
      about: "Drawn from all 659 evaluation characters, whatever their alphabet, in as many episodes as you like.",
    },
    "random-5-way-5-shot": {
      name: "5-way 5-shot",
      title: "Five characters, each seen five times.",
      question: "Which one is it?",
      about: "Drawn from all 659 evaluation characters, whatever their alphabet, in as many episodes as you like.",
    },
    "random-20-way-1-shot": {
      name: "20-way 1-shot",
      title: "Twenty characters, each seen once.",
      question: "Which one is it?",
      about: "Drawn from all 659 evaluation characters, whatever their alphabet, in as many episodes as you like.",
    },
    "random-20-way-5-shot": {
      name: "20-way 5-shot",
      title: "Twenty characters, each seen five times.",
      question: "Which one is it?",
      about: "Drawn from all 659 evaluation characters, whatever their alphabet, in as many episodes as you like.",
    },
    "within-alphabet": {
      name: "Within an alphabet",
      title: "Twenty characters of one alphabet.",
      question: "Which one is it?",
      about: "As in the official runs the characters are one script’s, and look alike; here in as many episodes as you like.",
    },
    verification: {
      name: "Same or not",
      title: "Two drawings.",
      question: "The same character?",
      about: "Verification: half of the pairs show one character twice. A score of 0.5 or more says “the same”.",
    },
    "verification-within-alphabet": {
      name: "Same or not, one script",
      title: "Two drawings.",
      question: "The same character?",
      about: "Half of the pairs show one character twice, others two of one script.",
    },
    mnist: {
      name: "MNIST digits",
      title: "The ten digits, each seen once.",
      question: "Which one is it?",
      about: "Another data set altogether: the networks learnt from Omniglot’s characters, and never saw these digits.",
    },
  } satisfies Record<Protocol, { name: string; title: string; question: string; about: string }>,

  archives: {
    officialName: "all_runs.zip",
    evaluationName: "images_evaluation.zip",
    mnistName: "t10k-images-idx3-ubyte.gz and t10k-labels-idx1-ubyte.gz",
    officialSource: "the folder python/one-shot-classification of github.com/brendenlake/omniglot",
    evaluationSource: "the folder python of github.com/brendenlake/omniglot",
    mnistSource: "MNIST’s test set, kept in many places",
    wanted: (files: number, name: string) =>
      files === 1 ? `This needs one file, ${name}.` : `This needs two files together, ${name}.`,
    fetching: "Fetching the drawings",
    fetched: (megabytes: string, total: string) => `Fetching the drawings: ${megabytes} of ${total} MB`,
    notFetched: "The drawings could not be fetched. Is the network there?",
    reading: "Reading the drawings",
    fetches: (megabytes: string) => `fetches ${megabytes} MB first`,
    beyond: (megabytes: string) => `offline, and these drawings (${megabytes} MB) were not fetched before`,
  },

  replay: {
    pairs: (count: string) => `${count} pairs`,
    episodes: (episodes: string, trials: string) => `${episodes} episodes, ${trials} trials`,
    trials: (count: string) => `${count} trials`,
    start: (trials: string) => `Replay ${trials} trials`,
    again: "Replay again",
    pause: "Pause",
    goOn: "Go on",
    nothingYet: "nothing replayed yet",
    score: (correct: number, trials: number, interval: string) => `${correct} of ${trials} right, 95 % interval ${interval}`,
    network: (network: string, tuned: boolean) => `${network}${tuned ? ", fine-tuned" : ""}`,
    officialRuns: "official 20-way one-shot runs",
    inventedAlphabets: (way: number) => `invented alphabets, ${way}-way one-shot`,
    finished: (figure: string) => `Finished: ${figure}`,
    everyEpisode: "Every episode",
    everyTrial: "Every trial",
    mistakeInIt: "a mistake in it, see below",
    wrongOpen: "wrong, open it to see why",
    published: (sources: string) => `Published: ${sources}.`,
    and: " and ",
    query: "the query",
    pair: (nth: number) => `Pair ${nth}`,
    trial: (episode: number, trial: number) => `Episode ${episode}, query ${trial}`,
    outcome: (trial: string, correct: boolean) => `${trial}: ${correct ? "right" : "wrong"}`,
    rightOrWrong: (correct: boolean): string => (correct ? "right" : "wrong"),
    same: "the same",
    another: "another",
    mistakes: (count: number) => `Mistakes: ${count}`,
    someMistakes: (count: number, shown: number) => `Mistakes: ${count}, the first ${shown} of them shown`,
    open: (trial: string) => `${trial}: open`,
    chosen: "chosen",
    theOther: "the other drawing",
    verified: (same: boolean, said: string, score: string) =>
      `${same ? "the same character" : "another character"}; said: ${said}, ${score}`,
    right: "right",
    rightAnswer: (score: string) => `the right answer, ${score}`,
    chosenOne: (score: string) => `the chosen one, ${score}`,
    byScore: (count: number) => `All ${count}, by score`,
    support: "support drawing",
  },

  results: {
    replay: "Replay it here",
    replayIt: (protocol: string) => `Replay it here: ${protocol}`,
    ours: (share: string, interval: string) => `${share}, 95 % interval ${interval}`,
    hausdorff: "Hausdorff distance",
    pixels: "Nearest pixels",
    views: (name: string, views: number) => `${name}, ${views} views`,
    evaluation: "Evaluation alphabets",
    tasks: (count: string) => `${count} tasks`,
    tasksAndTrials: (tasks: string, trials: string) => `${tasks} tasks, ${trials} trials`,
    trust: (error: string, refused: string, lost: string) =>
      `Calibration error ${error}. Counted as not known: ${refused} of signs that were not taught, ${lost} of those that were.`,
    reliability: "How often a score was right",
    bin: (score: string, right: string, trials: string) => `score ${score}: ${right} right, ${trials} trials`,
    risks: "Mistakes among the surest answers",
    risk: (answered: string, wrong: string) => `${answered} answered: ${wrong} wrong`,
    score: "score, %",
    right: "right, %",
    answered: "answered, %",
    wrong: "wrong, %",
  },
};

/** What the page says, in any language. */
export type Words = typeof en;
