/**
 * From rows of ids to padded batches: what is read and what is predicted. Knows no tensor and no text.
 */
import type { TopTokens } from '../contracts/language-model.ts';

/** What a teacher says at each target of a row, and by which divergence the model is held to it; src/engine/ops/divergence.ts. */
export type Teaching = TopTokens & { readonly alpha: number };

/** A row to train on or to score: the model reads all ids and is judged on those from `promptLength` on. */
export type Row = { readonly ids: readonly number[]; readonly promptLength: number; readonly teacher?: Teaching };

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
  /** What teachers say at each place, where they do so in every row. */
  readonly teacher?: Teaching;
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
  const teacher = joined(rows.flatMap((row) => row.teacher ?? []));
  const batch = { B, T, ids, places: Int32Array.from(places), targets: Int32Array.from(targets) };
  return teacher === null ? batch : { ...batch, teacher };
}

/** What the teachers of several rows say, one row after the other. */
function joined(all: readonly Teaching[]): Teaching | null {
  const [first] = all;
  if (first === undefined) return null;
  const { k, alpha } = first;
  const numbers = all.reduce((total, { ids }) => total + ids.length, 0);
  const [ids, logProbs] = [new Int32Array(numbers), new Float32Array(numbers)];
  let at = 0;
  for (const teaching of all) {
    ids.set(teaching.ids, at);
    logProbs.set(teaching.logProbs, at);
    at += teaching.ids.length;
  }
  return { k, alpha, ids, logProbs };
}

/** Cuts a list into parts of `size`; the last may be shorter. */
export function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}
