/**
 * Everything that can go wrong, as a closed union of codes, each with one sentence that tells the user what to do.
 * Classes do not survive a worker, so errors cross it as `{ code, message, detail }`. Knows no layer of the program.
 */
import { CONTROLS, type ControlName, LABELS } from './controls.ts';

/** What a sentence sends somebody to: a control of the page, a setting, a command of package.json, or a file of a model. */
type Named =
  | { readonly kind: 'control'; readonly name: ControlName }
  | { readonly kind: 'setting'; readonly name: keyof typeof LABELS }
  | { readonly kind: 'command'; readonly name: string }
  | { readonly kind: 'file'; readonly name: string };

/** A sentence with everything that it names, so that a test can look whether it is there. */
export type Sentence = { readonly text: string; readonly words: readonly string[]; readonly names: readonly Named[] };

const control = (name: ControlName): Named => ({ kind: 'control', name });
const setting = (name: keyof typeof LABELS): Named => ({ kind: 'setting', name });
const command = (name: string): Named => ({ kind: 'command', name });
const file = (name: string): Named => ({ kind: 'file', name });

function written(named: Named): string {
  switch (named.kind) {
    case 'control':
      return CONTROLS[named.name];
    case 'setting':
      return LABELS[named.name];
    case 'command':
      return `\`npm run ${named.name}\``;
    case 'file':
      return named.name;
    default:
      return named satisfies never;
  }
}

function say({ raw }: TemplateStringsArray, ...names: readonly Named[]): Sentence {
  return { text: String.raw({ raw }, ...names.map(written)), words: raw, names };
}

