/**
 * From rows of ids to padded batches: what is read and what is predicted. Knows no tensor and no text.
 */
/** A row to train on or to score: the model reads all ids and is judged on those from `promptLength` on. */
export type Row = { readonly ids: readonly number[]; readonly promptLength: number };

/** B rows padded on the right to T tokens. Only completion tokens have a target; nothing else of a row enters a loss. */
export type Batch = {
  readonly B: number;
  readonly T: number;
  /** int32 [B,T]. */
  readonly ids: Int32Array;
  /** Places m = b * T + t that predict a completion token, ascending. */
  readonly places: Int32Array;
  /** The token to be predicted at each place. */
  readonly targets: Int32Array;
};

/** Pads rows to the longest one. The last token of a row is only predicted, never read. */
export function makeBatch(rows: readonly Row[], padId: number): Batch {
  const B = rows.length;
  const T = Math.max(1, ...rows.map((row) => row.ids.length - 1));
  const ids = new Int32Array(B * T).fill(padId);
  const places: number[] = [];
  const targets: number[] = [];
  for (const [b, row] of rows.entries()) {
    for (let t = 0; t < row.ids.length - 1; t++) {
      ids[b * T + t] = row.ids[t] as number;
      if (t + 1 < row.promptLength) continue;
      places.push(b * T + t);
      targets.push(row.ids[t + 1] as number);
    }
  }
  return { B, T, ids, places: Int32Array.from(places), targets: Int32Array.from(targets) };
}

/** Cuts a list into parts of `size`; the last may be shorter. */
export function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}
