/**
 * A random part of the principles for each prompt (SALMON, arXiv 2310.05910, samples them so for its reward model): fresh input beside fresh
 * demonstrations. Principles are a text; here it comes apart into rules. Pure functions of text.
 */
import { Random } from '../random.ts';

/** A line that is a rule of a list: "1 (kind): ...", "2. ...", "- ...". */
const LISTED = /^\s*(?:\d+\s*[.:)(]|[-*•]\s)/;

/** A text in pieces that make it up again, each with the white space after it; only rules may be left out. */
type Piece = { readonly text: string; readonly rule: boolean };

/**
 * The rules of a text: the lines of its list where it has one, else its lines where it has several, else its sentences. A heading before the
 * sentences of a line ("Rules:") and what is around a list belong to no rule.
 */
function piecesOf(text: string): readonly Piece[] {
  const lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const listed = lines.filter((line) => LISTED.test(line)).length > 1;
  if (listed || lines.filter((line) => line.trim() !== '').length > 1)
    return lines.map((line) => ({ text: line, rule: listed ? LISTED.test(line) : line.trim() !== '' }));
  const heading = /^\s*[\p{L}\s]+:\s*/u.exec(text)?.[0] ?? '';
  const sentences =
    text
      .slice(heading.length)
      .match(/[^]*?(?:[.!?。！？]+\s*|$)/gu)
      ?.filter((sentence) => sentence !== '') ?? [];
  return [{ text: heading, rule: false }, ...sentences.map((sentence) => ({ text: sentence, rule: sentence.trim() !== '' }))];
}

/** How many rules a text of principles has. */
export function rulesIn(text: string): number {
  return piecesOf(text).filter(({ rule }) => rule).length;
}

/** The text with `count` of its rules, in their order, and everything that is no rule; all of it where it has no more. */
export function someRules(text: string, count: number, random: Random): string {
  const pieces = piecesOf(text);
  const rules = pieces.flatMap(({ rule }, i) => (rule ? [i] : []));
  if (rules.length <= count) return text;
  const kept = new Set(random.sample(rules, count));
  const shown = pieces.filter(({ rule }, i) => !rule || kept.has(i)).map((piece) => piece.text);
  return shown.join('').trimEnd() + (/\s*$/.exec(text)?.[0] ?? '');
}
