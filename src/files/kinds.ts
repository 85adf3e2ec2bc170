/**
 * What lies under the name of a model's file: named by its first bytes where it is another thing than the name says, so that whoever picked
 * it reads what to do instead of a parser's complaint. Knows no parser, and of a model only how its files end.
 */
import { AppError, type ErrorCode } from '../errors.ts';
import type { FileBytes } from '../file-bytes.ts';

/** What a file is, and the code whose sentence is the cure. */
export type Kind = { readonly code: ErrorCode; readonly what: string };

/** Bytes that tell. */
export const HEAD = 4096;

const ascii = (text: string): readonly number[] => Array.from(text, (char) => char.charCodeAt(0));
const other = (what: string): Kind => ({ code: 'FILE_OTHER', what });
const WIDE = other('text in UTF-16; save it as UTF-8');
const PICKLE: Kind = { code: 'FILE_PICKLE', what: 'a PyTorch pickle' };

/** What begins with these bytes, at the place that is named, or at once. */
const SIGNS: readonly (readonly [Kind, readonly number[], number?])[] = [
  // PyTorch before 1.6, and any pickle of protocol 2 to 5
  ...[2, 3, 4, 5].map((protocol): readonly [Kind, readonly number[]] => [PICKLE, [0x80, protocol]]),
  [other('a GGUF file; choose it alone'), ascii('GGUF')],
  ...['lmgg', 'tjgg', 'fmgg', 'algg'].map((sign): readonly [Kind, readonly number[]] => [
    other('a GGML file of an old llama.cpp; take the model as safetensors'),
    ascii(sign),
  ]),
  [other('an HDF5 file of Keras or TensorFlow; take the model as safetensors'), [0x89, ...ascii('HDF')]],
  [other('a NumPy file; take the model as safetensors'), [0x93, ...ascii('NUMPY')]],
  [other('a TensorFlow Lite file; take the model as safetensors'), ascii('TFL3'), 4],
  [other('a tar archive; unpack it and choose what is in it'), ascii('ustar'), 257],
  [other('a gzip archive; unpack it and choose what is in it'), [0x1f, 0x8b]],
  [other('a Zstandard archive; unpack it and choose what is in it'), [0x28, 0xb5, 0x2f, 0xfd]],
  [other('an xz archive; unpack it and choose what is in it'), [0xfd, ...ascii('7zXZ')]],
  [other('a 7-Zip archive; unpack it and choose what is in it'), [...ascii('7z'), 0xbc, 0xaf]],
  [other('a RAR archive; unpack it and choose what is in it'), ascii('Rar!')],
  [other('a bzip2 archive; unpack it and choose what is in it'), ascii('1AY&SY'), 4],
  [other('a Parquet file of data'), ascii('PAR1')],
  [other('an Arrow file of data'), ascii('ARROW1')],
  [other('an SQLite database'), ascii('SQLite format 3')],
  [other('an office document'), [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]],
  [other('a property list of macOS'), ascii('bplist')],
  [other('a PDF'), ascii('%PDF')],
  [other('a picture'), [0x89, ...ascii('PNG')]],
  [other('a picture'), [0xff, 0xd8, 0xff]],
  [other('a file that macOS puts beside its files; choose the one without ._ before its name'), [0, 5, 0x16, 7]],
  [WIDE, [0xff, 0xfe]],
  [WIDE, [0xfe, 0xff]],
];

