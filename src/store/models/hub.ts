/**
 * A model hub as a file server: what a model is called there, what the hub says of a file, and one range of its bytes. Every answer is
 * checked against the question, since hubs, proxies and captive portals answer with other ranges, other files and pages. Knows no disk.
 */
import { AppError } from '../../errors.ts';

export const HUB = 'https://huggingface.co';

/** A model of a hub: `id` is owner/name, `revision` a branch, tag or commit. */
export type HubModel = { readonly host: string; readonly id: string; readonly revision: string };
/** What the hub says of a file. `sha256` is null for files that it keeps no hash of, `etag` where it names no version. */
export type Remote = { readonly size: number; readonly etag: string | null; readonly sha256: string | null };
/** How to fetch, and for how long to wait without a byte, in milliseconds. */
export type Net = { readonly fetch: typeof fetch; readonly patience: number; readonly signal?: AbortSignal };

/** Why a range was not read: the connection failed and may work again, or the file is not the one that was asked about. */
export class Broken extends Error {
  readonly kind: 'offline' | 'busy' | 'down' | 'changed';
  /** Milliseconds that the hub asks to wait; null where it does not say. */
  readonly wait: number | null;

  constructor(kind: Broken['kind'], message: string, options?: ErrorOptions & { readonly wait?: number | null }) {
    super(message, options);
    this.kind = kind;
    this.wait = options?.wait ?? null;
  }

  /** The error for whoever has tried often enough. */
  get last(): AppError {
    const code = { offline: 'NET_OFFLINE', busy: 'NET_BUSY', down: 'NET_DOWN', changed: 'NET_CHANGED' } as const;
    return new AppError(code[this.kind], this.message, { cause: this });
  }
}

/** What stands where a file should be: a page, of a hotspot or of a site that has one for everything. */
export const PAGE = 'page';

