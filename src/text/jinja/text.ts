/** Characters as Python sees them: code points, its white space and its ends of lines. Knows no template. */

// oxlint-disable-next-line no-control-regex -- Python has them among its white space
const SPACES = /^[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]$/;
const PAIRS = /[\ud800-\udfff]/;

/** Is this character white space to `str.isspace`? */
export const isSpace = (character: string): boolean => SPACES.test(character);

/** The characters of a text. */
export const pointsOf = (text: string): readonly string[] => (PAIRS.test(text) ? Array.from(text) : text.split(''));

/** `len` of a text. */
export const lengthOf = (text: string): number => (PAIRS.test(text) ? Array.from(text).length : text.length);

/** `str.strip` and its halves: white space, or any of these characters. */
export function stripped(text: string, characters: string | null, left: boolean, right: boolean): string {
  const points = pointsOf(text);
  const takes = characters === null ? isSpace : (point: string) => pointsOf(characters).includes(point);
  let [from, to] = [0, points.length];
  if (left) while (from < to && takes(points[from] as string)) from++;
  if (right) while (to > from && takes(points[to - 1] as string)) to--;
  return points.slice(from, to).join('');
}

const ENDS = '\\n\\r\\v\\f\\x1c-\\x1e\\x85\\u2028\\u2029';
const LINE = new RegExp(`[^${ENDS}]*(?:\\r\\n|[${ENDS}]|$)`, 'g');
const END = new RegExp(`(?:\\r\\n|[${ENDS}])$`);

/** `str.splitlines`. */
export function linesOf(text: string, keep: boolean = false): readonly string[] {
  // the last one that is found is the empty one at the end
  const there = (text.match(LINE) as readonly string[]).slice(0, -1);
  return keep ? there : there.map((line) => line.replace(END, ''));
}

/** Are all its letters those of ASCII, of which everybody knows the same? */
export const isAscii = (text: string): boolean => /^\p{ASCII}*$/u.test(text);

/** Order of code points, as Python compares texts. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const [left, right] = [Array.from(a), Array.from(b)];
  for (let i = 0; i < left.length && i < right.length; i++) {
    const difference = ((left[i] as string).codePointAt(0) as number) - ((right[i] as string).codePointAt(0) as number);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
