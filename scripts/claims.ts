/**
 * What is claimed of a result set, computed from it: each claim with the number that was asked for beforehand and the number that came. README.md
 * shows them, and a claim that does not hold says so. A set's claims are an entry of `CLAIMS`. Knows no picture.
 */
import { returnedRound, surestScore, toldEnd } from '../src/comparison/compare.ts';
import { judgeAll, paired, type Difference } from '../src/comparison/statistics.ts';
import type { Table } from '../src/comparison/columns.ts';
import { mean } from '../src/numbers.ts';
import type { RunResult } from '../src/run/records.ts';
import { percent1, points } from '../src/shares.ts';

/** The finished runs of an arm by its name; none where there is no such arm. */
type Runs = (arm: string) => readonly RunResult[];
/** `holds` is null for what is only there to be compared with. */
type Claim = { readonly what: string; readonly wanted: string; readonly found: string; readonly holds: boolean | null };
type Score = (run: RunResult) => number;

const last: Score = ({ rounds, base }) => (rounds.at(-1) ?? base).zeroShot;
const returned: Score = (run) => (returnedRound(run) ?? run.base).zeroShot;
const bySeed = (runs: readonly RunResult[], score: Score) => new Map(runs.map((run) => [run.seed, score(run)]));

/** One difference by itself, over the seeds that both arms have. */
function difference(ours: readonly RunResult[], our: Score, theirs: readonly RunResult[], their: Score): Difference | null {
  return judgeAll([paired(bySeed(ours, our), bySeed(theirs, their))])[0] ?? null;
}

const say = ({ mean, low, high, n }: Difference): string => `${points(mean)} (${points(low)} to ${points(high)}), n ${n}`;

/** Is it at least so many points (a share), with an interval above 0? */
function atLeast(what: string, wanted: number, found: Difference | null): Claim {
  const holds = found !== null && found.mean >= wanted && found.low > 0;
  return { what, wanted: `${points(wanted)}, interval above 0`, found: found === null ? 'no common seeds' : say(found), holds };
}

/** A difference of which nothing was asked beforehand. */
function beside(what: string, found: Difference | null): Claim {
  return { what, wanted: 'to compare with', found: found === null ? 'no common seeds' : say(found), holds: null };
}

/** Zero-shot of the base and of every round. */
const curve = ({ base, rounds }: RunResult): readonly number[] => [base.zeroShot, ...rounds.map(({ zeroShot }) => zeroShot)];

function rounds(arm: string, runs: readonly RunResult[]): readonly Claim[] {
  const curves = runs.map(curve);
  const length = Math.min(...curves.map(({ length }) => length));
  const gains = judgeAll(Array.from({ length: length - 1 }, (_, i) => curves.map((scores) => (scores[i + 1] ?? 0) - (scores[i] ?? 0))));
  const adding = gains.flatMap((gain, i) => (gain?.verdict === 'better' ? [i + 1] : []));
  const gain = (round: number): number => mean(curves.map((scores) => (scores[round] ?? 0) - (scores[0] ?? 0)));
  const first = gain(1) / gain(length - 1);
  return [
    {
      what: `${arm}: rounds that each add a gain that is clear (paired, Holm over ${length - 1} rounds)`,
      wanted: '3, aim 4',
      found: `${adding.length}: ${adding.length === 0 ? 'none' : `round ${adding.join(', ')}`}`,
      holds: adding.length >= 3,
    },
    { what: `${arm}: share of the whole gain that is round 1’s`, wanted: 'at most 45%', found: percent1(first), holds: first <= 0.45 },
  ];
}

function ends(arm: string, runs: readonly RunResult[]): Claim {
  const above = runs.filter((run) => last(run) > 0.85).length;
  return {
    what: `${arm}: seeds that end above 85%`,
    wanted: '9 of 10',
    found: `${above} of ${runs.length}`,
    holds: above >= 0.9 * runs.length,
  };
}

function labels(arm: string, runs: readonly RunResult[]): Claim {
  const quality = (round: (run: RunResult) => number | null | undefined): number => mean(runs.map((run) => round(run) ?? 0));
  const [first, final] = [quality(({ rounds }) => rounds[0]?.labelQuality), quality(({ rounds }) => rounds.at(-1)?.labelQuality)];
  const found = `${percent1(first)} to ${percent1(final)}`;
  return {
    what: `${arm}: right labels, first round to last`,
    wanted: 'at most 65% to at least 88%',
    found,
    holds: first <= 0.65 && final >= 0.88,
  };
}

