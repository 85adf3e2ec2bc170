/**
 * The regexes by which public tokenizers cut text. A file may name only these: any other could take for ever on some text, and a regex
 * cannot be stopped. The library translates them to JavaScript; test/text/tokenizer-parity.test.ts compares each with the original.
 */
import { SplitPreTokenizer } from '@huggingface/tokenizers';

const TAIL = '\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+';
const CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
const UPPER = '[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]';
const LOWER = '[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]';
const JOINED = '[^\\r\\n\\p{L}\\p{N}]?';

/** GPT-2; also what a `ByteLevel` step with `use_regex` stands for. */
export const GPT2 = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

const KNOWN: ReadonlySet<string> = new Set([
  GPT2,
  // Llama 3 (cl100k), Qwen 2 to 3, Qwen 3.5
  `${CONTRACTIONS}|${JOINED}\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|${TAIL}`,
  `${CONTRACTIONS}|${JOINED}\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|${TAIL}`,
  `${CONTRACTIONS}|${JOINED}[\\p{L}\\p{M}]+|\\p{N}| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*|${TAIL}`,
  // o200k (Llama 4, gpt-oss) and Mistral's Tekken
  `${JOINED}${UPPER}*${LOWER}+${CONTRACTIONS}?|${JOINED}${UPPER}+${LOWER}*${CONTRACTIONS}?|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|${TAIL}`,
  `${JOINED}${UPPER}*${LOWER}+|${JOINED}${UPPER}+${LOWER}*|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|${TAIL}`,
  // DeepSeek V3, whose three steps come one after the other
  '\\p{N}{1,3}',
  '[一-龥\u3040-ゟ゠-ヿ]+',
  `[!"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_\`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|${TAIL}`,
  // Bloom and the digits and line ends that many files cut off first
  ' ?[^(\\s|[.,!?…。，、।۔،])]+',
  '\\d',
  '\\d+',
  '\\p{N}',
  '\\p{N}+',
  '[0-9]',
  '[\\r\\n]',
  '\\s+',
]);

/** The contractions spelt out: a long s counts as an s where case does not, which the library overlooks. */
const SPELT = "(?:'[sS\u017f]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])";

/** A text as the regex source that matches it and nothing else. */
export function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

/** A regex that finds a text; the empty one is found nowhere, as in the original. */
export function textPattern(text: string): RegExp {
  return text === '' ? /(?!)/gu : new RegExp(literal(text), 'gu');
}

const COMPILED = new Map<string, RegExp>();

/** A known regex in JavaScript, or null for any other. */
export function knownPattern(source: string): RegExp | null {
  if (!KNOWN.has(source)) return null;
  const pattern = { Regex: source.replaceAll(CONTRACTIONS, SPELT) };
  const compiled = COMPILED.get(source) ?? new SplitPreTokenizer({ type: 'Split', pattern, behavior: 'Isolated', invert: false }).pattern;
  if (compiled !== null) COMPILED.set(source, compiled);
  return compiled;
}

/** All regexes that are known. */
export function knownPatterns(): readonly string[] {
  return [...KNOWN];
}
