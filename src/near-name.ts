/** Which name somebody meant who wrote another: the nearest in letters, or none. Knows no list of names. */

/** Letters that have to be put in, taken out, exchanged or swapped with their neighbour to make one word of the other. */
function distance(a: string, b: string): number {
  let [before, row]: [number[], number[]] = [[], Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const steps = [
        (row[j] ?? 0) + 1,
        (next[j - 1] ?? 0) + 1,
        (row[j - 1] ?? 0) + (same ? 0 : 1),
        swapped ? (before[j - 2] ?? 0) + 1 : b.length,
      ];
      next.push(Math.min(...steps, Math.max(i, j)));
    }
    [before, row] = [row, next];
  }
  return row[b.length] ?? 0;
}

/** The name that `word` is a slip of, whatever its case; null where none is near, or where the word is longer than any name. */
export function nearName(word: string, names: Iterable<string>): string | null {
  if (word.length > 40) return null;
  const plain = word.toLowerCase();
  const near = [...names].map((name) => ({ name, steps: distance(plain, name.toLowerCase()) })).toSorted((a, b) => a.steps - b.steps)[0];
  return near !== undefined && near.steps <= Math.max(1, Math.floor(word.length / 3)) ? near.name : null;
}
