/** A hub in memory behind `fetch`, for tests in Chromium, and the plan of a model whose weights are plain bytes. */
import { sha256 } from '../../src/digest.ts';
import type { FileSet } from '../../src/store/models/download.ts';

export const PLAN: FileSet = {
  needed: ['config.json'],
  optional: [],
  weights: 'model.safetensors',
  index: 'model.safetensors.index.json',
  partsOf: () => [],
  check: () => {},
  checkHead: () => {},
};

/** `size` bytes that are no pattern. */
export function bytesOf(size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  for (let i = 0, x = 1; i < size; i++) bytes[i] = (x = (Math.imul(x, 1_103_515_245) + 12_345) >>> 0) >>> 16;
  return bytes;
}

/** Answers ranges; `delay` milliseconds before each. `asked` gets the first byte of every range of the weights. */
export function memoryHub(files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>, { delay = 0, asked = [] as number[] } = {}): typeof fetch {
  return async (input, init) => {
    await new Promise((resolve) => void setTimeout(resolve, delay));
    init?.signal?.throwIfAborted();
    const name = decodeURIComponent((typeof input === 'string' ? input : '').split('/').at(-1) ?? '');
    const bytes = files.get(name);
    if (bytes === undefined) return new Response('none', { status: 404 });
    const [from = 0, last = 0] = (/(\d+)-(\d+)/.exec(new Headers(init?.headers).get('range') ?? '')?.slice(1) ?? []).map(Number);
    if (name === PLAN.weights) asked.push(from);
    const body = bytes.slice(from, last + 1);
    const headers = { 'content-range': `bytes ${from}-${from + body.length - 1}/${bytes.length}`, etag: `"${await sha256(bytes)}"` };
    return new Response(body, { status: 206, headers });
  };
}
