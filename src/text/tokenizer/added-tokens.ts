/** Finds the added tokens of a tokenizer.json in text, with the white space that belongs to them. Knows no model. */
import { literal } from './patterns.ts';
import type { AddedToken } from './subwords.ts';

/** A part of a text: an added token, or text between them with the place where it begins. */
type Section = { readonly id: number } | { readonly text: string; readonly at: number };
export type Cut = (text: string) => readonly Section[];

const WORD = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\u200c\u200d]/u;
const SPACE = /\p{White_Space}/u;

/** A regex that finds any of these strings, the longest first; null for none. */
export function anyOf(names: readonly string[]): RegExp | null {
  const sorted = names.filter((name) => name !== '').toSorted((a, b) => b.length - a.length);
  return sorted.length === 0 ? null : new RegExp(sorted.map(literal).join('|'), 'gu');
}

/** A function that cuts text at these tokens; the longest token at the earliest place wins. `spelling` is how a token stands in the text. */
export function cutAt(tokens: readonly AddedToken[], spelling: (token: AddedToken) => string): Cut {
  const known = new Map<string, AddedToken>();
  for (const token of tokens) known.set(spelling(token), token);
  const pattern = anyOf([...known.keys()]);
  if (pattern === null) return (text) => (text === '' ? [] : [{ text, at: 0 }]);
  return (text) => {
    const sections: Section[] = [];
    let end = 0;
    for (const { 0: match, index } of text.matchAll(pattern)) {
      const token = known.get(match) as AddedToken;
      let [from, to] = [index, index + match.length];
      if (token.singleWord && (isWord(text, from, -1) || isWord(text, to, 1))) continue;
      while (token.lstrip && from > end && SPACE.test(text.charAt(from - 1))) from--;
      while (token.rstrip && to < text.length && SPACE.test(text.charAt(to))) to++;
      if (from < end) continue; // its beginning was taken with the token before it
      if (from > end) sections.push({ text: text.slice(end, from), at: end });
      sections.push({ id: token.id });
      end = to;
    }
    if (end < text.length) sections.push({ text: text.slice(end), at: end });
    return sections;
  };
}

/** Does a letter stand before (-1) or after (1) this place? */
function isWord(text: string, at: number, side: -1 | 1): boolean {
  const near = side === -1 ? Array.from(text.slice(Math.max(0, at - 2), at)).at(-1) : Array.from(text.slice(at, at + 2))[0];
  return near !== undefined && WORD.test(near);
}
