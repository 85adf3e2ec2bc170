/**
 * Arms side by side: several runs of each set of options, one a seed, put into means with intervals and paired with a reference arm. A
 * row is one measure of one model, for the page, the tables and the figures alike, and is only ever paired with a row of the same
 * measure. Pure; knows no store and no page.
 */
import type { RoundResult } from '../contracts/records.ts';
import type { RunResult } from '../run/records.ts';
import { type Expected, expectedOf } from '../run/expected.ts';
import { MEASURES } from '../run/measures.ts';
import { roundsOf } from '../run/recipe.ts';
import { intervalOf, judgeAll, paired, type Difference, type Interval } from './statistics.ts';
import { mean } from '../numbers.ts';
import { foretoldEnd, TOLD_AFTER } from './plateau.ts';
import { surestRound } from './surest.ts';

/** How the test questions were asked. */
type Measure = 'zero-shot' | 'few-shot';

/**
 * One measure of one arm. Everything that trains is measured zero-shot, as the round that its runs return; demonstrations alone have a
 * row few-shot, with the demonstrations in view, and one zero-shot.
 */
export type ArmRow = {
  /** Unlike those of all other rows: the arm, and the measure where the arm has two rows. */
  readonly name: string;
  readonly arm: string;
  readonly measure: Measure;
  readonly seeds: readonly number[];
  /** One value a seed, in the order of `seeds`. */
  readonly values: readonly number[];
  readonly score: Interval;
  /**
   * The last round that each run made; null where nothing trains. Of a run that stopped early it is the round whose fall made it stop, so
   * it says nothing of what the run would have reached. `stopped` is how many did. `difference` is the paired difference to the last rounds
   * of the reference, over the seeds on which both went through all their data: the first comparison, because no choice among rounds is in it.
   */
  readonly last: (Interval & { readonly stopped: number; readonly difference: Difference | null }) | null;
  /** The same measure out of distribution; null where it was not taken. */
  readonly outOfDistribution: Interval | null;
  /** Zero-shot with sampled answers, and what was kept of the base's facts and sums, of the same models; null where it was not taken. */
  readonly sampled: Interval | null;
  readonly retained: Interval | null;
  /** Paired difference of `values` to the reference's row of the same measure; null for the reference itself, without such a row or common seeds. */
  readonly difference: Difference | null;
  /** Zero-shot by question kind, with the paired difference to the reference's model; empty where the measure is another. */
  readonly kinds: readonly { readonly kind: string; readonly score: Interval; readonly difference: Difference | null }[];
  /** A mean for each measure of `measures: all` that some run has; few-shot has none, because they are taken zero-shot. */
  readonly extras: Readonly<Record<string, Interval | null>>;
  /** Means by round, from the base (round 0) on, each over the `n` runs that made that round; empty where nothing trains. */
  readonly curve: readonly {
    readonly round: number;
    readonly zeroShot: Interval;
    readonly fewShot: Interval | null;
    readonly labelQuality: Interval | null;
    readonly sampled: Interval | null;
    readonly retained: Interval | null;
  }[];
  /** What an exact reader of the world's pages expects of such a run (run/expected.ts); null where nobody can say. */
  readonly expected: readonly Expected[] | null;
  /**
   * The zero-shot score at which the runs would end, told after their second round (plateau.ts), and how far it was from the round that each
   * returned, on average; null where nothing was told.
   */
  readonly foretold: (Interval & { readonly off: number }) | null;
  /** Zero-shot of the rounds at which the runs would have stopped by their answers alone (surest.ts), and how far that is from `score`'s. */
  readonly surest: (Interval & { readonly off: number }) | null;
  readonly seconds: number;
};

/** Arms side by side, in the order in which they were given. */
export type Comparison = {
  /** The arm that the others are compared with. */
  readonly reference: string;
  /** What the differences are to: its zero-shot row, or the arm where few-shot was compared too; null where it has no finished run. */
  readonly against: string | null;
  /** How many differences were tested together, in each of three families: last rounds, returned rounds, and these by question kind. */
  readonly tests: { readonly last: number; readonly scores: number; readonly kinds: number };
  readonly arms: readonly ArmRow[];
};

/** The finished runs of an arm as one measure sees them. */
type Row = {
  readonly name: string;
  readonly arm: string;
  readonly measure: Measure;
  readonly trains: boolean;
  readonly runs: readonly RunResult[];
};

/** One run a seed, by rising seed; of several with the same seed the first given counts, because the others say nothing new. */
function onePerSeed(results: readonly RunResult[]): readonly RunResult[] {
  return [...new Map(results.toReversed().map((result) => [result.seed, result])).values()].toSorted((a, b) => a.seed - b.seed);
}

