/** The strings that both sides make from a seed: the same generator as fuzz_text.py, over the same alphabets. Knows no tokenizer. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const SPEC = JSON.parse(readFileSync(join(import.meta.dirname, 'fuzz-text.json'), 'utf8')) as {
  readonly ranges: readonly (readonly [number, number])[];
  readonly snippets: readonly string[];
};

/** mulberry32: whole numbers below 2^32. */
function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state) >>> 0;
    t = ((t + (Math.imul(t ^ (t >>> 7), 61 | t) >>> 0)) ^ t) >>> 0;
    return (t ^ (t >>> 14)) >>> 0;
  };
}

/** `count` strings of words, code, white space and characters of many scripts. */
export function strings(seed: number, count: number, extra: readonly string[] = []): string[] {
  const draw = numbers(seed);
  const below = (n: number): number => draw() % n;
  const snippets = [...SPEC.snippets, ...extra];
  return Array.from({ length: count }, () => {
    let text = '';
    for (let parts = 1 + below(20); parts > 0; parts--) {
      if (below(8) < 5) text += snippets[below(snippets.length)];
      else {
        const [low, high] = SPEC.ranges[below(SPEC.ranges.length)] as readonly [number, number];
        for (let n = 1 + below(5); n > 0; n--) text += String.fromCodePoint(low + below(high - low + 1));
      }
    }
    return text;
  });
}

/** A 16-bit fingerprint of whole numbers (FNV-1a, folded). */
export function fold(values: Iterable<number>): number {
  let h = 0x811c9dc5;
  for (const value of values) h = Math.imul(h ^ value, 0x01000193) >>> 0;
  return (h >>> 16) ^ (h & 0xffff);
}
