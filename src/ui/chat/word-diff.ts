/** Two texts word by word: which words of each are not in the other, in order. Knows no component. */

/** A piece of a text; `same` where the other text has it too. */
export type Piece = { readonly text: string; readonly same: boolean };

/** A word, or one sign that is no part of a word, with the white space before it. */
const WORD = /\s*(?:[\p{L}\p{M}\p{N}_]+(?:['’-][\p{L}\p{M}\p{N}_]+)*|[^\s])|\s+$/gu;

const wordsOf = (text: string): readonly string[] => text.match(WORD) ?? [];

/** Adjoining words of a kind as one piece; white space before a word that differs stays with what is before. */
function joined(words: readonly string[], same: readonly boolean[]): readonly Piece[] {
  const pieces: Piece[] = [];
  const add = (text: string, kind: boolean): void => {
    const last = pieces.at(-1);
    if (text === '') return;
    if (last?.same === kind) pieces[pieces.length - 1] = { text: last.text + text, same: kind };
    else pieces.push({ text, same: kind });
  };
  for (const [i, word] of words.entries()) {
    const [space = ''] = /^\s*/.exec(word) ?? [];
    // a line's indent is no word
    const inside = same[i] === false && same[i - 1] === false && !space.includes('\n');
    add(space, !inside);
    add(word.slice(space.length), same[i] === true);
  }
  return pieces;
}

/** Both texts in pieces; joined, the pieces are the texts. What they share is a longest common subsequence of their words. */
export function wordDiff(before: string, after: string): readonly [before: readonly Piece[], after: readonly Piece[]] {
  const [a, b] = [wordsOf(before), wordsOf(after)];
  const [x, y] = [a.map((word) => word.trim()), b.map((word) => word.trim())];
  const width = y.length + 1;
  // lengths[i * width + j]: of the longest one of x from i and y from j on
  const lengths = new Uint16Array((x.length + 1) * width);
  for (let i = x.length - 1; i >= 0; i--) {
    for (let j = y.length - 1; j >= 0; j--) {
      const at = i * width + j;
      lengths[at] =
        x[i] === y[j] ? (lengths[at + width + 1] as number) + 1 : Math.max(lengths[at + width] as number, lengths[at + 1] as number);
    }
  }
  const [inX, inY] = [x.map(() => false), y.map(() => false)];
  for (let i = 0, j = 0; i < x.length && j < y.length;) {
    const at = i * width + j;
    if (x[i] === y[j]) [inX[i++], inY[j++]] = [true, true];
    else if ((lengths[at + width] as number) >= (lengths[at + 1] as number)) i++;
    else j++;
  }
  return [joined(a, inX), joined(b, inY)];
}
