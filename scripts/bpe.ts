/**
 * Trains a byte-level BPE (Sennrich et al., arXiv 1508.07909; byte level as in GPT-2) and writes it in the tokenizer.json format of
 * Hugging Face. Deterministic: the same texts give the same file. Used by pretrain.ts only; at run time a library reads the file.
 */
import { byteLevel, CHARACTERS } from '../src/text/tokenizer/byte-alphabet.ts';
import { SPECIALS } from '../src/text/tokenizer/tokenizer.ts';

/** GPT-2's pattern, which is what a `ByteLevel` pre-tokenizer with `use_regex` stands for: " word" is one piece, "\n" its own. */
const PIECE = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

/** A word of the training text as its current tokens, and how often it occurs. */
type Word = { tokens: string[]; readonly count: number };

/** The merges in the order in which they were learnt. Ties go to the pair that sorts first. */
function learnMerges(texts: Iterable<string>, limit: number): (readonly [string, string])[] {
  const counts = new Map<string, number>();
  for (const text of texts) for (const piece of text.match(PIECE) ?? []) counts.set(piece, (counts.get(piece) ?? 0) + 1);
  const words: Word[] = [...counts].map(([piece, count]) => ({ tokens: Array.from(byteLevel(piece)), count }));
  const merges: (readonly [string, string])[] = [];
  while (merges.length < limit) {
    const pairs = new Map<string, number>();
    for (const { tokens, count } of words) {
      for (let i = 1; i < tokens.length; i++) {
        const pair = `${tokens[i - 1]} ${tokens[i]}`; // the alphabet has no space
        pairs.set(pair, (pairs.get(pair) ?? 0) + count);
      }
    }
    let [best, most] = ['', 1]; // a pair that occurs once is not worth a token
    for (const [pair, count] of pairs) if (count > most || (count === most && best !== '' && pair < best)) [best, most] = [pair, count];
    if (best === '') break;
    const [left, right] = best.split(' ') as [string, string];
    merges.push([left, right]);
    for (const word of words) {
      for (let i = 1; i < word.tokens.length; i++) {
        if (word.tokens[i - 1] === left && word.tokens[i] === right) word.tokens.splice(i - 1, 2, left + right);
      }
    }
  }
  return merges;
}

/** A parsed tokenizer.json with at most `size` entries: the specials, the 256 bytes, then the merges. */
export function trainTokenizer(texts: Iterable<string>, size: number) {
  const merges = learnMerges(texts, size - SPECIALS.length - CHARACTERS.length);
  const entries = [...SPECIALS, ...CHARACTERS, ...new Set(merges.map((pair) => pair.join('')))];
  const byteLevelStep = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: SPECIALS.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: byteLevelStep,
    post_processor: null,
    decoder: byteLevelStep,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(entries.map((token, id) => [token, id])),
      merges: merges.map((pair) => pair.join(' ')),
    },
  };
}
