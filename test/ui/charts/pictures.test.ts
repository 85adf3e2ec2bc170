/**
 * Every chart is pinned as a picture, drawn in Node from stored data: what a change does to a chart shows in a diff, and the files in
 * pictures/ can be opened. Plot measures letters by a table of its own, so no machine's fonts are in them. Renewed, and what nothing draws
 * any more taken away, by `npx vitest run --project node test/ui/charts -u`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { figureOf } from '../../../scripts/figures.ts';
import { comparisonOf, readSets } from '../../../scripts/result-set.ts';
import type { Comparison } from '../../../src/comparison/compare.ts';
import { ALIGNMENT } from '../../../src/ui/charts/alignment.ts';
import { BY_ROUND, type ByRound } from '../../../src/ui/charts/by-round.ts';
import type { Chart } from '../../../src/ui/charts/chart.ts';
import { CURVES } from '../../../src/ui/charts/curves.ts';
import { DIFFERENCES } from '../../../src/ui/charts/differences.ts';
import { EFFECTS } from '../../../src/ui/charts/effects.ts';
import { GAUGES } from '../../../src/ui/charts/gauges.ts';
import { KINDS } from '../../../src/ui/charts/kinds.ts';
import { LOSS } from '../../../src/ui/charts/loss.ts';
import { ROUNDS } from '../../../src/ui/charts/rounds.ts';
import { SCORES } from '../../../src/ui/charts/scores.ts';
import { STEPS } from '../../../src/ui/charts/steps.ts';
import { expectedOf } from '../../../src/run/expected.ts';
import { EMPTY_VIEW, type RunView, viewOfStored } from '../../../src/ui/session/view.ts';
import type { ChartRun } from '../../fixtures/make-chart-run.ts';
import { testPins } from '../../support/pinned.ts';

const ROOT = join(import.meta.dirname, '../../..');
const CHARTS = join(ROOT, 'src/ui/charts');

/** Widths of a column of the page on a desk, on a phone, and of README.md. */
const [DESK, PHONE, PAPER] = [560, 340, 800];

const { summary, losses, samples } = JSON.parse(readFileSync(join(ROOT, 'test/fixtures/chart-run.json'), 'utf8')) as ChartRun;
const finished = viewOfStored(summary, losses, samples);
const { base, result } = finished;
if (base === null || result === null || finished.config === null) throw new Error('the stored run is finished');

const waiting: RunView = { ...EMPTY_VIEW, config: finished.config };
const untrained: RunView = { ...finished, config: { ...finished.config, method: 'icl' }, rounds: [], losses: [], samples: new Map() };
const leftOut: RunView = {
  ...waiting,
  status: 'running',
  base: { ...base, scores: { ...base.scores, fewShot: null }, leftOut: [{ what: 'fewShot', needs: 700, has: 512 }] },
};
const answering: RunView = { ...finished, status: 'running', rounds: finished.rounds.slice(0, 1), result: null };
const returned = (bestRound: number): RunView => ({ ...finished, result: { ...result, bestRound } });

/** How far a student is from its teacher: losses of a hundredth. */
const distilled: RunView = { ...finished, losses: finished.losses.map((point) => ({ ...point, loss: point.loss / 100 })) };

/** Where nobody can grade a free answer. */
const ungraded: RunView = {
  ...finished,
  base: { ...base, scores: { ...base.scores, sampled: null }, extras: { ...base.extras, pass1: null, pass4: null } },
  rounds: finished.rounds.map((round) => ({ ...round, sampled: null, retained: null })),
};

/** A ladder: each round brings another kind, one is lost again; eight rounds, for a phone. */
const ladder = ['help', 'fact', 'two-step', 'unknown', 'premise', 'flattery', 'privacy', 'dare', 'harm'];
const shareAt = (rung: number, round: number): number =>
  rung === 3 && round > 6 ? 0.6 : round >= rung - 1 ? 0.95 : round === rung - 2 ? 0.6 : 0.1;
const byKindAt = (round: number) => Object.fromEntries(ladder.map((kind, rung) => [kind, shareAt(rung, round)]));
const [roundOne] = finished.rounds;
if (roundOne === undefined) throw new Error('the stored run has rounds');
const many: RunView = {
  ...finished,
  base: { ...base, byKind: byKindAt(0) },
  rounds: Array.from({ length: 8 }, (_, i) => ({ ...roundOne, round: i + 1, byKind: byKindAt(i + 1), retained: 1 - 0.03 * i })),
};

const set = readSets(join(ROOT, 'results')).find(({ name }) => name === 'ladder');
if (set === undefined) throw new Error('there is no results/ladder.json');

/** Some arms of the stored results, with all their seeds or the first. */
function compared(names: readonly string[], seeds = Infinity): Comparison {
  if (set === undefined) throw new Error('there is no set');
  const { experiment, runs } = set;
  const arms = experiment.arms.filter(({ name }) => names.includes(name));
  const first = experiment.seeds.slice(0, seeds);
  return comparisonOf({ ...set, experiment: { ...experiment, arms }, runs: runs.filter(({ seed }) => first.includes(seed)) });
}

const NOTHING = compared([]);
const FEW = compared(['No training', 'Single round', 'SOFT', 'Hard to easy']);
const LUCK = compared(['Single round', 'SOFT', 'SOFT+'], 1);
const MANY = compared(set.experiment.arms.map(({ name }) => name));

const inWriters = { ...finished.config, world: 'ladder', method: 'soft' } as const;

