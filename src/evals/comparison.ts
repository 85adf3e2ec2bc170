/**
 * Arms side by side: several runs of each set of options, one a seed, put into means with intervals and paired with a reference arm.
 * Pure; knows no store and no page.
 */
import type { ArmRow, Comparison, Interval, Measured, RoundResult, RunResult } from '../protocol.ts';
import { bootstrap, mean, pairedDifference } from './statistics.ts';

/** A finished run as it counts: by its method's own score, and by question kind. */
type Judged = {
  readonly seed: number;
  readonly score: number;
  readonly last: number;
  readonly outOfDistribution: number | null;
  readonly byKind: Readonly<Record<string, number>>;
  readonly result: RunResult;
};

type Arm = { readonly name: string; readonly runs: readonly Judged[] };

/** Demonstrations alone are judged with the demonstrations in view, which the plan makes sure of; everything that trains without any. */
function judge(result: RunResult): Judged {
  const { seed, method, base, baseMeasured, rounds, bestRound } = result;
  const own = (round: RoundResult | undefined): number => (method === 'icl' ? (base.fewShot ?? base.zeroShot) : (round ?? base).zeroShot);
  const returned = rounds.find(({ round }) => round === bestRound);
  const { outOfDistribution, byKind }: Pick<Measured, 'outOfDistribution' | 'byKind'> = returned ?? baseMeasured;
  return { seed, score: own(returned), last: own(rounds.at(-1)), outOfDistribution, byKind, result };
}

/** One run a seed, by rising seed; of several with the same seed the first given counts, because the others say nothing new. */
function onePerSeed(results: readonly RunResult[]): readonly Judged[] {
  const bySeed = new Map(results.toReversed().map((result) => [result.seed, result]));
  return [...bySeed.values()].map(judge).toSorted((a, b) => a.seed - b.seed);
}

/** The values of the runs that have one, by seed. */
function bySeed(runs: readonly Judged[], value: (run: Judged) => number | undefined): ReadonlyMap<number, number> {
  return new Map(
    runs.flatMap((run) => {
      const found = value(run);
      return found === undefined ? [] : [[run.seed, found] as const];
    }),
  );
}

function kindsOf({ runs }: Arm, reference: Arm | null): ArmRow['kinds'] {
  const kinds = [...new Set(runs.flatMap(({ byKind }) => Object.keys(byKind)))];
  return kinds.map((kind) => {
    const own = bySeed(runs, ({ byKind }) => byKind[kind]);
    const other = reference === null ? null : bySeed(reference.runs, ({ byKind }) => byKind[kind]);
    return { kind, mean: mean([...own.values()]), difference: other === null ? null : pairedDifference(own, other) };
  });
}

/** The mean of what was measured, and null where nothing was. */
function known(values: readonly (number | null)[]): Interval | null {
  const measured = values.filter((value) => value !== null);
  return measured.length === 0 ? null : bootstrap(measured);
}

function curveOf({ runs }: Arm): ArmRow['curve'] {
  const base = {
    round: 0,
    zeroShot: bootstrap(runs.map(({ result }) => result.base.zeroShot)),
    fewShot: known(runs.map(({ result }) => result.base.fewShot)),
    labelQuality: null,
  };
  const all = runs.flatMap(({ result }) => result.rounds);
  const rounds = [...new Set(all.map(({ round }) => round))].toSorted((a, b) => a - b);
  const means = rounds.map((round) => {
    const results = all.filter((result) => result.round === round);
    const over = (value: (result: RoundResult) => number) => bootstrap(results.map(value));
    return {
      round,
      zeroShot: over(({ zeroShot }) => zeroShot),
      fewShot: known(results.map(({ fewShot }) => fewShot)),
      labelQuality: known(results.map(({ labelQuality }) => labelQuality)),
    };
  });
  return [base, ...means];
}

function rowOf(arm: Arm, reference: Arm | null): ArmRow {
  const { name, runs } = arm;
  const over = (value: (run: Judged) => number) => bootstrap(runs.map(value));
  const scores = (of: Arm) => bySeed(of.runs, ({ score }) => score);
  return {
    name,
    seeds: runs.map(({ seed }) => seed),
    values: runs.map(({ score }) => score),
    score: over(({ score }) => score),
    last: over(({ last }) => last),
    outOfDistribution: known(runs.map(({ outOfDistribution }) => outOfDistribution)),
    difference: reference === null ? null : pairedDifference(scores(arm), scores(reference)),
    kinds: kindsOf(arm, reference),
    curve: curveOf(arm),
    seconds: mean(runs.map(({ result }) => result.seconds)),
  };
}

/** Compares the arms that have a finished run, each with the arm named `reference`. */
export function compare(arms: readonly { readonly name: string; readonly results: readonly RunResult[] }[], reference: string): Comparison {
  const filled = arms.map(({ name, results }) => ({ name, runs: onePerSeed(results) })).filter(({ runs }) => runs.length > 0);
  const other = filled.find(({ name }) => name === reference) ?? null;
  return { reference, arms: filled.map((arm) => rowOf(arm, arm === other ? null : other)) };
}
