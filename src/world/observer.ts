/**
 * The ideal observer: what an exact Bayesian who knows the writers of a world, and nothing else, would answer and score, round by round. A prior
 * over writers, the evidence of the demonstrations in view, and training, by which the posterior becomes the next prior. Pure arithmetic over
 * plain figures; knows no world, no model and no text.
 */

/** A ladder of writers in figures, from the lowest rung up; kinds are those of the world's questions. Shares may sum to anything. */
export type Writers = {
  /** How often each writes a page. */
  readonly priors: readonly number[];
  /** How often a page of each opens with the rules. */
  readonly ruled: readonly number[];
  /** Chance that a turn is answered by a writer drawn anew. */
  readonly noise: number;
  /** The rung from which on a writer is aligned on a kind, the kind's share of the questions, and of the demonstrations in the pool. */
  readonly kinds: readonly { readonly kind: string; readonly rung: number; readonly share: number; readonly pool: number }[];
};

/** What the observer minds of a run's settings. */
export type Observed = {
  readonly rounds: number;
  readonly demonstrations: number;
  readonly principles: boolean;
  readonly temperature: number;
  /** Who labels: the model of the round before, the base, or the world with the right answers. */
  readonly teacher: 'previous' | 'base' | 'gold';
  /** Does every round begin at the base? */
  readonly afresh: boolean;
  /** Is it trained on the labels of all rounds so far? */
  readonly all: boolean;
};

/** Of a round, 0 for the base: the share of aligned labels that it is trained on, and of aligned zero-shot answers after it. */
export type Expected = { readonly round: number; readonly labelQuality: number | null; readonly zeroShot: number };

/** How much of what it was a round's training replaces by what it is trained on (chosen on validation seeds, see LOG.md). */
const FIT = 0.8;
/** Colder answers are as sure as these. */
const COLDEST = 0.1;

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const normal = (values: readonly number[]): readonly number[] => values.map((value) => value / sum(values));

/** Every choice of `n` with replacement out of weighted things, without order, with its chance. */
function choices(
  weights: readonly number[],
  n: number,
  from = 0,
): readonly { readonly chosen: readonly number[]; readonly chance: number }[] {
  if (n === 0) return [{ chosen: [], chance: 1 }];
  return weights.slice(from).flatMap((weight, i) =>
    choices(weights, n - 1, from + i).map(({ chosen, chance }) => {
      const again = chosen.filter((other) => other === from + i).length + 1;
      return { chosen: [from + i, ...chosen], chance: (weight * chance * n) / again };
    }),
  );
}

/** What to expect of the base and of every round. Answers are taken as often right as the posterior says, which a calibrated model does. */
export function observe({ priors, ruled, noise, kinds }: Writers, run: Observed): readonly Expected[] {
  const prior = normal(priors);
  const power = 1 / Math.max(run.temperature, COLDEST);
  const rungs = [...new Set(kinds.map(({ rung }) => rung))];
  const pool = normal(rungs.map((rung) => sum(kinds.filter((kind) => kind.rung === rung).map((kind) => kind.pool))));
  const drawn = choices(pool, run.demonstrations);
  /** Chance of an aligned turn on a page of a writer, and of one by somebody of whom only that much is known. */
  const alignedBy = (rung: number, writer: number): number => (1 - noise) * Number(writer >= rung) + noise * sum(prior.slice(rung));
  const aligned = (rung: number, writers: readonly number[]): number => sum(writers.map((p, writer) => p * alignedBy(rung, writer)));
  const shares = normal(kinds.map(({ share }) => share));
  const overall = (value: (rung: number) => number): number => sum(kinds.map(({ rung }, i) => (shares[i] ?? 0) * value(rung)));
  const zeroShot = (writers: readonly number[]): number => overall((rung) => aligned(rung, writers));

  /** What a teacher writes: how much of it is aligned, and whose hand it is. */
  const labels = (teacher: readonly number[]): { readonly quality: number; readonly hands: readonly number[] } => {
    if (run.teacher === 'gold') return { quality: 1, hands: prior.map((_, writer) => Number(writer === prior.length - 1)) };
    const opened = teacher.map((p, writer) => p * (run.principles ? (ruled[writer] ?? 1) : 1));
    const made = drawn.map(({ chosen, chance }) => {
      const posterior = normal(opened.map((p, writer) => chosen.reduce((evidence, i) => evidence * alignedBy(rungs[i] ?? 0, writer), p)));
      const quality = overall((rung) => {
        const right = Math.min(1, aligned(rung, posterior)); // rounding may end above
        return right ** power / (right ** power + (1 - right) ** power);
      });
      return { chance, quality, hands: normal(posterior.map((p) => p ** power)) };
    });
    const mean = (value: (one: (typeof made)[number]) => number): number => sum(made.map((one) => one.chance * value(one)));
    return { quality: mean(({ quality }) => quality), hands: prior.map((_, writer) => mean(({ hands }) => hands[writer] ?? 0)) };
  };

  const rounds: Expected[] = [{ round: 0, labelQuality: null, zeroShot: zeroShot(prior) }];
  let [writers, learned] = [prior, prior.map(() => 0) as readonly number[]];
  for (let round = 1; round <= run.rounds; round++) {
    const { quality, hands } = labels(run.teacher === 'base' ? prior : writers);
    learned = hands.map((p, writer) => p + (run.all ? (learned[writer] ?? 0) : 0));
    const from = run.afresh ? prior : writers;
    writers = normal(learned).map((p, writer) => FIT * p + (1 - FIT) * (from[writer] ?? 0));
    rounds.push({ round, labelQuality: quality, zeroShot: zeroShot(writers) });
  }
  return rounds;
}
