import { describe, expect, it } from 'vitest';
import { DEFAULTS, type RunConfig } from '../../src/run/config.ts';
import { changeText, bytesText, planLine, refusalText, secondsText, wholeText } from '../../src/ui/plan-text.ts';
import { planRun, shortageText, type Facts } from '../../src/lab/plan/planner.ts';
import type { RunPlan } from '../../src/protocol/models.ts';
import type { CountedTexts } from '../../src/lab/plan/text-counter.ts';
import { LARGE } from '../support/large-model.ts';
import { TINY } from '../support/tiny.ts';

const GIB = 2 ** 30;
const length = (longest: number, mean: number) => ({ longest, mean });
/** About the English kit in the tokens of a large vocabulary. */
const LENGTHS = { question: length(70, 35), demonstration: length(160, 100), principles: length(420, 420), answer: length(120, 70) };
const FIT: CountedTexts = {
  drawn: { prompts: [], validation: [], test: [], outOfDistribution: null },
  lengths: LENGTHS,
  longest: 420 + 4 * 160 + 70 + 96,
  answered: { shared: 420, own: 160 + 70 + 96 },
  beginning: 420,
  scored: { asked: 100_000, read: 100_000, written: 0 },
  probed: { read: 0, written: 0 },
  counts: { validation: 60, test: 100, inContext: 30, outOfDistribution: 0 },
  leftOut: [],
  skipped: { prompts: 0, questions: 0 },
  shortages: [],
};
const FACTS: Facts = {
  config: LARGE,
  counter: { graded: false, count: () => FIT },
  limits: { memory: 4 * GIB, tensor: null, storage: 10 * GIB },
  speeds: null,
  weightBytes: 4,
};
const RUN: RunConfig = { ...DEFAULTS, orderScope: 'both', rounds: 4, prompts: 320, maxTokens: 96, questions: 100 };