/** One sentence for each code. */
export const ADVICE = {
  OPTION_RANGE: say`A setting cannot be used as it is; the details name it. Correct it under ${control('settings')} and start again.`,
  OPTION_UNKNOWN: say`A setting in the link is not known to this version; it was ignored.`,
  MODEL_MISSING: say`A file of the model is missing, or can no longer be read; the details name it. Take all of them at once under ${control('model')}, ${control('fromFiles')}.`,
  MODEL_SEVERAL: say`These are files of several models, or one file twice; the details name them. Take those of one model under ${control('model')}, ${control('fromFiles')}.`,
  MODEL_TRUNCATED: say`A file is incomplete, as a download or a copy leaves it that was broken off; the details name it. Download or copy it again, then take it again.`,
  PAGE_FILE: say`A file that comes with this page is missing, damaged or of another version; the details name it. Reload the page; if you build it yourself, run ${command('pretrain')}.`,
  KEPT_UNFIT: say`This model cannot be used as this browser keeps it; the details say why. Press ${control('delete')} beside it under ${control('model')}, then fetch or take it again.`,
  GGUF_UNFIT: say`This GGUF file holds no model that can be used; the details say why. Take another GGUF file of the model, one with all its weights, or the folder that it was made of, under ${control('model')}, ${control('fromFiles')}.`,
  MODEL_UNSUPPORTED: say`The model needs something that this program does not do; choose a small Llama, Qwen2, Qwen3 or SmolLM3 model.`,
  MODEL_NAME: say`That is no name of a model on a hub; write owner/name, or owner/name@revision.`,
  MODEL_OTHER: say`This run belongs to another model; open the one that the details name under ${control('model')}, then try again.`,
  KIT_OTHER: say`This run belongs to another kit; choose its files, which the details name, under ${control('model')}, ${control('kit')}, then try again.`,
  PLAN_TOO_LARGE: say`This run does not fit; take the nearest setting, which the ${control('plan')} names, or choose another model.`,
  MODEL_BUSY: say`Another tab is downloading this model; wait for it, or close that tab.`,
  NET_OFFLINE: say`The model host cannot be reached; check the connection and press ${control('download')} again, it goes on where it stopped.`,
  NET_NAME: say`The model host has no model of that name, or no such revision; check how it is spelled on its page, as owner/name or owner/name@revision.`,
  NET_FILE: say`The model host has this model without a file that is needed; the details name it. Choose another model or revision, one with ${file('config.json')}, ${file('tokenizer.json')} and safetensors.`,
  NET_LOGIN: say`The model host wants to know who asks: the model is gated or private, or has another name. This page cannot log in; fetch the files where you are logged in, and take them under ${control('model')}, ${control('fromFiles')}.`,
  NET_BUSY: say`The model host has had too many questions from this address; wait as long as it says, then press ${control('download')} again, it goes on where it stopped.`,
  NET_DOWN: say`The model host has a fault of its own at the moment; press ${control('download')} again later, it goes on where it stopped.`,
  NET_CHANGED: say`The file keeps changing on the model host while it is fetched; name one version as owner/name@commit and press ${control('download')} again.`,
  NET_LENGTH: say`The model host, or a proxy before it, does not say how large the file is, so nobody could tell whether it is whole; fetch the files by other means, and take them under ${control('model')}, ${control('fromFiles')}.`,
  NET_RANGE: say`The model host sends parts of a file and does not let this page see which; whoever runs it has to add Content-Range to its header Access-Control-Expose-Headers. Until then fetch the files by other means, and take them under ${control('model')}, ${control('fromFiles')}.`,
  NET_PAGE: say`A web page came instead of the model, as a hotspot or a company’s network sends it before you have logged in; open any other page, log in there, then press ${control('download')} again.`,
  NET_STATUS: say`The model host did not send the file; the details name its answer. Press ${control('download')} again later, or fetch the files by other means, and take them under ${control('model')}, ${control('fromFiles')}.`,
  NET_HASH: say`A downloaded file is not what the model host announced and was deleted; press ${control('download')} again.`,
  MODEL_MISMATCH: say`The model file does not fit its configuration; use the ${file('config.json')} that came with the weights.`,
  ADAPTER_UNFIT: say`This adapter cannot be used with the open model; the details say why. Open the model that it was made from under ${control('model')}, then take the adapter again.`,
  EXPORT_RANGE: say`A weight is too large for the type of numbers that was chosen; the details name it. Choose another type under ${control('takeHome')}.`,
  MODEL_FORMAT: say`The model file is damaged, or not written as its format asks; fetch it again, or export it again.`,
  MODEL_PARTS: say`The parts of this model do not belong together, or one is not there; fetch all of them and ${file('model.safetensors.index.json')} again, from one place and of one version, and take them at once under ${control('model')}, ${control('fromFiles')}. The details name the part.`,
  FILE_POINTER: say`This is a Git LFS pointer, a short note that stands for a large file; run git lfs pull in its folder, or fetch the file itself from the hub, and take it again under ${control('model')}, ${control('fromFiles')}.`,
  FILE_PAGE: say`What was saved under this name is the answer of a web server, as a log-in or a hotspot gives it; log in there, fetch the file itself, and take it again under ${control('model')}, ${control('fromFiles')}.`,
  FILE_PICKLE: say`These weights are a PyTorch pickle, which can run code when it is read, so this page does not read it; take the safetensors file that the hub has beside it, or load the model in transformers where you trust it and write it with save_pretrained.`,
  FILE_QUANTISED: say`The weights of this model are quantised, that is rounded to a few bits, in a form that this page does not read; take the model that it was made from, with weights in float32, float16 or bfloat16.`,
  FILE_EMPTY: say`A file of the model has nothing in it, as a download or a copy leaves it that was broken off; fetch it again, and take it under ${control('model')}, ${control('fromFiles')}.`,
  FILE_OTHER: say`A file is another kind of file than its name says; the details name what it is. Take the folder of a model with its weights as safetensors under ${control('model')}, ${control('fromFiles')}.`,
  TOKENIZER_FORMAT: say`The tokenizer file cannot be read; use the ${file('tokenizer.json')} that came with the weights.`,
  CHAT_TEMPLATE: say`The chat template of this model cannot be used; correct it in ${file('chat_template.jinja')} or ${file('tokenizer_config.json')}, or take it out of both, and a plain one is used.`,
  GGUF_TEMPLATE: say`The chat template in this GGUF file cannot be used; the details say why. Take another GGUF file of the model, whose tokenizer.chat_template is the one for conversations, or the folder that it was made of, under ${control('model')}, ${control('fromFiles')}.`,
  IMPORT_FORMAT: say`The file is not what was expected; the details say where. Correct it and choose it again.`,
  IMPORT_LIMIT: say`The file is larger than this page reads; split it and choose the parts.`,
  RUN_LARGE: say`The file of this run is larger or nested deeper than this page reads, and a run cannot be split; look at it in the browser that made it, or make it there with fewer prompts or rounds and save that.`,
  BACKEND_NONE: say`This browser has neither WebGPU nor WebAssembly SIMD; open the page in a current Chrome, Edge or Firefox.`,
  FETCH_BLOCKED: say`The server of this page forbids it to fetch its own files, such as the model; whoever runs the server has to add connect-src 'self' to its Content Security Policy.`,
  WASM_BLOCKED: say`The server of this page forbids WebAssembly, on which the model runs; whoever runs the server has to add 'wasm-unsafe-eval' to script-src in its Content Security Policy.`,
  BACKEND_SELFTEST: say`The tensor engine failed its start-up test on this browser; please report what ${control('copyDetails')} gives.`,
  GPU_NONE: say`No WebGPU adapter was found; under ${control('moreSettings')}, set ${control('engine')} to ${control('cpu')}.`,
  GPU_LOST: say`The graphics device was lost; everything saved is safe, press ${control('resume')} to go on.`,
  GPU_VALIDATION: say`The graphics driver refused an operation; press ${control('resume')} to go on from the last saved round, or, under ${control('moreSettings')}, set ${control('engine')} to ${control('cpu')}.`,
  GPU_OOM: say`The graphics device has not enough memory; under ${control('moreSettings')}, set ${control('engine')} to ${control('cpu')}.`,
  NUM_NONFINITE: say`Training produced numbers that are not finite; lower the ${setting('learningRate')} and start again.`,
  PROMPT_TOO_LONG: say`The text is longer than the model can read; shorten it.`,
  WORLD_EXHAUSTED: say`There are not that many different prompts; lower ${setting('prompts')}.`,
  KEPT_TOO_FEW: say`Too few answers were kept to train on; raise ${setting('demonstrations')} or ${setting('maxTokens')}, or lower ${setting('temperature')}.`,
  STORAGE_BLOCKED: say`The browser does not let this page store data; runs are kept in memory only, save them under ${control('takeHome')} before you close the tab.`,
  DISK_NONE: say`The browser gives this page no place to keep a model, as over plain http or with site data blocked; take its files under ${control('model')}, ${control('fromFiles')} instead, or open the page over https.`,
  FOLDER_REFUSED: say`This page was not allowed to read the folder that the details name; try again and allow it when the browser asks, or take the folder anew under ${control('model')}, ${control('fromFiles')}.`,
  FOLDER_GONE: say`The folder that the details name cannot be found where it was: it was moved, renamed or deleted, or its drive is not connected. Bring it back and try again, or take it where it is now under ${control('model')}, ${control('fromFiles')}.`,
  STORAGE_QUOTA: say`The disk space for this page is full; press ${control('delete')} beside old runs under ${control('runs')}, then ${control('resume')}. Nothing that was saved is lost.`,
  STORAGE_ABORT: say`The browser refused to save; press ${control('resume')} to try again. Nothing that was saved is lost.`,
  STORAGE_CORRUPT: say`Saved data was damaged and could not be used; start a new run.`,
  RUN_UNKNOWN: say`That run is not stored in this browser; start a new one.`,
  RUN_UNFIT: say`This run cannot go on; look at what it has made, or press ${control('delete')} beside it and start a new one.`,
  COMPARE_MIXED: say`These runs were made by different engines or versions and cannot be compared; press ${control('start')} under ${control('compare')} to run them anew.`,
  RUN_LOCKED: say`A run is on its way in this tab, or this one in another tab; wait for it, stop it there, or show it and press ${control('takeOver')}.`,
  WORKER_DIED: say`The background worker stopped unexpectedly; reload the page and press ${control('resume')}.`,
  WORKER_BLOCKED: say`This page may not start its background workers, in which the model runs. Inside of another page, open it in a tab of its own; elsewhere whoever runs the server has to add worker-src 'self' to its Content Security Policy.`,
  HELPER_DIED: say`One of the workers that answer has failed; the others do its work, so nothing is lost but some speed.`,
  STOPPED: say`The run was stopped; press ${control('resume')} to go on.`,
  INTERNAL: say`Something unexpected happened; everything saved is safe. Reload the page and please report what ${control('copyDetails')} gives.`,
} as const satisfies Readonly<Record<string, Sentence>>;