/** What a hub answers, word for word, where it has no file to give; `curl` and `wget` keep it as if it were the file. */
const REFUSALS =
  /^(?:\{\s*"error"\s*:|(?:error )?[45]\d\d[: -]+(?:not found|forbidden|unauthorized|bad|internal|service|gateway|too many|gone|client|page)|error code: |entry not found|repository not found|not found$|invalid username or password|invalid credentials|unauthorized|access to model|access denied|forbidden$|too many requests|please (?:log|sign) in|(?:<\?xml[^>]*>\s*)?<error)/i;

/** Fields of a short answer of a server, which says why there is no file and nothing else. */
const ANSWERS: ReadonlySet<string> = new Set(
  'code data detail documentation_url error errors message msg path requestid request_id status statuscode success timestamp title type'.split(
    ' ',
  ),
);
const SAYS = ['message', 'msg', 'detail', 'error', 'errors'] as const;
/** Bytes of the longest answer that is looked at, and letters of a text that are shown. */
const [SHORT, SHOWN] = [2048, 80];

/** Notes that stand for a file which lies elsewhere. */
const NOTES: readonly (readonly [begins: RegExp, what: string])[] = [
  [
    /^(?:\.\.\/)*\.?(?:git\/annex\/objects|\/?annex\/objects)\//,
    'a pointer of git-annex; run git annex get in its folder, and choose it again',
  ],
  [/^outs:\s*- (?:md5|hash|etag): /, 'a pointer of DVC; run dvc pull in its folder, and choose it again'],
  [/^(?:\.\.?\/)+\S+\s*$/, 'the name of another file, as a link becomes where it is copied; choose that file, under this name'],
  [/^\[InternetShortcut\]/i, 'a link to a web page; fetch the file that the page is about'],
];

/**
 * The name of what `head`, the beginning of a file of `size` bytes, is; null where nothing speaks against `file`, whose end says what it
 * should be: .safetensors, .gguf, .json, or text.
 */
export function kindOf(head: Uint8Array, file: string, size = head.length): Kind | null {
  if (size === 0) return { code: 'FILE_EMPTY', what: 'empty' };
  if (size >= 64 && head.subarray(0, 64).every((byte) => byte === 0))
    return { code: 'FILE_EMPTY', what: 'nothing but zeros, where its download has only made room' };
  // its length may begin like anything: a header of 640 bytes does like a pickle
  if (isSafetensors(head)) return file.endsWith('.safetensors') ? null : other('a safetensors file under another name');
  const at = (sign: readonly number[], from: number): boolean => sign.every((byte, i) => head[from + i] === byte);
  const [sign] = SIGNS.find(([, bytes, from = 0]) => at(bytes, from)) ?? [];
  if (at(ascii('GGUF'), 0) && file.endsWith('.gguf')) return null;
  if (sign !== undefined) return sign;
  if (at([...ascii('PK'), 3, 4], 0)) return zipped(head);
  if (isWide(head)) return WIDE;
  if (isOnnx(head)) return other('an ONNX file; take the model as safetensors');
  return textKind(new TextDecoder().decode(head.subarray(0, 2048)), head, file);
}

/** Errors: FILE_EMPTY, FILE_POINTER, FILE_PAGE, FILE_PICKLE and FILE_OTHER when a file is not what its name says. */
export function refuseOther(file: string, bytes: FileBytes, size = bytes.length): void {
  const kind = kindOf(bytes.subarray(0, HEAD), file, size);
  if (kind !== null) throw new AppError(kind.code, `${file} is ${kind.what}`);
}

/** A length below 4 GiB in eight bytes, and then an object. */
function isSafetensors(head: Uint8Array): boolean {
  return head[8] === 0x7b && head.subarray(4, 8).every((byte) => byte === 0);
}

/** Latin letters in UTF-16 without a mark before them: every second byte is zero, and no other. */
function isWide(head: Uint8Array): boolean {
  const first = head.subarray(0, 8);
  return first.length === 8 && [0, 1].some((odd) => first.every((byte, i) => (byte === 0) === (i % 2 === odd)));
}

/** PyTorch's files of today are zip archives with a pickle in them. */
function zipped(head: Uint8Array): Kind {
  const names = latin1(head);
  if (/\/(?:\w+\.pkl|byteorder|version|\.format_version)/.test(names)) return PICKLE;
  if (names.includes('.npy')) return other('a NumPy archive; take the model as safetensors');
  return other('a zip archive; unpack it and choose what is in it');
}

/** A protocol buffer whose first field is a small version and whose next is the name of a program, or the graph. */
function isOnnx(head: Uint8Array): boolean {
  const [tag, version = 0, next = 0, length = 0] = head;
  if (tag !== 0x08 || version < 1 || version > 20) return false;
  return next === 0x3a || (next === 0x12 && length < 64 && /^[\w .:/+-]*$/.test(latin1(head.subarray(4, 4 + length))));
}

function textKind(text: string, head: Uint8Array, file: string): Kind | null {
  const start = text.replace(/^[\ufeff\s]+/, '');
  if (/^version https:\/\/(?:git-lfs|hawser)\.github\.com\/spec\//.test(start)) return { code: 'FILE_POINTER', what: 'a Git LFS pointer' };
  if (/^(?:<!--[^]*?-->\s*|<\?xml[^>]*>\s*)*<(?:!doctype\s+html|html|head|body|title|script|meta)\b/i.test(start))
    return { code: 'FILE_PAGE', what: `a web page${titled(start)}` };
  if (REFUSALS.test(start) || isAnswer(text))
    return { code: 'FILE_PAGE', what: `what a server answered: ${JSON.stringify(start.slice(0, 200).trim())}` };
  const note = NOTES.find(([begins]) => begins.test(start));
  if (note !== undefined) return other(note[1]);
  // in no file of these kinds, but perhaps in a template
  const isStrict = /\.(?:safetensors|gguf|json)$/.test(file);
  if (isStrict && isText(text)) {
    if (start === '') return { code: 'FILE_EMPTY', what: 'nothing but white space' };
    if (start.startsWith('<')) return { code: 'FILE_PAGE', what: `a page or another text with marks: ${quoted(start)}` };
    const isJson = file.endsWith('.json');
    if (!isJson && start.startsWith('{')) return other('JSON; choose the weights that belong there');
    // a line alone may be what damage has left, which its reader tells, but not that of safetensors; lines are another file
    const isOther = file.endsWith('.safetensors') || start.includes('\n');
    if (isOther && !(isJson && /^(?:[{["\d]|-\d|true|false|null)/.test(start))) return other(`a text that begins ${quoted(start)}`);
  }
  if (file.endsWith('.safetensors') && start.startsWith('{')) return other('JSON; choose the weights that belong there');
  return null;
}

const quoted = (text: string): string => JSON.stringify(text.slice(0, SHOWN).trim());

/** Is it all letters, at the beginning? Numbers of several bytes have zeros and signs that no text has. */
function isText(text: string): boolean {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  return !/[\u0000-\u0008\u000e-\u001f\ufffd]/.test(text.slice(0, SHORT / 4));
}

/** Is it what a server says in JSON instead of sending a file? */
function isAnswer(text: string): boolean {
  if (text.length >= SHORT || !text.trimStart().startsWith('{')) return false;
  try {
    const said = JSON.parse(text) as { readonly data?: unknown };
    if (Array.isArray(said.data) && said.data.length > 0) return false; // rows in an envelope
    const names = Object.keys(said).map((name) => name.toLowerCase());
    return names.every((name) => ANSWERS.has(name)) && SAYS.some((name) => names.includes(name));
  } catch {
    return false;
  }
}

function titled(page: string): string {
  const [, title = ''] = /<title[^>]*>([^<]{1,200})/i.exec(page) ?? [];
  return title.trim() === '' ? '' : `, “${title.replace(/\s+/g, ' ').trim()}”`;
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
