/**
 * Adapters on top of each other as one: what low-rank changes add up to is again a low-rank change, of their ranks together. Pairs are shapes
 * and numbers under PEFT's names; knows no tensor library.
 */
import type { StoredTensor } from './floats.ts';

export type Pairs = ReadonlyMap<string, StoredTensor>;

const isA = (name: string): boolean => name.endsWith('.lora_A.weight');

/** The rank of an adapter's pairs: the rows of any A [rank, in]; 0 where there is none. */
export function rankOf(pairs: Pairs): number {
  for (const [name, { shape }] of pairs) if (isA(name)) return shape[0] as number;
  return 0;
}

/** Both changes as one, for adapters of the same layers and scale: A [r1 + r2, in] below each other, B [out, r1 + r2] side by side. */
export function stackAdapters(below: Pairs, above: Pairs): Pairs {
  return new Map(
    [...below].map(([name, first]): [string, StoredTensor] => {
      const second = above.get(name) as StoredTensor;
      return [name, isA(name) ? under(first, second) : beside(first, second)];
    }),
  );
}

/** The inverse of `stackAdapters`: the uppermost `rank`, and what lies below it, or null where that is nothing. */
export function splitAdapter(whole: Pairs, rank: number): { readonly below: Pairs | null; readonly above: Pairs } {
  const low = rankOf(whole) - rank;
  if (low <= 0) return { below: null, above: whole };
  const part = (from: number, to: number): Pairs =>
    new Map([...whole].map(([name, tensor]) => [name, isA(name) ? rows(tensor, from, to) : columns(tensor, from, to)]));
  return { below: part(0, low), above: part(low, low + rank) };
}

type Matrix = readonly [rows: number, columns: number];

function under(first: StoredTensor, second: StoredTensor): StoredTensor {
  const [[high, width], [low]] = [first.shape as Matrix, second.shape as Matrix];
  const data = new Float32Array((high + low) * width);
  data.set(first.data);
  data.set(second.data, high * width);
  return { shape: [high + low, width], data };
}

function beside(first: StoredTensor, second: StoredTensor): StoredTensor {
  const [[out, left], [, right]] = [first.shape as Matrix, second.shape as Matrix];
  const width = left + right;
  const data = new Float32Array(out * width);
  const [a, b] = [first.data, second.data];
  for (let row = 0; row < out; row++) {
    data.set(a.subarray(row * left, (row + 1) * left), row * width);
    data.set(b.subarray(row * right, (row + 1) * right), row * width + left);
  }
  return { shape: [out, width], data };
}

function rows({ shape, data }: StoredTensor, from: number, to: number): StoredTensor {
  const [, width] = shape as Matrix;
  return { shape: [to - from, width], data: data.slice(from * width, to * width) };
}

function columns({ shape, data }: StoredTensor, from: number, to: number): StoredTensor {
  const [out, width] = shape as Matrix;
  const cut = new Float32Array(out * (to - from));
  for (let row = 0; row < out; row++) cut.set(data.subarray(row * width + from, row * width + to), row * (to - from));
  return { shape: [out, to - from], data: cut };
}