/** How often something that was told of a run without grades is within three points of the round that the validation questions return. */
function told(what: string, runs: readonly RunResult[], tell: (run: RunResult) => number | null): Claim {
  const near = runs.filter((run) => Math.abs((tell(run) ?? Infinity) - returned(run)) <= 0.03 + 1e-9).length;
  return { what, wanted: 'within 3 points on 8 of 10 seeds', found: `${near} of ${runs.length}`, holds: near >= 0.8 * runs.length };
}

/** The same for what anybody can tell: that the run will end with its last round. */
function toldByNothing(what: string, runs: readonly RunResult[]): Claim {
  return { ...told(what, runs, last), wanted: 'to compare with', holds: null };
}

/** The seed whose curve is nearest to the mean curve, by squares. */
export function nearestSeed(runs: readonly RunResult[]): number | null {
  const curves = runs.map(curve);
  const centre = (round: number): number => mean(curves.map((scores) => scores[round] ?? 0));
  const off = (scores: readonly number[]): number => scores.reduce((sum, score, round) => sum + (score - centre(round)) ** 2, 0);
  return runs.toSorted((a, b) => off(curve(a)) - off(curve(b)))[0]?.seed ?? null;
}

function ladder(runs: Runs): readonly Claim[] {
  const [single, frozen, soft] = [runs('Single round'), runs('Frozen teacher'), runs('SOFT')];
  const asked = ['SOFT+', 'SOFT'].flatMap((arm) => [
    ...rounds(arm, runs(arm)),
    atLeast(`${arm}, last round, minus single round, its best validated checkpoint`, 0.12, difference(runs(arm), last, single, returned)),
    atLeast(`${arm} minus frozen teacher, last rounds`, 0.08, difference(runs(arm), last, frozen, last)),
    ends(arm, runs(arm)),
    labels(arm, runs(arm)),
    told(`${arm}: stopped by its sureness alone`, runs(arm), surestScore),
    told(`${arm}: end foretold after round 2`, runs(arm), toldEnd),
    toldByNothing(`${arm}: the last round, whatever it is`, runs(arm)),
  ]);
  const others = ['SOFT+', 'Hard to easy', 'Same prompts', 'Fixed demonstrations', 'Gold answers'];
  return [
    ...asked,
    ...others.map((arm) => beside(`${arm} minus SOFT, last rounds, one comparison alone`, difference(runs(arm), last, soft, last))),
    beside('SOFT+ minus SOFT, returned rounds, one comparison alone', difference(runs('SOFT+'), returned, soft, returned)),
  ];
}

/** Kinds of the depth world beyond those that pre-training has in plenty, together. */
const DEEP = ['depth 4', 'depth 5', 'depth 6'];

function depth(runs: Runs): readonly Claim[] {
  const deep: Score = ({ rounds, baseMeasured }) => mean(DEEP.flatMap((kind) => (rounds.at(-1) ?? baseMeasured).byKind[kind] ?? []));
  const four = (round: { readonly byKind: Readonly<Record<string, number>> } | undefined): number => round?.byKind['depth 4'] ?? 0;
  const after = (run: RunResult): number => four(run.rounds[0]);
  const kept: Score = (run) => four(returnedRound(run) ?? run.baseMeasured);
  const against = (arm: string, other: string) => difference(runs(arm), deep, runs(other), deep);
  const reversed = against('Hard to easy', 'SOFT');
  return [
    atLeast('SOFT+ minus SOFT, last round, questions of depth 4 to 6', 0.1, against('SOFT+', 'SOFT')),
    {
      what: 'Hard to easy minus SOFT, the same',
      wanted: 'below 0, interval too',
      found: reversed === null ? 'no common seeds' : say(reversed),
      holds: reversed !== null && reversed.high < 0,
    },
    beside(
      'SOFT+, depth 4: round 1 minus the base',
      difference(runs('SOFT+'), after, runs('SOFT+'), (run) => four(run.baseMeasured)),
    ),
    beside('SOFT+ minus SOFT, depth 4, returned rounds', difference(runs('SOFT+'), kept, runs('SOFT'), kept)),
  ];
}

/** The claims of a set by its name. */
const CLAIMS: Readonly<Record<string, (runs: Runs) => readonly Claim[]>> = { ladder, depth };

/** The claims of a set as a table; null where nothing is claimed of it. */
export function claimsTable(name: string, runs: Runs): Table | null {
  const claims = Object.hasOwn(CLAIMS, name) ? CLAIMS[name] : undefined;
  if (claims === undefined) return null;
  return {
    head: ['what', 'asked for beforehand', 'found', 'holds'],
    rows: claims(runs).map(({ what, wanted, found, holds }) => [what, wanted, found, holds === null ? '–' : holds ? 'yes' : '**no**']),
  };
}
