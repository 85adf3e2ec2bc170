/**
 * The `pre_tokenizer` of a tokenizer.json: a text to the pieces within which tokens lie. Own code and not the library's, which knows two of
 * the five ways to cut, takes ASCII for letters and digits, and does not split at metaspaces. Unknown steps and unknown regexes are refused
 * by name. Knows nothing of tokens.
 */
import { byteLevel } from './byte-alphabet.ts';
import type { Fields } from '../../fields.ts';
import { GPT2, knownPattern, textPattern } from './patterns.ts';

/** Where a piece begins: at the start of a text, where a text is gone on with, or anywhere else. */
type Begin = 'text' | 'continued' | 'inside';
type Piece = { readonly text: string; readonly begin: Begin };
export type PreTokenizer = (pieces: readonly Piece[]) => readonly Piece[];

type Span = [from: number, to: number, match: boolean];

const MAX_DEPTH = 4;
const SPACE = /\p{White_Space}/gu;
const PUNCTUATION = /[\p{P}$+<=>^`|~]/gu;
const BEHAVIORS = ['Removed', 'Isolated', 'MergedWithPrevious', 'MergedWithNext', 'Contiguous'] as const;
type Behavior = (typeof BEHAVIORS)[number];

/** The function of a `pre_tokenizer`. Errors: those of `config.refuse`, naming the place. */
export function preTokenizerOf(config: Fields | null, depth = 0): PreTokenizer {
  if (config === null) return (pieces) => pieces;
  const type = config.string('type');
  switch (type) {
    case 'Sequence': {
      if (depth === MAX_DEPTH) config.refuse(`${config.place} is nested too deeply`);
      const steps = config.items('pretokenizers').map((step) => preTokenizerOf(step, depth + 1));
      return (pieces) => steps.reduce((pieces, step) => step(pieces), pieces);
    }
    case 'ByteLevel':
      return byteLevelStep(config);
    case 'Split':
      return cutting(splitPattern(config.object('pattern')), behaviorOf(config, null), config.boolean('invert', false));
    case 'Metaspace':
      return metaspace(config);
    case 'Digits':
      return cutting(/\p{N}/gu, config.boolean('individual_digits', false) ? 'Isolated' : 'Contiguous');
    case 'Punctuation':
      return cutting(PUNCTUATION, behaviorOf(config, 'Isolated'));
    case 'Whitespace':
      // White space belongs to no match and is removed with what else the classes leave out.
      return cutting(
        /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\u200c\u200d]+|[^\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\u200c\u200d\p{White_Space}]+/gu,
        'Removed',
        true,
      );
    case 'WhitespaceSplit':
      return cutting(SPACE, 'Removed');
    default:
      return config.fail('type', `is ${JSON.stringify(type)}, a pre-tokenizer that is not supported`);
  }
}

function behaviorOf(config: Fields, fallback: Behavior | null): Behavior {
  const name = config.string('behavior', fallback ?? undefined);
  return BEHAVIORS.find((behavior) => behavior === name) ?? config.fail('behavior', `is ${JSON.stringify(name)}, which is not supported`);
}

function splitPattern(pattern: Fields): RegExp {
  if (pattern.raw('Regex') === undefined) return textPattern(pattern.string('String'));
  const source = pattern.string('Regex');
  return knownPattern(source) ?? pattern.fail('Regex', `is ${JSON.stringify(source.slice(0, 80))}, which is not among the known patterns`);
}

function byteLevelStep(config: Fields): PreTokenizer {
  const prefix = config.boolean('add_prefix_space', true);
  const cut = config.boolean('use_regex', true) ? cutting(knownPattern(GPT2) as RegExp, 'Isolated') : (pieces: readonly Piece[]) => pieces;
  return (pieces) =>
    cut(prefix ? pieces.map((piece) => withPrefix(piece, ' ', ' ')) : pieces).map(({ text, begin }) => ({ text: byteLevel(text), begin }));
}

/** The piece with a prefix that its text does not have yet; a text that goes on another gets none. */
function withPrefix(piece: Piece, prefix: string, present: string): Piece {
  return piece.begin === 'continued' || piece.text.startsWith(present) ? piece : { text: prefix + piece.text, begin: piece.begin };
}

function metaspace(config: Fields): PreTokenizer {
  const mark = config.string('replacement');
  if (Array.from(mark).length !== 1) config.fail('replacement', 'must be one character');
  const scheme = config.string('prepend_scheme', config.raw('add_prefix_space') === false ? 'never' : 'always');
  if (!['always', 'first', 'never'].includes(scheme)) config.fail('prepend_scheme', `is ${JSON.stringify(scheme)}`);
  const cut = config.boolean('split', true) ? cutting(textPattern(mark), 'MergedWithNext') : (pieces: readonly Piece[]) => pieces;
  return (pieces) =>
    cut(
      pieces.map(({ text, begin }) => {
        const piece = { text: text.replaceAll(' ', () => mark), begin };
        return scheme === 'always' || (scheme === 'first' && begin === 'text') ? withPrefix(piece, mark, mark) : piece;
      }),
    );
}

/** A step that cuts every piece at the matches of a regex. */
function cutting(pattern: RegExp, behavior: Behavior, invert = false): PreTokenizer {
  return (pieces) =>
    pieces.flatMap(({ text, begin }) => {
      const spans: Span[] = [];
      let end = 0;
      for (const match of text.matchAll(pattern)) {
        if (match.index > end) spans.push([end, match.index, invert]);
        end = match.index + match[0].length;
        spans.push([match.index, end, !invert]);
      }
      if (end < text.length) spans.push([end, text.length, invert]);
      return arrange(spans, behavior)
        .filter(([from, to]) => to > from)
        .map(([from, to]): Piece => ({ text: text.slice(from, to), begin: from === 0 ? begin : 'inside' }));
    });
}

/** What becomes of matches and of the text between them. */
function arrange(spans: readonly Span[], behavior: Behavior): readonly Span[] {
  const merged: Span[] = [];
  let before = false;
  switch (behavior) {
    case 'Isolated':
      return spans;
    case 'Removed':
      return spans.filter(([, , match]) => !match);
    case 'Contiguous':
      for (const [from, to, match] of spans) {
        const last = merged.at(-1);
        if (last !== undefined && last[2] === match) last[1] = to;
        else merged.push([from, to, match]);
      }
      return merged;
    case 'MergedWithPrevious':
      for (const [from, to, match] of spans) {
        const last = merged.at(-1);
        if (match && !before && last !== undefined) last[1] = to;
        else merged.push([from, to, false]);
        before = match;
      }
      return merged;
    case 'MergedWithNext':
      for (const [from, to, match] of spans.toReversed()) {
        const last = merged.at(-1);
        if (match && !before && last !== undefined) last[0] = from;
        else merged.push([from, to, false]);
        before = match;
      }
      return merged.toReversed();
  }
}
