/** Words of a text and how alike two texts are, for filters and draws. Pure. */

/** Lower case, without punctuation. */
export function normalise(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

export function words(text: string): readonly string[] {
  const plain = normalise(text);
  return plain === '' ? [] : plain.split(' ');
}

/** Things in common / things in either (Jaccard), of two sets; 0 for two empty ones. */
export function jaccard<T>(a: ReadonlySet<T>, b: ReadonlySet<T>): number {
  const common = [...a].filter((thing) => b.has(thing)).length;
  return common === 0 ? 0 : common / (a.size + b.size - common);
}

/** ROUGE-L: the harmonic mean of the shares of either text that their longest common subsequence of words makes up (Lin 2004). */
export function rougeL(a: readonly string[], b: readonly string[]): number {
  let row = Array.from({ length: b.length + 1 }, () => 0);
  for (const word of a) {
    const next = [0];
    for (const [j, other] of b.entries()) next.push(word === other ? (row[j] ?? 0) + 1 : Math.max(row[j + 1] ?? 0, next[j] ?? 0));
    row = next;
  }
  const common = row.at(-1) ?? 0;
  return common === 0 ? 0 : (2 * common) / (a.length + b.length);
}
