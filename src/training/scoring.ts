/**
 * How likely a model holds what follows a prompt: log-probabilities of the targets of rows, with all that rows begin with in common read once.
 * What the rows of a call begin with is kept for the next call, until the weights change. Knows no text and no loss.
 */
import * as tf from '@tensorflow/tfjs';
import { tokenLogProbs } from '../engine/ops/cross-entropy.ts';
import { embed } from '../engine/ops/embed.ts';
import { drive, type Gate, tidy } from '../engine/work.ts';
import { tokensAtOnce } from '../model/cost.ts';
import { head, type Decoder } from '../model/decoder.ts';
import { groupsOf, keepsMore, readTree, sharedBy, treeOf, type Branch, type Kept } from '../model/tree.ts';
import type { Row } from './batch.ts';
import { byLogits } from './finetune.ts';

/** What a row's model reads, and from where on it predicts a target. The last token is only predicted. */
const branchOf = ({ ids, promptLength }: Row): Branch => ({ ids: ids.slice(0, -1), from: Math.max(0, promptLength - 1) });

export class Scoring {
  readonly #rows: number;
  #kept: Kept | null = null;

  /** As many tokens are read at a time as `rows` of the longest rows have, where that is not more than pays. */
  constructor(rows: number) {
    this.#rows = rows;
  }

  /** The log-probabilities of each row's targets; none where it has none. */
  async logProbs(decoder: Decoder, rows: readonly Row[], gate: Gate): Promise<readonly Float32Array[]> {
    const found = rows.map(() => new Float32Array());
    const asked = [...rows.keys()].filter((i) => (rows[i] as Row).ids.length > Math.max(1, (rows[i] as Row).promptLength));
    const branches = asked.map((i) => branchOf(rows[i] as Row));
    const longest = branches.reduce((most, { ids }) => Math.max(most, ids.length), 0);
    // what all of them begin with is read with the first group alone
    const limit = sharedBy(branches) + Math.min(tokensAtOnce(decoder.config), this.#rows * longest);
    for (const group of groupsOf(branches, limit)) {
      const some = group.map((at) => rows[asked[at] as number] as Row);
      const logProbs = await this.#group(
        decoder,
        some,
        group.map((at) => branches[at] as Branch),
        gate,
      );
      let from = 0;
      for (const [i, at] of group.entries()) {
        const { ids, promptLength } = some[i] as Row;
        const count = ids.length - Math.max(1, promptLength);
        found[asked[at] as number] = logProbs.slice(from, (from += count));
      }
    }
    return found;
  }

  /** Forgets what was kept: the weights change, or the memory is needed. */
  forget(): void {
    if (this.#kept !== null) tf.dispose([...this.#kept.layers]);
    this.#kept = null;
  }

  /** The same of rows that are read in one go, one after the other. */
  async #group(decoder: Decoder, rows: readonly Row[], branches: readonly Branch[], gate: Gate): Promise<Float32Array> {
    const before = this.#kept;
    const tree = treeOf(branches, before?.ids);
    const places = tree.wanted.flatMap((some) => [...some]);
    const targets = rows.flatMap(({ ids, promptLength }) => ids.slice(Math.max(1, promptLength)));
    const { vocab_size: V } = decoder.config;
    if (keepsMore(tree)) this.#kept = null; // it is freed while the tree is read
    const { x, kept } = await drive(readTree(decoder, tree, before), gate); // [M,D]
    if (kept !== null) this.#kept = kept;
    let result: tf.Tensor | null = null;
    try {
      const work = tidy(function* () {
        const parts = yield* byLogits(places.length, V, (from, count) =>
          tidy(function* () {
            const some = yield* embed(tf.tensor1d(places.slice(from, from + count), 'int32'), x); // [count,D]
            return yield* tokenLogProbs(yield* head(decoder, some), tf.tensor1d(targets.slice(from, from + count), 'int32'));
          }),
        );
        return parts.length === 1 ? (parts[0] as tf.Tensor) : tf.concat(parts);
      });
      result = await drive(work, gate);
      return (await result.data()) as Float32Array;
    } finally {
      tf.dispose(result === null ? [x] : [x, result]);
    }
  }
}
