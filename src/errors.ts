/**
 * Everything that can go wrong, as a closed union of codes, each with one sentence that tells the user what to do.
 * Classes do not survive a worker, so errors cross it as `{ code, message, detail }`. Knows no layer of the program.
 */

const ADVICE = {
  OPTION_RANGE: 'A setting is out of its range; correct it and press Run again.',
  OPTION_UNKNOWN: 'A setting in the link is not known to this version; it was ignored.',
  MODEL_MISSING:
    'A file of the model is missing; choose all its files, or reload the page. If you build it yourself, run `npm run pretrain`.',
  MODEL_TRUNCATED: 'A file of the model is incomplete; fetch it again by a reload, or choose it again.',
  MODEL_UNSUPPORTED: 'The model needs something that this program does not do; choose a small Llama, Qwen2 or Qwen3 model.',
  MODEL_NAME: 'That is no name of a model on a hub; write owner/name, or owner/name@revision.',
  MODEL_OTHER: 'This run belongs to another model; open the one that the details name, then press Resume.',
  PLAN_TOO_LARGE: 'This run does not fit on this device; take the nearest setting that fits, or choose a smaller model.',
  MODEL_BUSY: 'Another tab is downloading this model; wait for it, or close that tab.',
  NET_OFFLINE: 'The model host cannot be reached; check the connection and start the download again, it goes on where it stopped.',
  NET_STATUS: 'The model host refused the download; check the name of the model, and that it is public.',
  NET_HASH: 'A downloaded file is not what the model host announced and was deleted; start the download again.',
  MODEL_MISMATCH: 'The model file does not fit its configuration; use the config.json that came with the weights.',
  MODEL_FORMAT: 'The model file is not a valid safetensors file; export it again.',
  TOKENIZER_FORMAT: 'The tokenizer file cannot be read; use the tokenizer.json that came with the weights.',
  CHAT_TEMPLATE: 'The chat template of this model cannot be used; choose the plain template, or correct chat_template.jinja.',
  IMPORT_FORMAT: 'The file is not what was expected; the details say where. Correct it and choose it again.',
  IMPORT_LIMIT: 'The file is larger than this page reads; split it and choose the parts.',
  BACKEND_NONE: 'This browser has neither WebGPU nor WebAssembly SIMD; open the page in a current Chrome, Edge or Firefox.',
  BACKEND_SELFTEST: 'The tensor engine failed its start-up test on this browser; please report the details.',
  GPU_NONE: 'No WebGPU adapter was found; choose the CPU backend.',
  GPU_LOST: 'The graphics device was lost; everything saved is safe, press Resume to go on.',
  GPU_VALIDATION: 'The graphics driver refused an operation; press Resume to go on from the last saved round, or choose the CPU backend.',
  GPU_OOM: 'The graphics device has not enough memory; choose the CPU backend.',
  NUM_NONFINITE: 'Training produced numbers that are not finite; lower the learning rate and run again.',
  PROMPT_TOO_LONG: 'The text is longer than the model can read; shorten it.',
  WORLD_EXHAUSTED: 'The world has not that many different prompts; ask for fewer.',
  KEPT_TOO_FEW: 'Too few answers were kept to train on; use more demonstrations or a lower temperature.',
  STORAGE_BLOCKED: 'The browser does not let this page store data; the run goes on in memory only, export it before you close the tab.',
  STORAGE_QUOTA: 'The disk space for this page is full; delete old runs, then press Resume. Nothing that was saved is lost.',
  STORAGE_ABORT: 'The browser refused to save; press Resume to try again. Nothing that was saved is lost.',
  STORAGE_CORRUPT: 'Saved data was damaged and could not be used; start a new run.',
  RUN_UNKNOWN: 'That run is not stored in this browser; start a new one.',
  RUN_UNFIT: 'This run cannot go on; look at what it has made, or delete it and start a new one.',
  COMPARE_MIXED: 'These runs were made by different engines or versions and cannot be compared; start the comparison to run them anew.',
  RUN_LOCKED: 'Another tab is working on this run; continue there, or close that tab.',
  WORKER_DIED: 'The background worker stopped unexpectedly; reload the page and press Resume.',
  HELPER_DIED: 'One of the workers that answer has failed; the others do its work, so nothing is lost but some speed.',
  STOPPED: 'The run was stopped; press Resume to go on.',
  INTERNAL: 'Something unexpected happened; everything saved is safe. Reload the page and please report the details.',
} as const;

/** The closed union of error codes. */
export type ErrorCode = keyof typeof ADVICE;

/** An error in the form that crosses a worker. */
export type Failure = { readonly code: ErrorCode; readonly message: string; readonly detail: string };

/** An error with a code. `message` is the advice for the user, `detail` the fact for the developer. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly detail: string;

  constructor(code: ErrorCode, detail: string, options?: ErrorOptions) {
    super(ADVICE[code], options);
    this.name = 'AppError';
    this.code = code;
    this.detail = detail;
  }
}

/** Any thrown value as a plain `Failure`; what has no code is `INTERNAL`. */
export function toFailure(error: unknown): Failure {
  if (error instanceof AppError) return { code: error.code, message: error.message, detail: error.detail };
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: 'INTERNAL', message: ADVICE.INTERNAL, detail };
}

/** What to tell the user for a code. */
export function advice(code: ErrorCode): string {
  return ADVICE[code];
}
