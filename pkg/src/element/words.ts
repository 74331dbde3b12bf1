import type { GlimpseErrorKind } from "../error.js";
import { isolate } from "../ink.js";

/** What `<glimpse-pad>` says. `{…}` stands for what is known only then. */
export interface Words {
  /** Name of the sheet, to a screen reader. */
  sheet: string;
  /** How the sheet is used by keyboard, to a screen reader. */
  keys: string;
  /** On the sheet, before anything is drawn. */
  invitation: string;
  /** Where nothing is taught yet. */
  first: string;
  /** Where one character is taught. */
  second: string;
  /** Where enough characters were taught to choose among. */
  ready: string;
  /** Where the characters came with the page. */
  given: string;
  /** Where signs are to be found. */
  find: string;
  /** The list of signs found. */
  found: string;
  /** The button of a sign, to a screen reader: `{sign}`, `{name}`, `{code}`. */
  sign: string;
  /** A sign was chosen: `{value}`. */
  chosen: string;
  /** What a form says where a sign has to be chosen. */
  missing: string;
  /** While the network is on its way. */
  loading: string;
  /** The answer, to a screen reader: `{label}`, `{score}`. */
  result: string;
  /** Where what is drawn is most like `{label}`, but hardly that. */
  unknown: string;
  /** A character was taught: `{label}`. */
  taught: string;
  /** The field for a character's name. */
  name: string;
  /** The button that teaches. */
  teach: string;
  /** The button that forgets a character: `{label}`. */
  forget: string;
  /** The button that takes back a stroke. */
  undo: string;
  /** The button that does again what was taken back. */
  redo: string;
  /** The button that empties the sheet. */
  clear: string;
  /** The pen touches the sheet. */
  down: string;
  /** The pen is lifted. */
  up: string;
  /** The list of known characters. */
  known: string;
  /** The map: `{count}` drawings. */
  map: string;
  /** What went wrong, by the error's kind; `EngineFailed` stands for those that are not there. */
  errors: Readonly<Partial<Record<GlimpseErrorKind, string>> & Record<"EngineFailed", string>>;
  /** What unfolds the error's own message. */
  details: string;
  /** The button that tries again after an error. */
  retry: string;
  /** The button that begins a replay. */
  play: string;
  /** The button that stops a replay. */
  stop: string;
  /** A replay's state and outcome: `{right}`, `{seen}`. */
  played: string;
  /** Above a replay's query. */
  query: string;
}

const en: Words = {
  sheet: "Sheet to draw on",
  keys: "Arrow keys move the pen, space lowers and lifts it, backspace takes back a stroke, Ctrl Shift Z does it again, escape clears.",
  invitation: "Draw here",
  first: "Draw a character, and give it a name.",
  second: "Teach one more, and drawings can be recognised.",
  ready: "Now draw one of them again.",
  given: "Draw one of these.",
  find: "Draw a sign, then choose it.",
  found: "Signs found",
  sign: "{sign}, {name}, {code}",
  chosen: "Chosen: {value}",
  missing: "Draw a sign and choose it.",
  loading: "Just a moment",
  result: "Most like {label}, {score}",
  unknown: "Not known yet; most like {label}",
  taught: "{label} is known now",
  name: "Its name",
  teach: "Teach",
  forget: "Forget {label}",
  undo: "Undo",
  redo: "Redo",
  clear: "Clear",
  down: "Pen down",
  up: "Pen up",
  known: "Known characters",
  map: "Map of {count} drawings: the closer, the more alike",
  errors: {
    EmptyDrawing: "There is no ink to learn from. Draw it again.",
    BadDrawing: "This drawing cannot be read. Draw it again.",
    BadLabel: "This name is too long. Choose a shorter one.",
    BadOption: "The page asks for something that Glimpse does not have.",
    TooLarge: "This is too large to read.",
    BadArchive: "The archive is damaged, or not Omniglot’s all_runs.zip.",
    BadImage: "A picture in the archive is damaged.",
    BadLabels: "The archive’s list of answers is damaged.",
    BadCollection: "The file of characters is damaged, or none that Glimpse can read.",
    BadSet: "The set of signs is damaged, or none that Glimpse can read.",
    NoSystem: "The page asks for a network that does not exist.",
    BadWeights: "The network’s weights are damaged, or another’s.",
    SelfTestFailed: "This engine computes wrongly here. The page can ask for another.",
    NoAdapter: "WebGPU cannot be used here. The page can ask for another engine.",
    NoWebAssembly: "WebAssembly cannot be used here. The page’s policy has to allow 'wasm-unsafe-eval' in script-src.",
    NoSimd: "This browser’s WebAssembly lacks SIMD. Chrome and Edge have it since 91, Firefox since 89, Safari since 16.4.",
    EngineFailed: "The recogniser could not start, or stopped. Is there a connection?",
    LoadFailed: "A file could not be fetched. Is there a connection?",
  },
  details: "Details",
  retry: "Try again",
  play: "Replay",
  stop: "Stop",
  played: "{right} of {seen} right",
  query: "Which one is it?",
};

