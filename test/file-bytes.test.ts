/** Parts of a picked file: the same bytes as all of it, read when they are asked for, and an error that says so when the file is gone. */
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { bytesOfBlob, whole } from '../src/file-bytes.ts';
import { readSafetensors, writeSafetensors } from '../src/files/safetensors.ts';

/** Bytes of a blob without waiting, as a worker of a browser has it. */
const held = new Map<Blob, Uint8Array<ArrayBuffer>>();
class Reader {
  static read = 0;
  readAsArrayBuffer(part: Blob): ArrayBuffer {
    const bytes = held.get(part);
    if (bytes === undefined) throw new DOMException('it was moved', 'NotReadableError');
    Reader.read += bytes.length;
    return bytes.slice().buffer;
  }
}

/** A blob whose parts the reader knows, and one that has gone since it was picked. */
class Held extends Blob {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  gone = false;
  constructor(bytes: Uint8Array<ArrayBuffer>) {
    super([bytes]);
    this.#bytes = bytes;
  }
  override slice(from?: number, to?: number): Blob {
    const part = new Blob();
    if (!this.gone) held.set(part, this.#bytes.slice(from, to));
    return part;
  }
}

afterEach(() => {
  vi.unstubAllGlobals();
  held.clear();
});

const numbers = fc.dictionary(
  fc.string({ unit: fc.constantFrom('a', 'b', '.'), minLength: 1, maxLength: 6 }),
  fc.float32Array({ noNaN: true, minLength: 1, maxLength: 40 }),
  { maxKeys: 5 },
);

describe('the weights of a picked file', () => {
  test('are the same whether it is read at once or part by part', async () => {
    vi.stubGlobal('FileReaderSync', Reader);
    await fc.assert(
      fc.asyncProperty(numbers, fc.constantFrom('F32' as const, 'F16' as const, 'BF16' as const), async (values, dtype) => {
        const tensors = new Map(
          Object.entries(values).map(([name, data]) => [name, { shape: [data.length], data: new Float32Array(data) }]),
        );
        const bytes = writeSafetensors(tensors, { dtype });
        const lazily = readSafetensors(await bytesOfBlob(new Held(bytes), 'w'), 'w').tensors;
        const atOnce = readSafetensors(bytes, 'w').tensors;
        expect([...lazily.keys()]).toEqual([...atOnce.keys()]);
        for (const [name, { data }] of atOnce) expect(lazily.get(name)?.data).toEqual(data);
      }),
    );
  });

  test('are not in memory until somebody asks for one of them', async () => {
    vi.stubGlobal('FileReaderSync', Reader);
    const tensor = (size: number) => ({ shape: [size], data: new Float32Array(size).fill(1) });
    const plain = await bytesOfBlob(new Held(foreign({ large: tensor(100_000), small: tensor(2) })), 'w');
    Reader.read = 0;
    const { tensors } = readSafetensors(plain, 'w');
    expect(Reader.read).toBeLessThan(1000);
    expect([...(tensors.get('small')?.data ?? [])]).toEqual([1, 1]);
    expect(Reader.read).toBeLessThan(1000);
  });

  test('that was moved or changed since say its name', async () => {
    vi.stubGlobal('FileReaderSync', Reader);
    const blob = new Held(new Uint8Array(100));
    const file = await bytesOfBlob(blob, 'model.safetensors');
    blob.gone = true;
    const failure = expect.objectContaining({ code: 'MODEL_MISSING', detail: expect.stringContaining('model.safetensors') });
    expect(() => whole(file)).toThrow(failure);
    vi.unstubAllGlobals();
    const broken = { arrayBuffer: () => Promise.reject(new DOMException('gone', 'NotReadableError')) } as unknown as Blob;
    await expect(bytesOfBlob(broken, 'model.safetensors')).rejects.toEqual(failure);
  });

  test('is read at once where parts cannot be', async () => {
    const file = await bytesOfBlob(new Blob([new Uint8Array([1, 2, 3])]), 'w');
    expect([...whole(file)]).toEqual([1, 2, 3]);
  });
});

/** A file as others write it, without a checksum over all bytes. */
function foreign(tensors: Readonly<Record<string, { readonly shape: readonly number[]; readonly data: Float32Array<ArrayBuffer> }>>) {
  let end = 0;
  const header = Object.fromEntries(
    Object.entries(tensors).map(([name, { shape, data }]) => [
      name,
      { dtype: 'F32', shape, data_offsets: [end, (end += data.byteLength)] },
    ]),
  );
  const text = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  let at = 8 + text.length;
  for (const { data } of Object.values(tensors)) {
    bytes.set(new Uint8Array(data.buffer), at);
    at += data.byteLength;
  }
  return bytes;
}