/** Reads `owner/name` or `owner/name@revision`. Errors: MODEL_NAME. */
export function parseHubModel(text: string, host: string = HUB): HubModel {
  const match = /^([\w-][\w.-]{0,95}\/[\w-][\w.-]{0,95})(?:@([\w-][\w./-]{0,199}))?$/.exec(text.trim());
  const [, id, revision = 'main'] = match ?? [];
  if (id === undefined || /\.\.|\/\//.test(text))
    throw new AppError('MODEL_NAME', `${JSON.stringify(text.slice(0, 200))} is no owner/name`);
  let origin: URL;
  try {
    origin = new URL(host);
  } catch (error) {
    throw new AppError('MODEL_NAME', `${JSON.stringify(host.slice(0, 200))} is no address of a hub`, { cause: error });
  }
  const refuse = (why: string): never => {
    throw new AppError('MODEL_NAME', `the address of a hub ${why}`);
  };
  if (!/^https?:$/.test(origin.protocol)) refuse(`begins with https, not ${origin.protocol}`);
  // of this machine alone: over http anybody on the way may put other weights into the answer
  if (origin.protocol === 'http:' && !LOOPBACK.test(origin.hostname)) refuse('begins with https, not http:');
  if (origin.username !== '' || origin.password !== '') refuse('has no name and password in it: this page sends none');
  if (/[?#]/.test(host)) refuse('ends before ? and #');
  return { host: origin.href.replace(/\/+$/, ''), id, revision };
}

/** By the names that a policy can allow (src/policy.ts): policies have no words for addresses of IPv6. */
const LOOPBACK = /^(?:localhost|.+\.localhost|127\.0\.0\.1)$/;

/** The first byte: a question for the size; a file without one answers with 416, or that there is nothing in it (204). */
const FIRST = 'bytes=0-0';

/** The address of a file. */
export function fileUrl({ host, id, revision }: HubModel, file: string): string {
  const path = file.split('/').map(encodeURIComponent).join('/');
  return `${host}/${id}/resolve/${encodeURIComponent(revision)}/${path}`;
}

/**
 * Asks for some bytes. Null when there is no such file, 'page' when there is a page instead. Errors: NET_LOGIN, NET_NAME, NET_STATUS when the
 * hub refuses; `Broken`.
 */
async function request(url: string, range: string, net: Net): Promise<Response | typeof PAGE | null> {
  let response: Response;
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(new Error(`no answer in ${net.patience} ms`)), net.patience);
  try {
    const signal = net.signal === undefined ? silence.signal : AbortSignal.any([net.signal, silence.signal]);
    response = await net.fetch(url, { headers: { range }, signal });
  } catch (error) {
    net.signal?.throwIfAborted();
    throw new Broken('offline', `${url}: ${String(error)}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
  const { status, headers } = response;
  const none = status === 204 || (status === 416 && /^(?:bytes \*\/0)?$/.test(headers.get('content-range') ?? ''));
  const isEmpty = none && range === FIRST;
  const page = response.ok && (headers.get('content-type')?.startsWith('text/html') ?? false);
  if ((status === 206 || status === 200 || isEmpty) && !page) return response;
  await response.body?.cancel();
  if (page) return PAGE;
  const error = refusal(url, range, response);
  if (error === null) return null;
  throw error;
}

/** The error of an answer that is no file; null where there is none of that name. */
function refusal(url: string, range: string, { status, headers }: Response): Error | null {
  const what = headers.get('x-error-code');
  const answer = `${url} answers with status ${status}${what === null ? '' : ` (${what.slice(0, 60)})`}`;
  if (status === 404 || status === 410)
    return what === 'RepoNotFound' || what === 'RevisionNotFound' ? new AppError('NET_NAME', answer) : null;
  if (status === 401 || status === 403) return new AppError('NET_LOGIN', answer);
  if (status === 511) return new AppError('NET_PAGE', answer);
  if (status === 416) return new Broken('changed', `${url} has no ${range}`);
  const wait = waitOf(headers);
  const told = wait === null ? '' : `, and asks to wait ${Math.ceil(wait / 1000)} s`;
  if (status === 429) return new Broken('busy', `${answer}${told}`, { wait });
  if (status >= 500 || status === 408) return new Broken('down', `${answer}${told}`, { wait });
  return new AppError('NET_STATUS', answer);
}

/** Milliseconds that an answer asks to wait: Retry-After in seconds or as a date, or the reset of a rate limit. */
function waitOf(headers: Headers): number | null {
  const after = headers.get('retry-after')?.trim() ?? '';
  // two proxies may have put theirs into one header
  if (/^\d{1,9}(?:\s*,|$)/.test(after)) return 1000 * Number.parseInt(after, 10);
  const date = /[a-z]/i.test(after) ? Date.parse(after) : NaN;
  // by the clock of the hub, where it tells it: this machine's may be wrong
  const now = Date.parse(headers.get('date') ?? '');
  if (!Number.isNaN(date)) return Math.max(0, date - (Number.isNaN(now) ? Date.now() : now));
  const [, reset] = /;\s*t=(\d{1,9})\b/.exec(headers.get('ratelimit') ?? '') ?? [];
  return reset === undefined ? null : 1000 * Number(reset);
}

/** The hash in a header, if it is one: hubs put the SHA-256 of large files there, of small ones something shorter. */
function sha256In(headers: Headers): string | null {
  const linked = bare(headers.get('x-linked-etag'));
  const value = linked ?? bare(headers.get('etag'));
  // the name of a file in the hub's other storage looks the same and is another hash
  if (linked === null && value !== null && value === bare(headers.get('x-xet-hash'))) return null;
  return value !== null && /^[0-9a-f]{64}$/i.test(value) ? value.toLowerCase() : null;
}

function bare(value: string | null): string | null {
  return value === null ? null : value.replace(/^W\//, '').replaceAll('"', '');
}

/** The range of an answer; `total` is the size of the whole file. */
function rangeOf(url: string, response: Response): { readonly from: number; readonly to: number; readonly total: number } {
  if (response.status === 416 || response.status === 204) return { from: 0, to: 0, total: 0 };
  if (response.status === 200) {
    const total = Number(response.headers.get('content-length') ?? NaN);
    if (!Number.isSafeInteger(total)) throw new AppError('NET_LENGTH', `${url} does not say how large it is`);
    return { from: 0, to: total, total };
  }
  const header = response.headers.get('content-range');
  if (header === null) throw new AppError('NET_RANGE', `${url} answers with a part of the file and does not show which: no Content-Range`);
  if (/^bytes \d+-\d+\/\*$/.test(header)) throw new AppError('NET_LENGTH', `${url} does not say how large it is: ${header.slice(0, 60)}`);
  const match = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/.exec(header);
  if (match === null)
    throw new AppError('NET_STATUS', `${url} does not say which range it answers with: ${JSON.stringify(header.slice(0, 60))}`);
  const [from, last, total] = match.slice(1).map(Number) as [number, number, number];
  return { from, to: last + 1, total };
}

/**
 * Asks what a file is, and which commit the revision stands for. Null when there is none, 'page' when there is a page instead.
 * Errors: those of a refusal; NET_LENGTH, NET_RANGE when the size cannot be seen; `Broken`.
 */
export async function probe(
  model: HubModel,
  file: string,
  net: Net,
): Promise<{ readonly remote: Remote; readonly commit: string | null } | typeof PAGE | null> {
  const url = fileUrl(model, file);
  const response = await request(url, FIRST, net);
  if (response === null || response === PAGE) return response;
  await response.body?.cancel();
  const { headers } = response;
  const commit = headers.get('x-repo-commit');
  return {
    remote: { size: rangeOf(url, response).total, etag: headers.get('etag'), sha256: sha256In(headers) },
    commit: commit !== null && /^[0-9a-f]{40}$/.test(commit) ? commit : null,
  };
}

/**
 * The bytes of a file from `from` to before `to`, as they come; they may end early, and begin at 0 (`from` says where) when the server
 * knows no ranges. Errors: those of `probe`; NET_PAGE; `Broken`, also when the file is no longer `remote`.
 */
export async function readRange(
  model: HubModel,
  file: string,
  remote: Remote,
  [from, to]: readonly [number, number],
  net: Net,
): Promise<{ readonly from: number; readonly pieces: AsyncGenerator<Uint8Array<ArrayBuffer>> }> {
  const url = fileUrl(model, file);
  const response = await request(url, `bytes=${from}-${to - 1}`, net);
  if (response === null) throw new Broken('changed', `${url} is no longer there`);
  if (response === PAGE) throw new AppError('NET_PAGE', `${url} answers with a page, after it has answered with the file`);
  const etag = response.headers.get('etag');
  try {
    const range = rangeOf(url, response);
    if (range.total !== remote.size || (etag !== null && remote.etag !== null && bare(etag) !== bare(remote.etag))) {
      throw new Broken('changed', `${url} is another file than before`);
    }
    const asked = response.status === 200 || (range.from === from && range.to <= to && range.to > from);
    if (!asked) throw new AppError('NET_STATUS', `${url} answers with bytes ${range.from} to ${range.to} when asked for ${from} to ${to}`);
    return { from: range.from, pieces: piecesOf(url, response, range.to - range.from, net) };
  } catch (error) {
    await response.body?.cancel();
    throw error;
  }
}

/** The body, piece by piece, with an end to waiting. */
async function* piecesOf(url: string, response: Response, length: number, net: Net): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = (): void => void reader.cancel().catch(() => {});
  net.signal?.addEventListener('abort', stop);
  let got = 0;
  try {
    for (;;) {
      const overdue = new Promise<never>((_, refuse) => {
        timer = setTimeout(() => refuse(new Error(`no byte in ${net.patience} ms`)), net.patience);
      });
      const { done, value } = await Promise.race([reader.read(), overdue]);
      clearTimeout(timer);
      net.signal?.throwIfAborted();
      if (done) return;
      got += value.length;
      if (got > length) throw new AppError('NET_STATUS', `${url} sends more bytes than it says`);
      yield value;
    }
  } catch (error) {
    net.signal?.throwIfAborted();
    throw error instanceof AppError ? error : new Broken('offline', `${url}: ${String(error)}`, { cause: error });
  } finally {
    clearTimeout(timer);
    net.signal?.removeEventListener('abort', stop);
    stop();
  }
}