/** The closed union of error codes. */
export type ErrorCode = keyof typeof ADVICE;

/** Failures that a run has of its own settings, not of the moment: the same run ends so again, so there is nothing to resume. */
export const FINAL: readonly ErrorCode[] = [
  'KEPT_TOO_FEW',
  'NUM_NONFINITE',
  'OPTION_RANGE',
  'WORLD_EXHAUSTED',
  'PROMPT_TOO_LONG',
  'CHAT_TEMPLATE',
  'GGUF_TEMPLATE',
];

/** An error in the form that crosses a worker. */
export type Failure = { readonly code: ErrorCode; readonly message: string; readonly detail: string };

/** Is this the end of the run that has it? */
export function isFinal(failure: Pick<Failure, 'code'> | null | undefined): boolean {
  return failure != null && FINAL.includes(failure.code);
}

/** Characters of a detail: it may quote a stranger's file, and is shown. */
const MAX_DETAIL = 4000;

const shown = (detail: string): string => (detail.length > MAX_DETAIL ? `${detail.slice(0, MAX_DETAIL)}...` : detail);

/** An error with a code. `message` is the advice for the user, `detail` the fact for the developer. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly detail: string;

  constructor(code: ErrorCode, detail: string, options?: ErrorOptions) {
    super(ADVICE[code].text, options);
    this.name = 'AppError';
    this.code = code;
    this.detail = shown(detail);
  }
}

/** Any thrown value as a plain `Failure`; what has no code is `INTERNAL`. */
export function toFailure(error: unknown): Failure {
  if (error instanceof AppError) return { code: error.code, message: error.message, detail: error.detail };
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: 'INTERNAL', message: ADVICE.INTERNAL.text, detail: shown(detail) };
}

/** What to tell the user for a code. */
export function advice(code: ErrorCode): string {
  return ADVICE[code].text;
}
