/**
 * Byte-pair encoding of one piece: neighbours are joined, the pair that was learnt first before all others. Own code: the library's makes an
 * object and a JSON text of each pair and took a second for 100 KB. Knows no text: symbols are ids.
 */

/** The learnt pairs, in their order, with the ids of their halves and of what they make. */
export type Merge = readonly [left: number, right: number, made: number];

/** Places are below this, so that a rank and a place are one number. */
const PLACES = 2 ** 26;

/** A function that joins the ids of one piece. */
export function joiner(merges: readonly Merge[]): (symbols: readonly number[]) => number[] {
  const size = 1 + merges.reduce((most, merge) => Math.max(most, ...merge), 0);
  const ranks = new Map<number, number>();
  for (const [rank, [left, right]] of merges.entries()) ranks.set(left * size + right, rank);
  return (symbols) => {
    if (symbols.length >= PLACES) throw new RangeError(`${symbols.length} characters without a border`);
    const ids = Int32Array.from(symbols);
    const after = Int32Array.from(ids, (_, i) => i + 1);
    const before = Int32Array.from(ids, (_, i) => i - 1);
    const heap: number[] = [];
    const rankAt = (place: number): number | undefined => {
      const next = after[place] as number;
      if (next >= ids.length) return undefined;
      const right = ids[next] as number;
      return right >= size ? undefined : ranks.get((ids[place] as number) * size + right); // an id of no pair would look like another's
    };
    const offer = (place: number): void => {
      const rank = rankAt(place);
      if (rank !== undefined) push(heap, rank * PLACES + place);
    };
    for (let place = 0; place < ids.length - 1; place++) offer(place);
    for (;;) {
      const least = pop(heap);
      if (least === undefined) break;
      const place = least % PLACES;
      const rank = (least - place) / PLACES;
      // The pair may be gone: joined with another, or the place was taken in.
      if (ids[place] === -1 || rankAt(place) !== rank) continue;
      const taken = after[place] as number;
      const next = after[taken] as number;
      ids[place] = (merges[rank] as Merge)[2];
      ids[taken] = -1;
      after[place] = next;
      if (next < ids.length) before[next] = place;
      if ((before[place] as number) >= 0) offer(before[place] as number);
      offer(place);
    }
    return Array.from(ids).filter((id) => id !== -1);
  };
}

/** Adds a number to a heap whose first is the least. */
function push(heap: number[], value: number): void {
  let at = heap.length;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if ((heap[parent] as number) <= value) break;
    heap[at] = heap[parent] as number;
    at = parent;
  }
  heap[at] = value;
}

/** Takes the least number out of a heap. */
function pop(heap: number[]): number | undefined {
  const least = heap[0];
  const value = heap.pop();
  if (value === undefined || heap.length === 0) return least;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && (heap[child + 1] as number) < (heap[child] as number)) child += 1;
    if ((heap[child] as number) >= value) break;
    heap[at] = heap[child] as number;
    at = child;
  }
  heap[at] = value;
  return least;
}