describe('the plan of a run', () => {
  it('needs no memory for a batch where nothing is trained', () => {
    const small = { ...FACTS, limits: { memory: 0.8 * GIB, tensor: null, storage: null } };
    expect(planRun(small, { ...RUN, batchSize: 64 }).tooMuch).not.toEqual([]);
    expect(planRun(small, { ...RUN, batchSize: 64, method: 'icl' }).tooMuch).toEqual([]);
  });

  it('answers as many rows at a time as fit', () => {
    const wide = planRun({ ...FACTS, limits: { memory: 64 * GIB, tensor: null, storage: null } }, RUN);
    const narrow = planRun({ ...FACTS, limits: { ...FACTS.limits, memory: 1.5 * GIB } }, { ...RUN, batchSize: 4 });
    expect(wide.rows).toBe(64);
    expect(narrow.rows).toBeLessThan(64);
    expect(narrow.tooMuch).toEqual([]);
    expect(narrow.peak).toBeLessThanOrEqual(1.5 * GIB);
  });

  it('begins with few rows where nobody tells the memory, counts those, and goes on to what is asked in steps', () => {
    const untold = { ...FACTS, limits: { memory: null, tensor: null, storage: null } };
    const { rows, growth, peak, answering } = planRun(untold, { ...RUN, batchSize: 4 });
    expect(rows).toBe(32);
    expect(growth[0]?.rows).toBe(rows);
    expect(growth.map((step) => step.rows)).toEqual([4, 8, 16, 32, 64].slice(-growth.length));
    expect(peak).toBeLessThan(2 * GIB);
    const cache = answering.find(({ name }) => name === 'cache')?.bytes ?? 0;
    expect(growth.at(-1)?.bytes).toBeGreaterThan((cache * 64) / rows);
    // few are asked, or they are small: all at once
    expect(planRun(untold, { ...RUN, method: 'soft', prompts: 8, rounds: 2 }).growth).toHaveLength(1);
    expect(planRun({ ...untold, config: TINY }, RUN).growth).toEqual([{ rows: 64, bytes: expect.any(Number) as number }]);
    // where it is known there is nothing to find out
    expect(planRun(FACTS, RUN).growth).toHaveLength(1);
    // so large that not even two rows stay below what is taken at once
    const huge = planRun({ ...untold, config: { ...LARGE, vocab_size: 2_000_000 } }, RUN);
    expect([huge.rows, huge.growth[0]?.rows]).toEqual([1, 1]);
  });

  it('counts a cache for the prompts that are asked at once, not for more', () => {
    const few = planRun(FACTS, { ...RUN, method: 'soft', prompts: 16, rounds: 2 });
    expect(few.rows).toBe(8);
    // sorting asks them all
    expect(planRun(FACTS, { ...RUN, method: 'soft+', prompts: 16, rounds: 2 }).rows).toBe(16);
    const cacheOf = (plan: RunPlan): number => plan.answering.find(({ name }) => name === 'cache')?.bytes ?? 0;
    const apart: Facts = {
      ...FACTS,
      counter: { graded: false, count: () => ({ ...FIT, answered: { shared: 0, own: 420 + 160 + 70 + 96 } }) },
    };
    const fewApart = cacheOf(planRun(apart, { ...RUN, method: 'soft', prompts: 16, rounds: 2 }));
    expect(fewApart).toBeLessThanOrEqual(cacheOf(planRun(apart, RUN)) / 8);
    // what all of them begin with is held a few times while it is read, not once for each
    expect(cacheOf(few)).toBeLessThan(0.7 * fewApart);
  });

  it('refuses what does not fit with the numbers and finds the smallest change that does', () => {
    const run = { ...RUN, batchSize: 64 };
    const plan = planRun({ ...FACTS, limits: { ...FACTS.limits, memory: 0.8 * GIB } }, run);
    expect(plan.tooMuch.map(({ what }) => what)).toEqual(['memory']);
    expect(plan.nearest).toEqual({ batchSize: expect.any(Number) as number });
    const fits = planRun({ ...FACTS, limits: { ...FACTS.limits, memory: 0.8 * GIB } }, { ...run, ...plan.nearest });
    expect(fits.tooMuch).toEqual([]);
    expect(fits.nearest).toBeNull();
    expect(shortageText(plan)).toMatch(/^needs [\d.]+ MB for memory, has 859 MB$/);
    expect(refusalText(plan)).toContain('The plan of the next run, in Run, names the nearest setting that fits.');
  });

  it('counts no larger batch than there are answers to learn from', () => {
    const plan = (change: Partial<RunConfig>) => planRun(FACTS, { ...RUN, method: 'soft', rounds: 1, epochs: 1, maxTokens: 16, ...change });
    const kept = (change: Partial<RunConfig>) => plan(change).training.find(({ name }) => name === 'activations')?.bytes;
    expect(kept({ prompts: 2, batchSize: 64 })).toBe(kept({ prompts: 2, batchSize: 2 }));
    expect(kept({ prompts: 2, batchSize: 64 })).toBeLessThan(kept({ prompts: 3, batchSize: 64 }) ?? 0);
    // each answer is seen as often as there are epochs; prompts are shared out over the rounds, but not over checkpoints
    expect(kept({ prompts: 1, epochs: 2, batchSize: 64 })).toBe(kept({ prompts: 2, batchSize: 64 }));
    expect(kept({ prompts: 4, rounds: 2, batchSize: 64 })).toBe(kept({ prompts: 2, batchSize: 64 }));
    expect(kept({ prompts: 2, rounds: 2, method: 'single', batchSize: 64 })).toBe(kept({ prompts: 2, batchSize: 64 }));
  });

  it('cuts batch and rank before it cuts answers, and neither further than it must', () => {
    const run: RunConfig = { ...RUN, batchSize: 64, loraRank: 64, maxTokens: 512 };
    // an answer takes its cache
    const counter = {
      graded: false,
      count: ({ maxTokens }: RunConfig) => ({ ...FIT, longest: 1200 + maxTokens, answered: { shared: 0, own: 1200 + maxTokens } }),
    };
    const nearestOf = (memory: number) =>
      planRun({ ...FACTS, counter, limits: { memory: memory * GIB, tensor: null, storage: null } }, run).nearest;
    const found = [1.1, 1, 0.9, 0.8].map(nearestOf);
    expect(found[0]).not.toBeNull();
    const lengths = found.map((nearest) => ({ ...run, ...nearest }).maxTokens);
    expect(lengths).toEqual(lengths.toSorted((a, b) => b - a));
    // so it leaves answers that can end where the smallest of everything would not
    expect(Math.min(...lengths)).toBeGreaterThan(64);
    for (const nearest of found) {
      const { batchSize, loraRank, maxTokens } = { ...run, ...nearest };
      if (maxTokens < run.maxTokens) expect([batchSize, loraRank]).toEqual([1, 1]);
    }
  });

  it('keeps no more of a large batch than of what is trained on at a time', () => {
    const kept = (batchSize: number): number =>
      planRun(FACTS, { ...RUN, batchSize }).training.find(({ name }) => name === 'activations')?.bytes ?? 0;
    expect(kept(1)).toBeLessThan(kept(2));
    expect(kept(64)).toBe(kept(2));
    expect(kept(64)).toBeLessThan(0.3e9);
  });

  it('takes an adapter where all weights do not fit, and says when nothing fits', () => {
    const full = { ...RUN, tuning: 'full' as const };
    expect(planRun({ ...FACTS, limits: { ...FACTS.limits, memory: 2 * GIB } }, full).nearest).toMatchObject({ tuning: 'lora' });
    const none = planRun({ ...FACTS, limits: { ...FACTS.limits, memory: 1e8 } }, RUN);
    expect(none.tooMuch.length).toBeGreaterThan(0);
    expect(none.nearest).toBeNull();
    expect(refusalText(none)).toContain('choose a smaller model');
  });

  it('asks for fewer prompts where the disk is full, and for nothing else', () => {
    const plan = planRun({ ...FACTS, limits: { ...FACTS.limits, storage: 2.2e7 } }, { ...RUN, prompts: 1200, rounds: 8 });
    expect(plan.tooMuch.map(({ what }) => what)).toEqual(['storage']);
    expect(Object.keys(plan.nearest ?? {})).toEqual(expect.not.arrayContaining(['batchSize']));
  });

  it('knows the time of a round once speeds are measured', () => {
    expect(planRun(FACTS, RUN).secondsARound).toBeNull();
    const { secondsARound } = planRun({ ...FACTS, speeds: { reading: 1000, writing: 100, training: 50 } }, RUN);
    // at least what is scored, and less than an hour for eighty prompts
    expect(secondsARound).toBeGreaterThan(100);
    expect(secondsARound).toBeLessThan(3600);
  });
});