/** The same in a world with writers. */
const inLadder: RunView = { ...finished, config: inWriters, base: { ...base, scores: { ...base.scores, sampled: 0.3 } } };
const THEORY: Comparison = {
  ...FEW,
  arms: FEW.arms.map((row) => {
    const frozen = { ...inWriters, answersFrom: 'base' } as const;
    return row.curve.length === 0 ? row : { ...row, expected: expectedOf(row.name === 'SOFT' ? inWriters : frozen, { sampled: 0.3 }) };
  }),
};

/** A run beside what was drawn for it, and what was expected. */
const beside: ByRound = {
  title: 'Right answers',
  text: '',
  label: 'Right answers by round',
  rounds: 6,
  curves: [
    { name: 'on its own feet', shares: [0.36, 0.53, 0.65], look: 0 },
    { name: 'frozen teacher', shares: [0.36, 0.53], look: 1 },
    { name: 'drawn', shares: [0.2, 0.3, 0.5, 0.7, 0.8, 0.9, 0.9], look: 'drawn' },
    { name: 'exact reader', shares: [0.35, 0.64, 0.83, 0.9, 0.92, 0.93, 0.93], look: 'expected' },
  ],
};

const drawn = new Map<string, string>();
const charts = new Set<string>();

function draw<Data, Look>(state: string, chart: Chart<Data, Look>, data: Data, look: Look & { readonly width: number }): void {
  charts.add(chart.name);
  drawn.set(`${chart.name}-${state}.svg`, figureOf(chart, data, look));
}

draw('waiting', ALIGNMENT, { view: waiting, rounds: 3 }, { width: DESK });
draw('left-out', ALIGNMENT, { view: leftOut, rounds: 3 }, { width: DESK });
draw('answering', ALIGNMENT, { view: answering, rounds: 3 }, { width: DESK });
draw('finished', ALIGNMENT, { view: finished, rounds: 3 }, { width: DESK });
draw('first-returned-phone', ALIGNMENT, { view: returned(1), rounds: 3 }, { width: PHONE });
draw('expected', ALIGNMENT, { view: inLadder, rounds: 3 }, { width: DESK });
draw('untrained', ALIGNMENT, { view: untrained, rounds: 0 }, { width: DESK });

draw('waiting', LOSS, waiting, { width: DESK });
draw('finished', LOSS, finished, { width: DESK });
draw('distilled', LOSS, distilled, { width: DESK });
draw('untrained', LOSS, untrained, { width: PHONE });

draw('waiting', KINDS, waiting, { width: DESK });
draw('finished', KINDS, finished, { width: DESK });
draw('base-returned', KINDS, returned(0), { width: PHONE });

draw('waiting', STEPS, { view: waiting, rounds: 3 }, { width: DESK });
draw('answering', STEPS, { view: answering, rounds: 3 }, { width: DESK });
draw('finished', STEPS, { view: finished, rounds: 3 }, { width: DESK });
draw('many-phone', STEPS, { view: many, rounds: 8 }, { width: PHONE });
draw('untrained', STEPS, { view: untrained, rounds: 0 }, { width: DESK });
draw('ungraded-phone', STEPS, { view: ungraded, rounds: 3 }, { width: PHONE });

draw('finished', GAUGES, finished, { width: DESK });
draw('base-returned-paper', GAUGES, returned(0), { width: PAPER });
draw('ungraded-phone', GAUGES, ungraded, { width: PHONE });

draw('waiting', SCORES, NOTHING, { width: DESK });
draw('few', SCORES, FEW, { width: DESK });
draw('one-seed-phone', SCORES, LUCK, { width: PHONE });
draw('paper', SCORES, FEW, { width: PAPER, beside: true, base: true });

draw('waiting', DIFFERENCES, NOTHING, { width: DESK });
draw('few', DIFFERENCES, FEW, { width: DESK });
draw('one-seed-phone', DIFFERENCES, LUCK, { width: PHONE });
draw('paper', DIFFERENCES, FEW, { width: PAPER, beside: true, seeds: true });

draw('waiting', CURVES, NOTHING, { width: DESK });
draw('few', CURVES, FEW, { width: DESK });
draw('one-seed-phone', CURVES, LUCK, { width: PHONE });
draw('expected', CURVES, THEORY, { width: DESK });
draw('many', CURVES, MANY, { width: DESK });

draw('waiting', EFFECTS, NOTHING, { width: DESK });
draw('few', EFFECTS, FEW, { width: DESK });
draw('one-arm-phone', EFFECTS, FEW, { width: PHONE, only: 'SOFT' });

draw('waiting', BY_ROUND, { ...beside, curves: [] }, { width: DESK });
draw('drawn', BY_ROUND, beside, { width: DESK });
draw('drawn-phone', BY_ROUND, beside, { width: PHONE });

draw('few', ROUNDS, FEW, { width: PAPER });

describe('the pictures', () => {
  testPins(join(import.meta.dirname, 'pictures'), '.svg', drawn);

  test('are of every chart that there is', async () => {
    const found: string[] = [];
    for (const file of readdirSync(CHARTS).filter((name) => name.endsWith('.ts'))) {
      const module = (await import(join(CHARTS, file))) as Readonly<Record<string, Partial<Chart<unknown>>>>;
      found.push(...Object.values(module).flatMap(({ name, picture }) => (picture === undefined || name === undefined ? [] : [name])));
    }
    expect(found.toSorted()).toEqual([...charts].toSorted());
  });

  test('are drawn without a warning, and at numbers', () => {
    for (const [name, text] of drawn) expect(text, name).not.toMatch(/NaN|undefined|Infinity|⚠/);
  });
});
