import { describe, expect, it } from 'vitest';
import { compare } from '../src/evals/comparison.ts';
import { DEFAULTS } from '../src/options.ts';
import type { Measured, Method, RoundResult, RunResult, Scores } from '../src/protocol.ts';
import { MemoryStore } from '../src/store/memory.ts';
import { createCompare } from '../workers/compare.ts';

const scores = (zeroShot: number): Scores => ({ zeroShot, oneShot: zeroShot + 0.05, fewShot: zeroShot + 0.125 });

const measured = (zeroShot: number): Measured => ({
  scores: scores(zeroShot),
  validation: zeroShot,
  byKind: { fact: zeroShot, harm: zeroShot / 2 },
  outOfDistribution: zeroShot / 4,
  extras: null,
});

function roundOf(round: number, zeroShot: number): RoundResult {
  const { scores, ...rest } = measured(zeroShot);
  return { ...scores, ...rest, round, prompts: 10, kept: 8, labelQuality: zeroShot + 0.25, trainLoss: [1] };
}

/** `zeroShots` from the base on. */
function runOf(seed: number, zeroShots: readonly number[], bestRound: number, method: Method = 'soft'): RunResult {
  const [base = 0, ...rounds] = zeroShots;
  const where = { backend: 'wasm', device: 'CPU', commit: 'unknown' } as const;
  const seconds = 10 * seed;
  const times = { seconds, firstSampleSeconds: 1, sessions: [{ ...where, workers: 1, seconds }] };
  const found = { base: scores(base), baseMeasured: measured(base), rounds: rounds.map((value, i) => roundOf(i + 1, value)), bestRound };
  return { seed, method, ...where, ...times, ...found, adapterHash: '', config: { ...DEFAULTS, seed, method } };
}

const sure = (value: number) => ({ mean: value, low: value, high: value });

describe('an arm', () => {
  const only = (results: readonly RunResult[]) => compare([{ name: 'arm', results }], 'arm').arms[0];

  it('is judged zero-shot by the round that it returns, and shows what the last round would have given', () => {
    const row = only([runOf(1, [0.25, 0.75, 0.5], 1)]);
    expect(row).toMatchObject({ values: [0.75], score: sure(0.75), last: sure(0.5), outOfDistribution: sure(0.1875) });
    expect(row?.kinds).toEqual([
      { kind: 'fact', mean: 0.75, difference: null },
      { kind: 'harm', mean: 0.375, difference: null },
    ]);
  });

  it('that returns the base model is as good as the base model', () => {
    expect(only([runOf(1, [0.5, 0.25], 0)])).toMatchObject({ score: sure(0.5), last: sure(0.25), outOfDistribution: sure(0.125) });
  });

  it('without training is judged with its demonstrations in view', () => {
    const row = only([runOf(1, [0.5], 0, 'icl')]);
    expect(row).toMatchObject({ values: [0.625], score: sure(0.625), last: sure(0.625), outOfDistribution: sure(0.125) });
    expect(row?.kinds[0]).toEqual({ kind: 'fact', mean: 0.5, difference: null });
    expect(row?.curve).toEqual([{ round: 0, zeroShot: sure(0.5), fewShot: sure(0.625), labelQuality: null }]);
  });

  it('lists its seeds in order, each once, with the value of each', () => {
    const row = only([runOf(3, [0, 0.75], 1), runOf(1, [0, 0.25], 1), runOf(3, [0, 0.5], 1)]);
    expect(row).toMatchObject({ seeds: [1, 3], values: [0.25, 0.75], score: { mean: 0.5, low: 0.25, high: 0.75 }, seconds: 20 });
  });

  it('draws each round over the runs that came so far', () => {
    const row = only([runOf(1, [0.25, 0.5], 1), runOf(2, [0.25, 0.75, 0.625], 1)]);
    expect(row?.curve).toEqual([
      { round: 0, zeroShot: sure(0.25), fewShot: sure(0.375), labelQuality: null },
      {
        round: 1,
        zeroShot: { mean: 0.625, low: 0.5, high: 0.75 },
        fewShot: { mean: 0.75, low: 0.625, high: 0.875 },
        labelQuality: { mean: 0.875, low: 0.75, high: 1 },
      },
      { round: 2, zeroShot: sure(0.625), fewShot: sure(0.75), labelQuality: sure(0.875) },
    ]);
  });
});

describe('a comparison', () => {
  const reference = { name: 'single', results: [runOf(1, [0.25, 0.5], 1, 'single'), runOf(2, [0.25, 0.25], 1, 'single')] };
  const better = { name: 'soft', results: [runOf(2, [0.25, 0.5], 1), runOf(1, [0.25, 0.625], 1), runOf(9, [0.25, 0.99], 1)] };

  it('sets each arm against the reference on the seeds that both have', () => {
    const { reference: name, arms } = compare([better, reference], 'single');
    expect(name).toBe('single');
    expect(arms.map((arm) => arm.name)).toEqual(['soft', 'single']);
    expect(arms[0]?.difference).toEqual({ mean: 0.1875, low: 0.125, high: 0.25, seeds: 2 });
    expect(arms[0]?.kinds.map(({ difference }) => difference)).toMatchObject([
      { mean: 0.1875, low: 0.125, high: 0.25 },
      { mean: 0.09375, low: 0.0625, high: 0.125 },
    ]);
    expect(arms[1]?.difference).toBeNull();
    expect(arms[1]?.kinds.every(({ difference }) => difference === null)).toBe(true);
  });

  it('has no difference to show without common seeds or without the reference', () => {
    const apart = { name: 'apart', results: [runOf(7, [0.25, 0.5], 1)] };
    expect(compare([reference, apart], 'single').arms[1]).toMatchObject({ difference: null, kinds: [{ difference: null }, {}] });
    expect(compare([better], 'single').arms[0]).toMatchObject({ difference: null, kinds: [{ difference: null }, {}] });
  });

  it('leaves out an arm none of whose runs is finished', () => {
    expect(compare([{ name: 'empty', results: [] }, reference], 'empty').arms.map(({ name }) => name)).toEqual(['single']);
    expect(compare([], 'single')).toEqual({ reference: 'single', arms: [] });
  });

  it('is the same whenever it is made', () => {
    expect(compare([better, reference], 'single')).toEqual(compare([better, reference], 'single'));
  });
});

describe('comparing stored runs', () => {
  it('passes over runs that are not finished or not stored', async () => {
    const store = new MemoryStore();
    const finished = await store.createRun(DEFAULTS);
    const running = await store.createRun(DEFAULTS);
    const result = runOf(1, [0.25, 0.5], 1);
    await store.finishRun(finished, result);
    const comparing = createCompare(async () => store);
    const arms = [
      { name: 'soft', runs: [finished, running, 'run-99'] },
      { name: 'unfinished', runs: [running] },
    ];
    expect(await comparing(arms, 'soft')).toEqual({ ok: true, value: compare([{ name: 'soft', results: [result] }], 'soft') });
  });

  it('says what is wrong with a code when the store cannot be read', async () => {
    const comparing = createCompare(() => Promise.reject(new Error('no disk')));
    expect(await comparing([], '')).toMatchObject({ ok: false, failure: { code: 'INTERNAL' } });
  });
});
