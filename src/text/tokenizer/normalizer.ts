/**
 * The `normalizer` of a tokenizer.json: text to text before it is cut. Own code and not the library's, which differs from the Rust
 * original in final sigma, white space, `$` in replacements and the charsmap of SentencePiece. Unknown steps are refused by name. Knows nothing of tokens.
 */
import type { Fields } from '../../fields.ts';
import { precompiled } from './charsmap.ts';
import { checkGrowth, replaced } from './growth.ts';
import { textPattern } from './patterns.ts';

/** `continues`: the text goes on another, so nothing is put before it. */
export type Normalizer = (text: string, continues: boolean) => string;

const MAX_DEPTH = 4;
/** The regexes that public tokenizers replace; others could take for ever. */
const PATTERNS: ReadonlyMap<string, RegExp> = new Map([
  [' {2,}', / {2,}/gu],
  ['\\s+', /\p{White_Space}+/gu],
  ['[\\n\\r\\t]', /[\n\r\t]/gu],
]);

/** Lower case character by character: a sigma at the end of a word stays a plain one. */
const lowercase = (text: string): string => Array.from(text, (character) => character.toLowerCase()).join('');

/** The function of a `normalizer`. Errors: those of `config.refuse`, naming the place; the function's: PROMPT_TOO_LONG. */
export function normalizerOf(config: Fields | null, depth = 0): Normalizer {
  if (config === null) return (text) => text;
  const type = config.string('type');
  switch (type) {
    case 'Sequence': {
      if (depth === MAX_DEPTH) config.refuse(`${config.place} is nested too deeply`);
      const steps = config.items('normalizers').map((step) => normalizerOf(step, depth + 1));
      return (text, continues) => steps.reduce((text, step) => step(text, continues), text);
    }
    case 'NFC':
    case 'NFD':
    case 'NFKC':
    case 'NFKD':
      return (text) => text.normalize(type);
    case 'Lowercase':
      return lowercase;
    case 'StripAccents':
      return (text) => text.replace(/\p{M}/gu, '');
    case 'Prepend': {
      const prefix = config.string('prepend');
      return (text, continues) => {
        if (text === '' || continues) return text;
        checkGrowth(config, text.length, text.length + prefix.length);
        return prefix + text;
      };
    }
    case 'Strip': {
      const [left, right] = [config.boolean('strip_left'), config.boolean('strip_right')];
      return (text) => strip(text, left, right);
    }
    case 'Replace': {
      const pattern = replacePattern(config.object('pattern'));
      const content = config.string('content');
      return (text) => replaced(config, text, pattern, content);
    }
    case 'Precompiled':
      return precompiled(config);
    default:
      return config.fail('type', `is ${JSON.stringify(type)}, a normalizer that is not supported`);
  }
}

/** The text without white space at its ends; a loop, since a regex anchored at the end is quadratic. */
function strip(text: string, left: boolean, right: boolean): string {
  const space = (i: number): boolean => /\p{White_Space}/u.test(text.charAt(i));
  let [from, to] = [0, text.length];
  if (left) while (from < to && space(from)) from++;
  if (right) while (to > from && space(to - 1)) to--;
  return text.slice(from, to);
}

/** What a `Replace` looks for, as a JavaScript regex. */
export function replacePattern(pattern: Fields): RegExp {
  if (pattern.raw('Regex') === undefined) return textPattern(pattern.string('String'));
  const source = pattern.string('Regex');
  return PATTERNS.get(source) ?? pattern.fail('Regex', `is ${JSON.stringify(source.slice(0, 80))}, which is not among the known patterns`);
}