const ko: Words = {
  sheet: "그림판",
  keys: "화살표 키로 펜을 움직이고, 스페이스로 펜을 내리고 올리며, 백스페이스로 한 획을 되돌리고, Ctrl Shift Z로 다시 하고, Esc로 지웁니다.",
  invitation: "여기에 그리세요",
  first: "글자를 그리고 이름을 붙이세요.",
  second: "하나만 더 있으면 구별할 수 있습니다.",
  ready: "이제 그중 하나를 다시 그려 보세요.",
  given: "이 중 하나를 그려 보세요.",
  find: "기호를 그리고 고르세요.",
  found: "찾은 기호",
  sign: "{sign}, {name}, {code}",
  chosen: "골랐습니다: {value}",
  missing: "기호를 그리고 골라 주세요.",
  loading: "잠시만요",
  result: "{label}와(과) 가장 비슷합니다, {score}",
  unknown: "아직 모르는 글자입니다. 가장 닮은 글자: {label}",
  taught: "{label}을(를) 익혔습니다",
  name: "이름",
  teach: "가르치기",
  forget: "{label} 잊기",
  undo: "되돌리기",
  redo: "다시 하기",
  clear: "지우기",
  down: "펜을 내림",
  up: "펜을 올림",
  known: "아는 글자",
  map: "그림 {count}개의 지도: 가까울수록 비슷합니다",
  errors: {
    EmptyDrawing: "그림에 획이 없습니다. 다시 그려 주세요.",
    BadDrawing: "그림을 읽을 수 없습니다. 다시 그려 주세요.",
    BadLabel: "이름이 너무 깁니다. 더 짧게 지어 주세요.",
    BadOption: "페이지가 Glimpse에 없는 것을 요청했습니다.",
    TooLarge: "너무 커서 읽을 수 없습니다.",
    BadArchive: "파일이 손상되었거나 Omniglot의 all_runs.zip이 아닙니다.",
    BadImage: "파일 안의 그림이 손상되었습니다.",
    BadLabels: "파일 안의 정답표가 손상되었습니다.",
    BadCollection: "글자 파일이 손상되었거나 Glimpse가 읽을 수 없는 파일입니다.",
    BadSet: "기호 모음 파일이 손상되었거나 Glimpse가 읽을 수 없는 파일입니다.",
    NoSystem: "이 페이지가 요청한 모델은 없습니다.",
    BadWeights: "가중치가 손상되었거나 다른 모델의 것입니다.",
    SelfTestFailed: "여기서는 이 엔진의 계산이 맞지 않습니다. 페이지에서 다른 엔진을 지정할 수 있습니다.",
    NoAdapter: "여기서는 WebGPU를 쓸 수 없습니다. 페이지에서 다른 엔진을 지정할 수 있습니다.",
    NoWebAssembly: "여기서는 WebAssembly를 쓸 수 없습니다. 페이지 정책의 script-src가 'wasm-unsafe-eval'을 허용해야 합니다.",
    NoSimd: "이 브라우저의 WebAssembly에는 SIMD가 없습니다. Chrome과 Edge 91, Firefox 89, Safari 16.4부터 있습니다.",
    EngineFailed: "인식기를 시작하지 못했거나 도중에 멈췄습니다. 네트워크가 연결되어 있나요?",
    LoadFailed: "필요한 파일을 받지 못했습니다. 네트워크가 연결되어 있나요?",
  },
  details: "자세히",
  retry: "다시 시도",
  play: "재생",
  stop: "멈춤",
  played: "{seen}개 중 {right}개 정답",
  query: "어느 글자일까요?",
};

/** The words of a language, English where there are none. */
export function wordsOf(language: string): Words {
  return language.toLowerCase().startsWith("ko") ? ko : en;
}

/** Words with what is known now put in. */
export function fill(words: string, values: Record<string, string | number>): string {
  return words.replace(/\{(\w+)\}/g, (_, name: string) => isolate(`${values[name]}`));
}
