/**
 * The normalization table of a SentencePiece model (`precompiled_charsmap`): a double-array trie over UTF-8 and the texts that its leaves
 * point at (github.com/huggingface/spm_precompiled). Knows nothing of tokens.
 */
import type { Fields } from '../../fields.ts';
import { checkGrowth } from './growth.ts';

const MAX_BYTES = 4 * 1024 * 1024;
/** Bytes that stand for one character. */
const MAX_TEXT = 1024;
/** A grapheme cluster of this many bytes or more is looked up character by character. */
const LONG = 6;
/**
 * What may be segmented apart from the rest: a Latin character before another one, or a run that ends before two such characters. Runs are
 * cut at 1,000 characters, since Intl.Segmenter takes quadratic time.
 */
const BLOCK = /[\0-\u02ff](?<!\r)(?=[\0-\u02ff]|$)|(?:[^](?![\0-\u02ff]{2})){0,1000}[^]/gu;

/** The normalizer of a base64 charsmap. Errors: those of `config.refuse`. */
export function precompiled(config: Fields): (text: string) => string {
  const { units, texts } = parse(config);
  const encoder = new TextEncoder();
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const known = new Map<string, string | null>();
  /** The replacement of the shortest beginning of `key` that has one. */
  const lookUp = (key: string): string | null => {
    let found = known.get(key);
    if (found === undefined) {
      const at = find(units, encoder.encode(key)) ?? texts.length;
      const end = texts.indexOf(0, at);
      if ((end === -1 ? texts.length : end) - at > MAX_TEXT)
        config.fail('precompiled_charsmap', `puts in more than ${MAX_TEXT} bytes at a place`);
      found = at >= texts.length ? null : decoder.decode(texts.subarray(at, end === -1 ? texts.length : end));
      if (known.size < 100_000) known.set(key, found);
    }
    return found;
  };
  const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
  const cluster = (segment: string): string => {
    const whole = encoder.encode(segment).length < LONG ? lookUp(segment) : null;
    return whole ?? Array.from(segment, (character) => lookUp(character) ?? character).join('');
  };
  return (text) => {
    let result = '';
    for (const [block] of text.matchAll(BLOCK)) {
      if (block.length === 1) result += cluster(block);
      else for (const { segment } of graphemes.segment(block)) result += cluster(segment);
      checkGrowth(config, text.length, result.length);
    }
    return result;
  };
}

function parse(config: Fields): { units: Uint32Array; texts: Uint8Array<ArrayBuffer> } {
  const base64 = config.string('precompiled_charsmap');
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    return config.fail('precompiled_charsmap', 'is not base64');
  }
  if (bytes.length < 4 || bytes.length > MAX_BYTES) return config.fail('precompiled_charsmap', `has ${bytes.length} bytes`);
  const view = new DataView(bytes.buffer);
  const size = view.getUint32(0, true);
  if (size % 4 !== 0 || 4 + size > bytes.length) return config.fail('precompiled_charsmap', `has no trie of ${size} bytes`);
  const units = Uint32Array.from({ length: size / 4 }, (_, i) => view.getUint32(4 + 4 * i, true));
  return { units, texts: bytes.subarray(4 + size) };
}

/** The value of the shortest key of the trie that `key` begins with (darts-clone's layout of a unit). */
function find(units: Uint32Array, key: Uint8Array): number | null {
  const offset = (unit: number): number => (unit >>> 10) << ((unit & 0x200) >>> 6);
  let node = offset(units[0] ?? 0);
  for (const byte of key) {
    if (byte === 0) return null;
    node ^= byte;
    const unit = units[node];
    if (unit === undefined || (unit & 0x800000ff) >>> 0 !== byte) return null;
    node ^= offset(unit);
    if (((unit >>> 8) & 1) === 1) return (units[node] ?? 0) & 0x7fffffff;
  }
  return null;
}