/** Demonstrations alone are measured with them in view, where that was measured, and without; everything that trains without any. */
function rowsOf(arm: string, results: readonly RunResult[]): readonly Row[] {
  const runs = onePerSeed(results);
  if (runs.length === 0) return [];
  if (runs.some(({ config }) => roundsOf(config) > 0)) return [{ name: arm, arm, measure: 'zero-shot', trains: true, runs }];
  const shown = runs.filter(({ base }) => base.fewShot !== null);
  const rows = [
    { measure: 'few-shot', runs: shown },
    { measure: 'zero-shot', runs },
  ] as const;
  return rows
    .filter(({ runs }) => runs.length > 0)
    .map(({ measure, runs }) => ({ name: `${arm}, ${measure}`, arm, measure, trains: false, runs }));
}

/** The round that a run returns; undefined for the base model. */
export function returnedRound({ rounds, bestRound }: RunResult): RoundResult | undefined {
  return rounds.find(({ round }) => round === bestRound);
}

function scoreOf({ measure }: Row, run: RunResult): number {
  const cold = (returnedRound(run) ?? run.base).zeroShot;
  return measure === 'few-shot' ? (run.base.fewShot ?? cold) : cold; // a row few-shot has only runs with that measure
}

/** The last round of a run that went through all its data, zero-shot. */
function lastOf(row: Row, run: RunResult): number | undefined {
  return row.trains && !stoppedEarly(run) ? run.rounds.at(-1)?.zeroShot : undefined;
}

/** Zero-shot by kind, of the model that a run returns. */
function kindsOf(run: RunResult): Readonly<Record<string, number>> {
  return (returnedRound(run) ?? run.baseMeasured).byKind;
}

/** The values of the runs that have one, by seed. */
function bySeed(runs: readonly RunResult[], value: (run: RunResult) => number | undefined): ReadonlyMap<number, number> {
  return new Map(
    runs.flatMap((run) => {
      const found = value(run);
      return found === undefined ? [] : [[run.seed, found] as const];
    }),
  );
}

/** The mean of what was measured, and null where nothing was. */
function known(values: readonly (number | null | undefined)[]): Interval | null {
  const measured = values.filter((value) => value !== null && value !== undefined);
  return measured.length === 0 ? null : intervalOf(measured);
}

const RANGES = { share: { least: 0, most: 1 }, difference: { least: -1, most: 1 } } as const;

/** The measures of the models that the runs return. */
function extrasOf(runs: readonly RunResult[]): ArmRow['extras'] {
  const found = runs.flatMap((run) => {
    const { extras } = returnedRound(run) ?? run.baseMeasured;
    return extras === null ? [] : [extras];
  });
  return Object.fromEntries(
    MEASURES.map(({ name, unit }) => {
      const values = found.flatMap((extras) => extras[name] ?? []);
      const range = typeof unit === 'string' ? RANGES[unit] : { least: -Infinity, most: Infinity };
      return [name, values.length === 0 ? null : intervalOf(values, range)];
    }),
  );
}

/** Had the run rounds left when it ended? */
function stoppedEarly({ rounds, config }: RunResult): boolean {
  return rounds.length < roundsOf(config);
}

function curveOf(runs: readonly RunResult[]): ArmRow['curve'] {
  const base = {
    round: 0,
    zeroShot: intervalOf(runs.map(({ base }) => base.zeroShot)),
    fewShot: known(runs.map(({ base }) => base.fewShot)),
    labelQuality: null,
    sampled: known(runs.map(({ base }) => base.sampled)),
    retained: null,
  };
  const all = runs.flatMap(({ rounds }) => rounds);
  const rounds = [...new Set(all.map(({ round }) => round))].toSorted((a, b) => a - b);
  const means = rounds.map((round) => {
    const results = all.filter((result) => result.round === round);
    return {
      round,
      zeroShot: intervalOf(results.map(({ zeroShot }) => zeroShot)),
      fewShot: known(results.map(({ fewShot }) => fewShot)),
      labelQuality: known(results.map(({ labelQuality }) => labelQuality)),
      sampled: known(results.map(({ sampled }) => sampled)),
      retained: known(results.map(({ retained }) => retained)),
    };
  });
  return [base, ...means];
}