describe('the time of the answers', () => {
  const speeds = { reading: 1000, writing: 100, training: 50 };
  const answering = (beginning: number, change: Partial<RunConfig> = {}) =>
    planRun({ ...FACTS, counter: { graded: false, count: () => ({ ...FIT, beginning }) }, speeds }, { ...RUN, ...change })
      .secondsAnswering ?? NaN;

  it('has what all prompts of a round begin with once', () => {
    const prompts = RUN.prompts / RUN.rounds;
    expect(answering(0) - answering(420)).toBeCloseTo(((prompts - 1) * 420) / speeds.reading, 6);
    // each of several answers to a prompt is read for
    const several = { samples: 3 };
    expect(answering(0, several) - answering(420, several)).toBeCloseTo(((3 * prompts - 1) * 420) / speeds.reading, 6);
  });

  it('is none of a run without a question', () => {
    const none = { longest: 0, mean: 0 };
    const lengths = { ...FIT.lengths, question: none, demonstration: none, principles: none, answer: none };
    const counter = { graded: false, count: () => ({ ...FIT, lengths, beginning: 0 }) };
    expect(planRun({ ...FACTS, counter, speeds }, RUN).secondsAnswering).toBe(0);
  });

  it('does not change how many questions a run asks by default', () => {
    const settledAt = (beginning: number) =>
      planRun({ ...FACTS, counter: { graded: false, count: () => ({ ...FIT, beginning }) } }, { ...RUN, questions: 0 }).settled;
    expect(settledAt(420)).toEqual(settledAt(0));
  });
});

describe('the time of the whole run', () => {
  const speeds = { reading: 1000, writing: 100, training: 50 };
  const inAll = (run: Partial<RunConfig>, facts: Partial<Facts> = {}) => planRun({ ...FACTS, speeds, ...facts }, { ...RUN, ...run });

  it('is that of all rounds with the base before them and the probes after them', () => {
    const counter = { graded: false, count: () => ({ ...FIT, probed: { read: 5000, written: 200 } }) };
    const plan = inAll({ rounds: 8, method: 'soft' }, { counter });
    const { secondsARound: round, secondsMeasuring: base, secondsProbing: probes } = plan;
    expect(probes).toBe(2 * (5 + 2));
    expect(plan.secondsInAll).toBeCloseTo(8 * (round ?? NaN) + (base ?? NaN) + (probes ?? NaN), 6);
    expect(planRun(FACTS, RUN).secondsInAll).toBeNull();
  });

  it('has the drafts by which prompts are sorted, and is what is measured alone where nothing is trained', () => {
    const sorted = inAll({ method: 'soft+', orderScope: 'both', difficulty: 'perplexity' });
    const plain = inAll({ method: 'soft' });
    expect((sorted.secondsInAll ?? NaN) - (plain.secondsInAll ?? NaN)).toBeCloseTo(RUN.prompts * (35 / 1000 + 70 / 100), 6);
    expect(inAll({ method: 'icl' }).secondsInAll).toBeCloseTo(inAll({ method: 'icl' }).secondsMeasuring ?? NaN, 6);
  });

  it('is said beside Run, and of a model of one’s own that it is not known and what finds out', () => {
    const plan = { ...inAll({}), secondsInAll: 6300, secondsARound: 780 };
    expect(wholeText(plan, true)).toBe('The next run takes about 1 h 45 min.');
    expect(planLine(plan)).toMatch(/, about 13 min a round, 1 h 45 min in all$/);
    const unknown = { ...plan, secondsInAll: null };
    expect(wholeText(unknown, true)).toBe(
      'How long the next run takes is not known yet: “Measure the time”, under Plan of the next run, finds out.',
    );
    expect(wholeText(unknown, false)).toBe('');
    expect(wholeText({ ...plan, tooMuch: [{ what: 'memory', needs: 2, has: 1 }] }, true)).toBe('');
  });
});

describe('the plan in words', () => {
  it('writes bytes, seconds and changes as people read them', () => {
    expect([0, 999, 1234, 999_600, 135_000_000, 4 * GIB].map(bytesText)).toEqual(['0 B', '999 B', '1.2 kB', '1.0 MB', '135 MB', '4.3 GB']);
    expect([0.2, 59, 75, 7300].map(secondsText)).toEqual(['1 s', '59 s', '1 min', '2 h 2 min']);
    expect(changeText({ batchSize: 4 }, DEFAULTS)).toMatch(/ 4 instead of 16$/);
  });
});
