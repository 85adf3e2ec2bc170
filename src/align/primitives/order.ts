/** Ordering: in which order a round's pairs are trained on, by chance or by difficulty. */
import type { MethodEvent } from '../../contracts/events.ts';
import type { Sample } from '../../contracts/records.ts';
import { epochOrder, perplexityOf, sorted } from '../difficulty.ts';
import type { Round } from '../method.ts';
import type { Pair } from './keep.ts';

/** The pairs of every epoch, in the order of training. */
export async function epochsOf(round: Round, pairs: readonly Pair[]): Promise<readonly (readonly Pair[])[]> {
  const { config, order } = round;
  const difficulties = order.within === 'none' ? null : await difficultiesOf(round, pairs);
  return Array.from({ length: config.epochs }, (_, epoch) =>
    difficulties === null
      ? epochOrder(pairs, { seed: config.seed, round: round.round, epoch })
      : sorted(pairs, ({ sample }) => difficulties.get(sample) ?? 0, order.within),
  );
}

/** The answers with their places in the first epoch; saves them so. */
export async function* place(
  { round, ledger }: Round,
  answers: readonly Sample[],
  epochs: readonly (readonly Pair[])[],
): AsyncGenerator<MethodEvent, readonly Sample[]> {
  const places = new Map(epochs[0]?.flatMap(({ sample }, at) => (sample.round === round ? [[sample.index, at] as const] : [])));
  const placed = answers.map((sample) => ({ ...sample, order: places.get(sample.index) ?? null }));
  await ledger.putSamples(placed);
  yield { type: 'ordered', round, samples: placed };
  return placed;
}

/** Both: the pairs of every epoch in order, and the answers with their places. */
export async function* arrange(
  round: Round,
  answers: readonly Sample[],
  pairs: readonly Pair[],
): AsyncGenerator<MethodEvent, { readonly epochs: readonly (readonly Pair[])[]; readonly placed: readonly Sample[] }> {
  const epochs = await epochsOf(round, pairs);
  return { epochs, placed: yield* place(round, answers, epochs) };
}

/** Difficulty of each pair by its sample: its perplexity, or that of its prompt where another measure counts; `model` is M_{t-1}, and is left so. */
async function difficultiesOf({ config, model, round }: Round, pairs: readonly Pair[]): Promise<ReadonlyMap<Sample, number>> {
  const { difficulty, perplexityContext, perplexityModel, answersFrom } = config;
  if (difficulty !== 'perplexity') return new Map(pairs.map(({ sample }) => [sample, sample.difficulty ?? 0]));
  // A sample has the perplexity of the model that answered: of M_{t-1} if it is of this round, and in the first round that is M_0 too.
  const answered = answersFrom === 'base' || (answersFrom === 'previous' && pairs.every(({ sample }) => sample.round === round));
  if (perplexityContext === 'with' && answered && (perplexityModel === answersFrom || round === 1))
    return new Map(pairs.map(({ sample }) => [sample, sample.perplexity]));
  const previous = perplexityModel === 'base' ? await model.snapshot() : null;
  if (previous !== null) await model.restore(null);
  const rows = pairs.map(({ sample, prompt, completion }) =>
    perplexityContext === 'with' ? { prompt: sample.context, completion: sample.completion } : { prompt, completion },
  );
  const scores = await model.score(rows);
  if (previous !== null) await model.restore(previous);
  return new Map(pairs.map(({ sample }, i) => [sample, perplexityOf(scores[i])]));
}