/** Zero-shot scores that were told of some runs, and how far they are from the round that each returned, on average. */
function beside(runs: readonly RunResult[], tell: (run: RunResult) => number | null): (Interval & { readonly off: number }) | null {
  const told = runs.flatMap((run) => {
    const score = tell(run);
    return score === null ? [] : [{ score, off: Math.abs(score - (returnedRound(run) ?? run.base).zeroShot) }];
  });
  return told.length === 0 ? null : { ...intervalOf(told.map(({ score }) => score)), off: mean(told.map(({ off }) => off)) };
}

/** The end that was told of a run, if it went on after that. */
export function toldEnd({ baseMeasured, rounds }: RunResult): number | null {
  return rounds.length > TOLD_AFTER ? foretoldEnd(baseMeasured, rounds) : null;
}

/** The score of the round at which a run would have stopped by its answers alone. */
export function surestScore({ config, base, rounds }: RunResult): number | null {
  const surest = surestRound(config, rounds);
  return surest === null ? null : (rounds.find(({ round }) => round === surest) ?? base).zeroShot;
}

/** A row with what can be said of it alone. */
function measured(row: Row, lastDifference: Difference | null): Omit<ArmRow, 'difference' | 'kinds'> {
  const { name, arm, measure, trains, runs } = row;
  const values = runs.map((run) => scoreOf(row, run));
  const last = intervalOf(runs.map(({ rounds, base }) => (rounds.at(-1) ?? base).zeroShot));
  return {
    name,
    arm,
    measure,
    seeds: runs.map(({ seed }) => seed),
    values,
    score: intervalOf(values),
    last: trains ? { ...last, stopped: runs.filter(stoppedEarly).length, difference: lastDifference } : null,
    outOfDistribution: measure === 'few-shot' ? null : known(runs.map((run) => (returnedRound(run) ?? run.baseMeasured).outOfDistribution)),
    sampled: measure === 'few-shot' ? null : known(runs.map((run) => (returnedRound(run) ?? run.base).sampled)),
    retained: known(runs.map((run) => returnedRound(run)?.retained)),
    extras: measure === 'few-shot' ? {} : extrasOf(runs),
    curve: trains ? curveOf(runs) : [],
    expected: trains && runs[0] !== undefined ? expectedOf(runs[0].config, runs[0].base) : null,
    foretold: trains ? beside(runs, toldEnd) : null,
    surest: trains ? beside(runs, surestScore) : null,
    seconds: mean(runs.map(({ seconds }) => seconds)),
  };
}

/** Compares the arms that have a finished run, each with the arm named `reference`, zero-shot with zero-shot and few-shot with few-shot. */
export function compare(arms: readonly { readonly name: string; readonly results: readonly RunResult[] }[], reference: string): Comparison {
  const rows = arms.flatMap(({ name, results }) => rowsOf(name, results));
  const own = rows.filter(({ arm }) => arm === reference);
  const against = (row: Row, value: (row: Row, run: RunResult) => number | undefined): readonly number[] => {
    const other = own.find(({ measure }) => measure === row.measure);
    if (other === undefined || row.arm === reference) return [];
    return paired(
      bySeed(row.runs, (run) => value(row, run)),
      bySeed(other.runs, (run) => value(other, run)),
    );
  };
  const scores = judgeAll(rows.map((row) => against(row, scoreOf)));
  const lasts = judgeAll(rows.map((row) => against(row, lastOf)));

  const kinds = rows.flatMap((row) => {
    // Few-shot is not measured by kind.
    const found = row.measure === 'few-shot' ? [] : [...new Set(row.runs.flatMap((run) => Object.keys(kindsOf(run))))];
    return found.map((kind) => ({ row, kind }));
  });
  const byKind = judgeAll(kinds.map(({ row, kind }) => against(row, (_, run) => kindsOf(run)[kind])));

  const compared = new Set(rows.flatMap(({ measure }, i) => ((scores[i] ?? null) === null ? [] : [measure])));
  const zeroShot = own.find(({ measure }) => measure === 'zero-shot');
  const tested = (differences: readonly (Difference | null)[]): number =>
    differences.filter((found) => found !== null && found.p !== null).length;
  return {
    reference,
    against: zeroShot === undefined ? null : compared.size > 1 ? reference : zeroShot.name,
    tests: { last: tested(lasts), scores: tested(scores), kinds: tested(byKind) },
    arms: rows.map((row, i) => ({
      ...measured(row, lasts[i] ?? null),
      difference: scores[i] ?? null,
      kinds: kinds.flatMap(({ row: owner, kind }, k) => {
        if (owner !== row) return [];
        const values = [...bySeed(row.runs, (run) => kindsOf(run)[kind]).values()];
        return [{ kind, score: intervalOf(values), difference: byKind[k] ?? null }];
      }),
    })),
  };
}
