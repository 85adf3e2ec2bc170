/**
 * The types in which GGUF files hold numbers, and how a block of each becomes float32: the same bits as `dequantize` of the Python package
 * `gguf`, so products and sums are rounded where it rounds them. Knows nothing of headers and names.
 */
import { fromF16 } from '../../../float16.ts';
import type { FloatType } from '../../floats.ts';

/** A block begins at byte `at` of `from`; its numbers go to `to` of `into`. */
type Unpack = (from: Uint8Array, at: number, into: Float32Array, to: number) => void;

/** A type of numbers. One that is quantised has float16 scales at the bytes `scales` of a block; plain floats say as which type they lie. */
export type BlockType = {
  readonly name: string;
  /** Numbers and bytes of a block. */
  readonly numbers: number;
  readonly bytes: number;
} & ({ readonly plain: FloatType } | { readonly plain: null; readonly scales: readonly number[]; readonly unpack: Unpack });

const half = (from: Uint8Array, at: number): number => fromF16((from[at] as number) | ((from[at + 1] as number) << 8));
const round = Math.fround;

/** Blocks of 32: a scale d, with `floor` an m, with `fifth` a word of fifth bits, then 16 bytes with two numbers each: d q + m, or d (q - middle). */
function nibbles(floor: boolean, fifth: boolean): Unpack {
  const [bits, quants] = [floor ? 4 : 2, (floor ? 4 : 2) + (fifth ? 4 : 0)];
  const middle = floor ? 0 : fifth ? 16 : 8;
  return (from, at, into, to) => {
    const d = half(from, at);
    const m = floor ? half(from, at + 2) : 0;
    for (let i = 0; i < 32; i++) {
      const byte = from[at + quants + (i & 15)] as number;
      const high = fifth ? (((from[at + bits + (i >> 3)] as number) >> (i & 7)) & 1) << 4 : 0;
      const q = (i < 16 ? byte & 15 : byte >> 4) | high;
      into[to + i] = floor ? round(d * q) + m : d * (q - middle);
    }
  };
}

/** Scale and floor of the eight groups of a K block, six bits each, packed in twelve bytes. */
function scaleOf(from: Uint8Array, at: number, group: number): [scale: number, floor: number] {
  const byte = (i: number): number => from[at + i] as number;
  if (group < 4) return [byte(group) & 63, byte(group + 4) & 63];
  const both = byte(group + 4);
  return [(both & 15) | ((byte(group - 4) >> 2) & 48), (both >> 4) | ((byte(group) >> 2) & 48)];
}

/** Blocks of 256 in eight groups: d, a floor's d, twelve bytes of scales, with `fifth` 32 bytes of fifth bits, then 128 bytes with two numbers each. */
function groups(fifth: boolean): Unpack {
  const quants = fifth ? 48 : 16;
  return (from, at, into, to) => {
    const [d, dFloor] = [half(from, at), half(from, at + 2)];
    for (let group = 0; group < 8; group++) {
      const [scale, floor] = scaleOf(from, at + 4, group);
      const [step, least] = [round(d * scale), round(dFloor * floor)];
      const [first, shift] = [at + quants + 32 * (group >> 1), group % 2 === 0 ? 0 : 4];
      for (let i = 0; i < 32; i++) {
        const high = fifth ? (((from[at + 16 + i] as number) >> group) & 1) << 4 : 0;
        const q = (((from[first + i] as number) >> shift) & 15) | high;
        into[to + 32 * group + i] = round(step * q) - least;
      }
    }
  };
}

/** Blocks of 256: 128 bytes of low halves, 64 bytes of two more bits, sixteen signed scales, d. */
function sixBits(from: Uint8Array, at: number, into: Float32Array, to: number): void {
  const d = half(from, at + 208);
  for (let group = 0; group < 8; group++) {
    const [side, part] = [group >> 2, group & 3];
    for (let i = 0; i < 32; i++) {
      const low = ((from[at + 64 * side + 32 * (part & 1) + i] as number) >> (part < 2 ? 0 : 4)) & 15;
      const high = ((from[at + 128 + 32 * side + i] as number) >> (2 * part)) & 3;
      const scale = ((from[at + 192 + 2 * group + (i >> 4)] as number) << 24) >> 24;
      into[to + 32 * group + i] = round(d * scale) * ((low | (high << 4)) - 32);
    }
  }
}

function eightBits(from: Uint8Array, at: number, into: Float32Array, to: number): void {
  const d = half(from, at);
  for (let i = 0; i < 32; i++) into[to + i] = (((from[at + 2 + i] as number) << 24) >> 24) * d;
}

const quantised = (name: string, numbers: number, bytes: number, scales: readonly number[], unpack: Unpack): BlockType => ({
  name,
  numbers,
  bytes,
  plain: null,
  scales,
  unpack,
});

/** The types that are read, by their number in the file. */
export const BLOCKS: ReadonlyMap<number, BlockType> = new Map([
  [0, { name: 'F32', numbers: 1, bytes: 4, plain: 'F32' }],
  [1, { name: 'F16', numbers: 1, bytes: 2, plain: 'F16' }],
  [30, { name: 'BF16', numbers: 1, bytes: 2, plain: 'BF16' }],
  [2, quantised('Q4_0', 32, 18, [0], nibbles(false, false))],
  [3, quantised('Q4_1', 32, 20, [0, 2], nibbles(true, false))],
  [6, quantised('Q5_0', 32, 22, [0], nibbles(false, true))],
  [7, quantised('Q5_1', 32, 24, [0, 2], nibbles(true, true))],
  [8, quantised('Q8_0', 32, 34, [0], eightBits)],
  [12, quantised('Q4_K', 256, 144, [0, 2], groups(false))],
  [13, quantised('Q5_K', 256, 176, [0, 2], groups(true))],
  [14, quantised('Q6_K', 256, 210, [208], sixBits)],
]);

/** Types of ggml that are not read, to refuse them by name. */
const OTHERS: Readonly<Record<number, string>> = {
  9: 'Q8_1',
  10: 'Q2_K',
  11: 'Q3_K',
  15: 'Q8_K',
  16: 'IQ2_XXS',
  17: 'IQ2_XS',
  18: 'IQ3_XXS',
  19: 'IQ1_S',
  20: 'IQ4_NL',
  21: 'IQ3_S',
  22: 'IQ2_S',
  23: 'IQ4_XS',
  24: 'I8',
  25: 'I16',
  26: 'I32',
  27: 'I64',
  28: 'F64',
  29: 'IQ1_M',
  34: 'TQ1_0',
  35: 'TQ2_0',
  39: 'MXFP4',
};

export function nameOfType(id: number): string {
  return BLOCKS.get(id)?.name ?? OTHERS[id] ?? `of type ${id}`;
}
