/**
 * Finds the added tokens of a tokenizer.json in text, with the white space that belongs to them. A tree of their letters, so that each place of
 * a text takes no more steps than a token is long, however many there are. Knows no model.
 */
import type { AddedToken } from './subwords.ts';

/** A part of a text: an added token, or text between them with the place where it begins. */
type Section = { readonly id: number } | { readonly text: string; readonly at: number };
export type Cut = (text: string) => readonly Section[];
/** Where names stand in a text, from left to right, the longest at each place and none inside of another. */
export type Finder = (text: string) => Iterable<readonly [from: number, to: number]>;

/** The letters of names, as UTF-16 units, that go on from here; `ends` where a name is whole. */
type Node = { ends: boolean; readonly next: Map<number, Node> };

const WORD = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\u200c\u200d]/u;
const SPACE = /\p{White_Space}/u;

/** Finds any of these names; null for none. One with half a surrogate pair stands in no text. */
export function anyOf(names: readonly string[]): Finder | null {
  const root: Node = { ends: false, next: new Map() };
  for (const name of names) {
    if (name === '' || /\p{Surrogate}/u.test(name)) continue;
    let node = root;
    for (let i = 0; i < name.length; i++) {
      const unit = name.charCodeAt(i);
      const next = node.next.get(unit) ?? { ends: false, next: new Map<number, Node>() };
      node.next.set(unit, next);
      node = next;
    }
    node.ends = true;
  }
  if (root.next.size === 0) return null;
  return function* (text) {
    for (let from = 0; from < text.length;) {
      const to = endOf(root, text, from);
      if (to > from) yield [from, to];
      from = to > from ? to : from + 1;
    }
  };
}

/** Where the longest name ends that begins here; the place itself where none does. */
function endOf(root: Node, text: string, from: number): number {
  let end = from;
  let node = root.next.get(text.charCodeAt(from));
  for (let at = from + 1; node !== undefined; at++) {
    if (node.ends) end = at;
    node = at < text.length ? node.next.get(text.charCodeAt(at)) : undefined;
  }
  return end;
}

/** A text in which each name is another. */
export function renamed(text: string, names: Finder, change: (name: string) => string): string {
  let [made, end] = ['', 0];
  for (const [from, to] of names(text)) {
    made += text.slice(end, from) + change(text.slice(from, to));
    end = to;
  }
  return end === 0 ? text : made + text.slice(end);
}

/** A function that cuts text at these tokens; the longest token at the earliest place wins. `spelling` is how a token stands in the text. */
export function cutAt(tokens: readonly AddedToken[], spelling: (token: AddedToken) => string): Cut {
  const known = new Map<string, AddedToken>();
  for (const token of tokens) known.set(spelling(token), token);
  const names = anyOf([...known.keys()]);
  if (names === null) return (text) => (text === '' ? [] : [{ text, at: 0 }]);
  return (text) => {
    const sections: Section[] = [];
    let end = 0;
    for (const [begin, stop] of names(text)) {
      const token = known.get(text.slice(begin, stop)) as AddedToken;
      let [from, to] = [begin, stop];
      if (token.singleWord && (isWord(text, from, -1) || isWord(text, to, 1))) continue;
      while (token.lstrip && from > end && SPACE.test(text.charAt(from - 1))) from--;
      if (token.rstrip) {
        to = Math.max(to, end); // up to there the token before it has taken the spaces
        while (to < text.length && SPACE.test(text.charAt(to))) to++;
      }
      // its beginning may be taken by the token before it, and it is one all the same, as in the original; one of spaces alone may be taken whole
      if (token.lstrip) from = Math.max(from, end);
      if (to <= from) continue;
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
