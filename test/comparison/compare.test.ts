import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compare } from '../../src/comparison/compare.ts';
import type { Measured, RoundResult, Scores } from '../../src/contracts/records.ts';
import { type Method, DEFAULTS } from '../../src/run/config.ts';
import type { RunResult } from '../../src/run/records.ts';
import { MemoryStore } from '../../src/store/runs/memory.ts';
import { createCompare } from '../../src/lab/comparing.ts';

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
  return { seed, method, ...where, ...times, ...found, adapterHash: '', config: { ...DEFAULTS, rounds: 4, seed, method, checkpoints: 1 } };
}

const sure = (value: number, n = 1) => ({ mean: value, low: value, high: value, n });
/** Of two numbers a Student-t interval is 12.7 standard errors, half of their distance each, to both sides; a share ends at 0 and 1. */
const two = (a: number, b: number, [least, most] = [0, 1]) => {
  const [mean, half] = [(a + b) / 2, (12.7062047362 * Math.abs(a - b)) / 2];
  return {
    mean,
    low: expect.closeTo(Math.max(least ?? 0, mean - half), 8),
    high: expect.closeTo(Math.min(most ?? 1, mean + half), 8),
    n: 2,
  };
};

describe('an arm', () => {
  const only = (results: readonly RunResult[]) => compare([{ name: 'arm', results }], 'arm').arms[0];

  it('is judged zero-shot by the round that it returns, and shows what the last round would have given', () => {
    const row = only([runOf(1, [0.25, 0.75, 0.5], 1)]);
    expect(row).toMatchObject({ name: 'arm', measure: 'zero-shot', values: [0.75], score: sure(0.75), outOfDistribution: sure(0.1875) });
    expect(row?.last).toEqual({ ...sure(0.5), stopped: 1, difference: null });
    expect(row?.kinds).toEqual([
      { kind: 'fact', score: sure(0.75), difference: null },
      { kind: 'harm', score: sure(0.375), difference: null },
    ]);
  });

  it('has the sampled score and the facts kept of the round that it returns, and by round; null in what was stored before', () => {
    const run = runOf(1, [0.25, 0.75, 0.5], 1);
    const rounds = run.rounds.map((round, i) => ({ ...round, sampled: 0.5 + i / 8, retained: 1 - i / 8 }));
    const taken = { ...run, base: { ...run.base, sampled: 0.125 }, rounds };
    const row = only([taken]);
    expect([row?.sampled, row?.retained]).toEqual([sure(0.5), sure(1)]);
    expect(row?.curve.map(({ sampled, retained }) => [sampled?.mean ?? null, retained?.mean ?? null])).toEqual([
      [0.125, null],
      [0.5, 1],
      [0.625, 0.875],
    ]);
    expect(only([{ ...taken, bestRound: 0 }])).toMatchObject({ sampled: sure(0.125), retained: null });
    expect(only([run])).toMatchObject({ sampled: null, retained: null });
    const shown = compare([{ name: 'arm', results: [{ ...runOf(1, [0.25], 0, 'icl'), base: taken.base }] }], 'arm').arms;
    expect(shown.map(({ measure, sampled }) => [measure, sampled?.mean ?? null])).toEqual([
      ['few-shot', null],
      ['zero-shot', 0.125],
    ]);
  });

  it('that returns the base model is as good as the base model', () => {
    expect(only([runOf(1, [0.5, 0.25], 0)])).toMatchObject({ score: sure(0.5), last: sure(0.25), outOfDistribution: sure(0.125) });
  });

  it('without training has a row for each way of asking, and none mixes them', () => {
    const { arms, against } = compare([{ name: 'cold', results: [runOf(1, [0.5], 0, 'icl')] }], 'cold');
    expect(arms).toMatchObject([
      {
        name: 'cold, few-shot',
        arm: 'cold',
        measure: 'few-shot',
        values: [0.625],
        score: sure(0.625),
        last: null,
        outOfDistribution: null,
      },
      {
        name: 'cold, zero-shot',
        arm: 'cold',
        measure: 'zero-shot',
        values: [0.5],
        score: sure(0.5),
        last: null,
        outOfDistribution: sure(0.125),
      },
    ]);
    const kinds = arms.map((row) => row.kinds.map(({ kind, score }) => `${kind} ${score.mean}`));
    expect([kinds, arms.map(({ curve }) => curve)]).toEqual([
      [[], ['fact 0.5', 'harm 0.25']],
      [[], []],
    ]);
    expect(against).toBe('cold, zero-shot');
  });

  it('without training and without room for its demonstrations has no few-shot row', () => {
    const run = runOf(1, [0.5], 0, 'icl');
    const { arms, against } = compare([{ name: 'cold', results: [{ ...run, base: { ...run.base, fewShot: null } }] }], 'cold');
    expect([arms.map(({ name }) => name), against]).toEqual([['cold, zero-shot'], 'cold, zero-shot']);
  });

  it('counts the runs that had rounds left when they ended', () => {
    const whole = runOf(1, [0.25, 0.5, 0.75, 0.5, 0.5], 2);
    expect(whole.config.rounds).toBe(4);
    expect(only([whole, runOf(2, [0.25, 0.75, 0.5], 1)])?.last).toEqual({ ...sure(0.5, 2), stopped: 1, difference: null });
    expect(only([runOf(1, [0.25, 0.5], 1, 'single')])?.last?.stopped).toBe(0);
  });

  it('lists its seeds in order, each once, with the value of each', () => {
    const row = only([runOf(3, [0, 0.75], 1), runOf(1, [0, 0.25], 1), runOf(3, [0, 0.5], 1)]);
    expect(row).toMatchObject({ seeds: [1, 3], values: [0.25, 0.75], score: two(0.25, 0.75), seconds: 20 });
  });

  it('draws each round over the runs that came so far, and says how many', () => {
    const row = only([runOf(1, [0.25, 0.5], 1), runOf(2, [0.25, 0.75, 0.625], 1)]);
    const untaken = { sampled: null, retained: null };
    expect(row?.curve).toEqual([
      { round: 0, zeroShot: sure(0.25, 2), fewShot: sure(0.375, 2), labelQuality: null, ...untaken },
      {
        round: 1,
        zeroShot: two(0.5, 0.75),
        fewShot: two(0.625, 0.875),
        labelQuality: two(0.75, 1),
        ...untaken,
      },
      { round: 2, zeroShot: sure(0.625), fewShot: sure(0.75), labelQuality: sure(0.875), ...untaken },
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
    const few = { p: null, verdict: 'too few' };
    expect(arms[0]?.difference).toEqual({ ...two(0.125, 0.25, [-1, 1]), ...few });
    expect(arms[0]?.score.n).toBe(3);
    expect(arms[0]?.kinds.map(({ difference }) => difference)).toEqual([
      { ...two(0.125, 0.25, [-1, 1]), ...few },
      { ...two(0.0625, 0.125, [-1, 1]), ...few },
    ]);
    expect(arms[1]?.difference).toBeNull();
    expect(arms[1]?.kinds.every(({ difference }) => difference === null)).toBe(true);
  });

  it('tests the differences of all arms together, and those by kind together, from five common seeds on', () => {
    const of = (name: string, gains: readonly number[]) => ({
      name,
      results: gains.map((gain, seed) => runOf(seed, [0.25, 0.5 + gain], 1)),
    });
    const wave = [0, 0.02, -0.01, 0.01, -0.02];
    const arms = [
      of(
        'soft',
        wave.map((value) => 0.2 + value),
      ),
      of('same', [0.05, -0.05, 0.02, -0.02, 0.01]),
      of('few', wave.slice(1)),
    ];
    const { tests, arms: rows } = compare([...arms, of('single', [0, 0, 0, 0, 0]), of('equal', [0, 0, 0, 0, 0])], 'single');
    expect(rows.map(({ difference }) => difference?.verdict)).toEqual(['better', 'unclear', 'too few', undefined, 'alike']);
    expect(tests).toEqual({ last: 0, scores: 2, kinds: 4 });
    const alone = compare([...arms.slice(0, 1), of('single', [0, 0, 0, 0, 0])], 'single').arms[0]?.difference?.p ?? 1;
    expect(rows[0]?.difference?.p).toBeCloseTo(2 * alone, 12);
  });

  it('sets last rounds beside last rounds, whatever is returned, where both went through all their data', () => {
    const seeds = [1, 2, 3, 4, 5];
    // four rounds of which the second is returned; the reference returns its first
    const ours = seeds.map((seed) => runOf(seed, [0.2, 0.5, 0.9, 0.7, 0.6 + seed / 100], 2));
    const theirs = seeds.map((seed) => runOf(seed, [0.2, 0.95, 0.5, 0.5, 0.4], 1));
    const [found, reference] = compare(
      [
        { name: 'ours', results: ours },
        { name: 'theirs', results: theirs },
      ],
      'theirs',
    ).arms;
    expect(found?.last?.difference).toMatchObject({ mean: expect.closeTo(0.23, 12), n: 5, verdict: 'better' });
    expect(found?.difference?.mean).toBeCloseTo(-0.05, 12);
    expect(reference?.last?.difference).toBeNull();
    // one that stopped early had less data: its seed is not compared by last rounds
    const cut = compare(
      [
        { name: 'ours', results: [...ours.slice(0, 4), runOf(5, [0.2, 0.5, 0.4], 1)] },
        { name: 'theirs', results: theirs },
      ],
      'theirs',
    );
    expect(cut.arms[0]?.last).toMatchObject({ stopped: 1, difference: { n: 4, verdict: 'too few' } });
    expect(cut.arms[0]?.difference?.n).toBe(5);
    expect(cut.tests).toMatchObject({ last: 0, scores: 1 });
  });

  it('has no difference to show without common seeds or without the reference', () => {
    const apart = { name: 'apart', results: [runOf(7, [0.25, 0.5], 1)] };
    expect(compare([reference, apart], 'single').arms[1]).toMatchObject({ difference: null, kinds: [{ difference: null }, {}] });
    expect(compare([better], 'single').arms[0]).toMatchObject({ difference: null, kinds: [{ difference: null }, {}] });
  });

  describe('with arms that do not train', () => {
    const seeds = [1, 2, 3, 4, 5];
    const of = (name: string, method: Method, value: (seed: number) => number) => ({
      name,
      results: seeds.map((seed) => (method === 'icl' ? runOf(seed, [value(seed)], 0, 'icl') : runOf(seed, [0.25, value(seed)], 1, method))),
    });
    const cold = of('cold', 'icl', (seed) => 0.5 + seed / 100);
    const trained = of('soft', 'soft', (seed) => 0.5 + seed / 100);
    const verdicts = (found: ReturnType<typeof compare>) => found.arms.map(({ name, difference }) => [name, difference?.verdict ?? null]);

    it('compares an arm asked cold with the reference asked cold, and never the reference with itself', () => {
      const found = compare([cold, trained], 'cold');
      expect(verdicts(found)).toEqual([
        ['cold, few-shot', null],
        ['cold, zero-shot', null],
        ['soft', 'alike'],
      ]);
      expect(found.arms[2]?.difference?.mean).toBeCloseTo(0, 12);
      expect([found.against, found.tests.scores]).toEqual(['cold, zero-shot', 0]);
    });

    it('has no verdict on few-shot where the reference was only asked cold, and does not count it', () => {
      const single = of('single', 'single', (seed) => 0.75 - seed / 50);
      const found = compare([cold, single, trained], 'single');
      expect(verdicts(found)).toEqual([
        ['cold, few-shot', null],
        ['cold, zero-shot', 'worse'],
        ['single', null],
        ['soft', 'worse'],
      ]);
      expect([found.against, found.tests.scores]).toEqual(['single', 2]);
    });

    it('compares few-shot with few-shot where both have it', () => {
      const other = of('other', 'icl', (seed) => 0.6 + seed / 50);
      const found = compare([cold, other, trained], 'cold');
      expect(verdicts(found).slice(2)).toEqual([
        ['other, few-shot', 'better'],
        ['other, zero-shot', 'better'],
        ['soft', 'alike'],
      ]);
      expect(found.arms[2]?.difference?.mean).toBeCloseTo(0.13, 12);
      expect([found.against, found.tests.scores]).toEqual(['cold', 2]);
    });

    it('holds by measure for any arms: a difference only where the reference has that measure and is another arm', () => {
      const methods = fc.array(fc.constantFrom<Method>('icl', 'single', 'soft'), { minLength: 1, maxLength: 5 });
      fc.assert(
        fc.property(methods, fc.nat(4), (list, pick) => {
          const arms = list.map((method, i) => of(`arm ${i}`, method, (seed) => 0.4 + ((7 * i + 3 * seed) % 11) / 100));
          const reference = `arm ${pick % list.length}`;
          const { arms: rows, tests } = compare(arms, reference);
          for (const row of rows) {
            const like = rows.find(({ arm, measure }) => arm === reference && measure === row.measure);
            if (like === undefined || row.arm === reference) expect(row.difference).toBeNull();
            else expect(row.difference?.mean).toBeCloseTo(row.score.mean - like.score.mean, 12);
          }
          expect(tests.scores).toBe(rows.filter(({ difference }) => typeof difference?.p === 'number').length);
        }),
      );
    });
  });

  it('leaves out an arm none of whose runs is finished', () => {
    expect(compare([{ name: 'empty', results: [] }, reference], 'empty')).toMatchObject({ against: null, arms: [{ name: 'single' }] });
    expect(compare([], 'single')).toEqual({ reference: 'single', against: null, tests: { last: 0, scores: 0, kinds: 0 }, arms: [] });
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
    for (const [index, session] of result.sessions.entries()) await store.putSession(finished, index, session, 1);
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
