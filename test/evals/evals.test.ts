import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LanguageModel, TrainingRow } from '../../src/contracts/language-model.ts';
import { choose, mc1, mc2, twoChoice } from '../../src/evals/choice.ts';
import { assess } from '../../src/evals/assess.ts';
import { retained } from '../../src/evals/retained.ts';
import { measureSampled, MOST_SAMPLED } from '../../src/evals/sampled.ts';
import { unpackMarks } from '../../src/marks.ts';
import { DEFAULTS } from '../../src/run/config.ts';
import { NOT_TAKEN, takeMeasures } from '../../src/evals/measures/take.ts';
import { truthfulness } from '../../src/evals/truthful.ts';
import { copyRate, distinctShare, entropyEstimate, passAtK } from '../../src/evals/sampling.ts';
import { mean } from '../../src/numbers.ts';
import type { Question, Task } from '../../src/contracts/task.ts';
import { MEASURES } from '../../src/evals/measures/list.ts';
import type { Extras } from '../../src/contracts/records.ts';
import { Random } from '../../src/random.ts';
import { pool, questions, ScriptedModel, task } from '../support/scripted.ts';

/** A model that only scores. */
const scorer = (logLikelihood: (row: TrainingRow) => number): LanguageModel =>
  Object.assign(new ScriptedModel(), {
    score: async (rows: readonly TrainingRow[]) => rows.map((row) => ({ nll: -logLikelihood(row), tokens: 1 })),
  });

const rated = (...candidates: readonly (readonly [probability: number, aligned: boolean])[]) =>
  candidates.map(([probability, aligned]) => ({ aligned, logLikelihood: Math.log(probability) }));

describe('a choice among several answers', () => {
  it('is right when the likeliest is aligned, wherever it stands (MC1)', () => {
    expect(mc1(rated([0.1, false], [0.2, true]))).toBe(1);
    expect(mc1(rated([0.2, true], [0.1, false]))).toBe(1);
    expect(mc1(rated([0.3, true], [0.3, true], [0.4, false]))).toBe(0);
  });

  it('counts a tie by the share that is aligned', () => {
    expect(mc1(rated([0.4, false], [0.4, true], [0.2, false]))).toBe(0.5);
    expect(mc1(rated([0.2, false], [0.2, true], [0.2, false], [0.2, false]))).toBe(0.25);
    expect(mc1(rated([0.4, false], [0.4, false], [0.2, true]))).toBe(0);
  });

  it('is the probability of the aligned answers among all that are offered (MC2)', () => {
    expect(mc2(rated([0.1, true], [0.2, false], [0.2, true]))).toBeCloseTo(0.6, 12);
    expect(mc2(rated([0.1, true], [0.3, false]))).toBeCloseTo(0.25, 12);
    expect(mc2(rated([0.1, false]))).toBe(0);
  });

  it('has the numbers of the released code of TruthfulQA, where a question names its best answer', () => {
    const cases = JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures/truthfulqa-mc.json'), 'utf8')) as readonly (readonly [
      readonly number[],
      readonly number[],
      number,
      number,
      number,
    ])[];
    expect(cases).toHaveLength(60);
    for (const [right, wrong, best, first, second] of cases) {
      const candidates = [
        ...wrong.map((logLikelihood) => ({ aligned: false, logLikelihood })),
        ...right.map((logLikelihood, i) => ({ aligned: true, logLikelihood, best: i === best })),
      ];
      expect(mc1(candidates)).toBe(first);
      expect(mc2(candidates)).toBeCloseTo(second, 12);
    }
  });

  it('is measured on every test question that names its best answer, by the answers that were scored', async () => {
    const truthful: Task = {
      ...task,
      graded: false,
      candidates: () => [
        { text: ' Yes.\n', aligned: false },
        { text: ' No.\n', aligned: true, best: true },
        { text: ' Never ever.\n', aligned: true },
      ],
    };
    // the sum decides, not the mean over the tokens
    const likelihoods: Readonly<Record<string, number>> = { ' Yes.\n': -3, ' No.\n': -2, ' Never ever.\n': -1 };
    const model = scorer(({ completion }) => likelihoods[completion] ?? 0);
    const sets = { validation: questions(2, 'v'), test: questions(3, 't'), outOfDistribution: null };
    const measuring = assess(model, truthful, sets, { ...DEFAULTS, measures: 'scores' });
    let step = await measuring.next();
    while (!step.done) step = await measuring.next();
    const mass = (Math.exp(-2) + Math.exp(-1)) / (Math.exp(-3) + Math.exp(-2) + Math.exp(-1));
    expect(step.value.measured.extras).toEqual({ ...NOT_TAKEN, mc1: 1, mc2: expect.closeTo(mass, 12) as number });
    expect(truthfulness(truthful, sets.test, [])).toBeNull();
    expect(truthfulness(task, sets.test, step.value.heldOut.test)).toBeNull();
  });

  it('needs no probability that a number can hold', () => {
    const tiny = [
      { aligned: true, logLikelihood: -2000 },
      { aligned: false, logLikelihood: -2000 - Math.log(3) },
    ];
    expect(mc2(tiny)).toBeCloseTo(0.75, 9);
    expect(mc2([{ aligned: true, logLikelihood: -Infinity }, ...tiny])).toBeCloseTo(0.75, 9);
  });

  it('gives a model that guesses the mean of 1/n and no more, though the aligned answer comes first', async () => {
    const size = ({ id }: Question) => 2 + (Number(id.split('-')[1]) % 8);
    const many: Task = {
      ...task,
      candidates: (question) => Array.from({ length: size(question) }, (_, i) => ({ text: ` It is ${i}.\n`, aligned: i === 0 })),
    };
    const asked = questions(4000, 'test');
    const scored: TrainingRow[] = [];
    const guessing = scorer((row) => {
      scored.push(row);
      return Random.of('guess', row.prompt, row.completion).next();
    });
    const choices = await choose(guessing, many, asked);
    const chance = mean(asked.map((question) => 1 / size(question)));
    // scoring the first half alone, as Dromedary's script did, would give the mean of 1 / ceil(n / 2)
    const halved = mean(asked.map((question) => 1 / Math.ceil(size(question) / 2)));
    expect(halved - chance).toBeGreaterThan(0.15);
    expect(Math.abs(mean(choices.map((choice) => choice.mc1)) - chance)).toBeLessThan(0.02);
    expect(Math.abs(mean(choices.map((choice) => choice.mc2)) - chance)).toBeLessThan(0.02);
    expect(scored).toHaveLength(asked.reduce((sum, question) => sum + size(question) + 4, 0));
  });
});

describe('a choice between two answers', () => {
  it('adds up both orders', () => {
    expect(twoChoice({ aligned: [-1, -4], unaligned: [-3, -3] })).toBe(1);
    expect(twoChoice({ aligned: [-1, -6], unaligned: [-3, -3] })).toBe(0);
    expect(twoChoice({ aligned: [-2, -4], unaligned: [-3, -3] })).toBe(0.5);
  });

  const first = ({ prompt, completion }: TrainingRow) => prompt.includes(`Choose:${completion.trimEnd()} Or:`);
  const right = ({ completion }: TrainingRow) => /It is test \d/.test(completion);
  const result = async (logLikelihood: (row: TrainingRow) => number) => {
    const choices = await choose(scorer(logLikelihood), task, questions(6, 'test'));
    expect(choices).toHaveLength(6);
    return mean(choices.map((choice) => choice.twoChoice));
  };

  it('is worth nothing to a model that takes what is named first', async () => {
    expect(await result((row) => (first(row) ? -0.1 : -7.3))).toBe(0.5);
    expect(await result((row) => (first(row) ? -7.3 : -0.1))).toBe(0.5);
  });

  it('finds what a model knows behind its liking for a place', async () => {
    expect(await result((row) => (first(row) ? -1 : -7) + (right(row) ? 0.5 : 0))).toBe(1);
    expect(await result((row) => (first(row) ? -1 : -7) - (right(row) ? 0.5 : 0))).toBe(0);
  });

  it('offers the aligned answer and the first that is not, in either place', async () => {
    const prompts: string[] = [];
    const asked = questions(1, 'test');
    await choose(
      scorer(({ prompt }) => prompts.push(prompt)),
      task,
      asked,
    );
    const [one, other] = ['It is test 0.', 'Who cares.'];
    expect([...new Set(prompts.filter((prompt) => prompt.includes('Choose')))]).toEqual([
      `User: Which number is test 0? Choose: ${one} Or: ${other}\nBot:`,
      `User: Which number is test 0? Choose: ${other} Or: ${one}\nBot:`,
    ]);
  });

  it('is left out where there is nothing to choose', async () => {
    const evenOnly: Task = {
      ...task,
      candidates: (question) => task.candidates(question).filter(({ aligned }) => aligned || question.kind === 'even'),
    };
    const model = scorer((row) => (right(row) ? -1 : -2));
    const choices = await choose(model, evenOnly, questions(7, 'test'));
    expect(choices).toHaveLength(4);
    expect(choices[0]).toMatchObject({ mc1: 1, twoChoice: 1 });
    expect(choices[0]?.mc2).toBeCloseTo(1 / (1 + 2 / Math.E), 12);
  });
});

describe('pass@k', () => {
  it('is the chance that one of k answers is right', () => {
    expect(passAtK(8, 2, 1)).toBeCloseTo(2 / 8, 12);
    expect(passAtK(8, 2, 4)).toBeCloseTo(1 - 15 / 70, 12); // C(6, 4) of C(8, 4) draws miss both
    expect(passAtK(8, 0, 4)).toBe(0);
    expect(passAtK(2, 0, 4)).toBe(0);
    expect(passAtK(8, 5, 4)).toBe(1);
    expect(passAtK(8, 8, 1)).toBe(1);
  });

  it('is 1 - C(n-c, k) / C(n, k)', () => {
    const choose = (n: number, k: number): number => Array.from({ length: k }, (_, i) => (n - i) / (i + 1)).reduce((a, b) => a * b, 1);
    const numbers = fc.tuple(fc.nat(20), fc.nat(20), fc.nat(20)).map(([a, b, c]) => [a + b + c, b, a] as const);
    fc.assert(
      fc.property(numbers, ([n, c, k]) => {
        if (k > 0) expect(passAtK(n, c, k)).toBeCloseTo(c === 0 ? 0 : 1 - choose(n - c, k) / choose(n, k), 9);
      }),
    );
  });
});

describe('the gauges of a collapse', () => {
  it('count different answers, and the surprise of a token over all tokens alike', () => {
    expect(distinctShare(['a', 'b', 'a', 'c'])).toBe(0.75);
    expect(distinctShare([])).toBe(0);
    const [half, quarter] = [Math.log(1 / 2), Math.log(1 / 4)];
    expect(entropyEstimate([[half, quarter], [half]])).toBeCloseTo((4 / 3) * Math.log(2), 12);
    expect(entropyEstimate([])).toBe(0);
  });

  it('tell a copy from words that are common to all demonstrations', () => {
    const copy = { said: 'a', shown: 'a', other: 'b' };
    const common = { said: 'a', shown: 'a', other: 'a' };
    const chance = { said: 'a', shown: 'b', other: 'a' };
    const neither = { said: 'a', shown: 'b', other: 'c' };
    expect(copyRate([copy, neither])).toBe(0.5);
    expect(copyRate([common, common, neither])).toBe(0);
    expect(copyRate([copy, chance])).toBe(0);
    expect(copyRate([])).toBe(0);
  });
});

describe('the measurements beyond the scores', () => {
  const run = async (model: LanguageModel, { asked = questions(4, 'test'), with: given = task, seed = 1 } = {}) => {
    const measuring = takeMeasures(model, given, asked, { seed, maxTokens: 9 });
    const progress: (readonly [done: number, total: number])[] = [];
    for (;;) {
      const step = await measuring.next();
      if (step.done) return { progress, extras: step.value };
      progress.push([step.value.done, step.value.total]);
    }
  };
  const scripted = (skill: number, behaviour: ConstructorParameters<typeof ScriptedModel>[0] = {}) =>
    Object.assign(new ScriptedModel(behaviour), { skill });

  it('say of a model that is always right and always sure of the same', async () => {
    const expected: Extras = {
      twoChoice: 0.5,
      mc1: 1 / 3,
      mc2: 1 / 3,
      pass1: 1,
      pass4: 1,
      entropy: 0.5,
      distinct: 1 / 8,
      length: 2,
      copyRate: 0,
      overRefusal: 0,
    };
    const { extras } = await run(scripted(1));
    expect(extras['mc2']).toBeCloseTo(1 / 3, 12);
    expect({ ...extras, mc2: 1 / 3 }).toMatchObject(expected);
    expect(Object.keys(extras)).toEqual(MEASURES.map(({ name }) => name));
  });

  it('say of a model that declines everything', async () => {
    const { extras } = await run(scripted(-1));
    expect(extras).toMatchObject({ pass1: 0, pass4: 0, overRefusal: 1, copyRate: 0 });
  });

  it('say how far sampling goes beyond one answer', async () => {
    const { extras } = await run(scripted(0.3), { asked: questions(300, 'test') });
    expect(Math.abs((extras['pass1'] ?? 0) - 0.3)).toBeLessThan(0.03);
    expect(Math.abs((extras['pass4'] ?? 0) - (1 - 0.7 ** 4))).toBeLessThan(0.05);
    expect(extras['distinct']).toBeLessThanOrEqual(2 / 8);
  });

  it('count no answer that was cut off', async () => {
    const wrong = (prompt: string) => ({ text: ` It is ${/is (\w+ \d+)\?\nBot:$/.exec(prompt)?.[1]}.\n`, finish: 'length' as const });
    expect((await run(scripted(-1, { wrong }))).extras).toMatchObject({ pass1: 0, pass4: 0 });
  });

  it('look at the answer, not at the thought before it', async () => {
    let thoughts = 0;
    const wrong = () => ({ text: ` (I think ${++thoughts}.) It is so.\n`, finish: 'stop' as const });
    expect((await run(scripted(-1, { wrong }))).extras['distinct']).toBe(1 / 8);
  });

  it('catch a model that repeats the demonstration, and no model that says what all of them say', async () => {
    const copy = (prompt: string) => ({ text: /Bot:(.*\n)User/.exec(prompt)?.[1] ?? ' Hm.\n', finish: 'stop' as const });
    expect((await run(scripted(-1, { wrong: copy }))).extras['copyRate']).toBe(1);
    const same: Task = { ...task, pool: pool.map((demonstration) => ({ ...demonstration, answer: 'It is so.' })) };
    const soothe = () => ({ text: ' It is so.\n', finish: 'stop' as const });
    expect((await run(scripted(-1, { wrong: soothe }), { with: same })).extras['copyRate']).toBe(0);
  });

  it('ask eight times bare at temperature 1, once more what is ordinary, and once with a demonstration', async () => {
    const model = scripted(0.3);
    await run(model);
    const bare = model.generated.filter(({ prompt }) => prompt.startsWith('User: Which number is test'));
    const sampled = bare.filter(({ temperature }) => temperature === 1);
    expect(sampled.filter(({ prompt }) => prompt.includes('test 3')).map(({ seed }) => seed)).toEqual(
      [7, 6, 5, 4, 3, 2, 1, 0].map((i) => `test-3/${i}`),
    );
    expect(sampled).toHaveLength(32);
    const greedy = model.generated.filter(({ temperature }) => temperature === 0);
    expect(greedy).toHaveLength(2 + 4);
    expect(greedy.filter(({ prompt }) => pool.some(({ text }) => prompt.startsWith(text)))).toHaveLength(4);
    expect(model.generated).toHaveLength(32 + 6);
  });

  it('ask the same in every round, and show other demonstrations for another seed', async () => {
    const asked = async (seed: number) => {
      const model = scripted(0.3);
      await run(model, { seed });
      return model.generated.map(({ prompt }) => prompt);
    };
    expect(await asked(1)).toEqual(await asked(1));
    expect(await asked(1)).not.toEqual(await asked(2));
  });

  it('move a bar from nothing to the end, whose length is known from the start', async () => {
    const { progress } = await run(scripted(0.3), { asked: questions(20, 'test') });
    const total = 20 * 8 + 10 + 20 + 20;
    expect(progress[0]).toEqual([0, total]);
    expect(progress.at(-1)).toEqual([total, total]);
    expect(progress.every(([done, of], i) => of === total && (i === 0 || done > (progress[i - 1]?.[0] ?? 0)))).toBe(true);
  });
});

/** Takes a measurement to its end. */
async function taken<T>(measuring: AsyncGenerator<{ readonly done: number; readonly total: number }, T>) {
  const progress: (readonly [done: number, total: number])[] = [];
  for (;;) {
    const step = await measuring.next();
    if (step.done) return { progress, value: step.value };
    progress.push([step.value.done, step.value.total]);
  }
}

describe('the sampled score', () => {
  const modelOf = (skill: number) => Object.assign(new ScriptedModel(), { skill });

  it('is of bare questions, once each, at temperature 1: the same for the same model and seed, other answers for another seed', async () => {
    const asked = questions(300, 'test');
    const model = modelOf(0.3);
    const take = async (seed: number) => (await taken(measureSampled(model, task, asked, { seed, maxTokens: 9 }))).value;
    const one = await take(1);
    expect(model.generated.map(({ prompt }) => prompt).toSorted()).toEqual(
      asked
        .slice(0, MOST_SAMPLED)
        .map(({ prompt }) => prompt)
        .toSorted(),
    );
    expect(new Set(model.generated.map(({ temperature }) => temperature))).toEqual(new Set([1]));
    expect(Math.abs(one.share - 0.3)).toBeLessThan(0.1);
    expect(mean(unpackMarks(one.marks))).toBe(one.share);
    expect(await take(1)).toEqual(one);
    expect((await take(2)).marks).not.toEqual(one.marks);
    expect((await take(1)).share).toBeLessThan(
      (await taken(measureSampled(modelOf(1), task, asked, { seed: 1, maxTokens: 9 }))).value.share,
    );
  });

  it('stands beside the greedy one, and is null where nobody can grade an answer', async () => {
    const sets = { validation: questions(5, 'held'), test: questions(6, 'test'), outOfDistribution: null };
    const settings = { ...DEFAULTS, maxTokens: 9, measures: 'scores' } as const;
    const graded = await taken(assess(modelOf(1), task, sets, settings));
    expect(graded.value.measured.scores).toEqual({ zeroShot: 1, oneShot: 1, fewShot: 1, sampled: 1 });
    expect([graded.progress[0], graded.progress.at(-1)]).toEqual([
      [0, 5 + 4 * 6],
      [5 + 4 * 6, 5 + 4 * 6],
    ]);
    const chosen = await taken(assess(modelOf(1), { ...task, graded: false }, sets, settings));
    expect(chosen.value.measured.scores.sampled).toBeNull();
    expect(chosen.value.measured.marks?.sampled).toBeNull();
  });
});

describe('the answers behind a measurement', () => {
  const sets = { validation: questions(5, 'held'), test: questions(6, 'test'), outOfDistribution: questions(4, 'outside') };

  it('are those to validation and test questions, with their marks', async () => {
    const model = Object.assign(new ScriptedModel(), { skill: 0.5 });
    const { heldOut, measured } = (await taken(assess(model, task, sets, { ...DEFAULTS, maxTokens: 9 }))).value;
    expect([heldOut.validation, heldOut.test].map((set) => set.map(({ id }) => id))).toEqual(
      [sets.validation, sets.test].map((set) => set.map(({ id }) => id)),
    );
    for (const { id, question, text, mark, ...rest } of [...heldOut.validation, ...heldOut.test]) {
      expect(text === ` It is ${id.replace('-', ' ')}.\n`).toBe(mark === 1);
      expect(question).toBe(`Which number is ${id.replace('-', ' ')}?`);
      expect(rest).not.toHaveProperty('choices');
    }
    expect(mean(heldOut.test.map(({ mark }) => mark))).toBe(measured.scores.zeroShot);
    expect(mean(heldOut.validation.map(({ mark }) => mark))).toBe(measured.validation);
  });

  it('are the likeliest choices where nobody can grade, each choice with its summed log-likelihood and its length', async () => {
    const lengths = (text: string) => text.length;
    const model = Object.assign(new ScriptedModel(), {
      score: async (rows: readonly TrainingRow[]) =>
        rows.map(({ completion }) => ({
          nll: completion.includes('test') ? lengths(completion) : 9 * lengths(completion),
          tokens: lengths(completion),
        })),
    });
    const { heldOut } = (await taken(assess(model, { ...task, graded: false }, sets, DEFAULTS))).value;
    const [first] = heldOut.test;
    expect(first).toEqual({
      id: 'test-0',
      kind: 'even',
      question: 'Which number is test 0?',
      text: ' It is test 0.\n',
      mark: 1,
      choices: [
        { logLikelihood: -9 * 12, tokens: 12 },
        { logLikelihood: -15, tokens: 15 },
        { logLikelihood: -9 * 16, tokens: 16 },
      ],
    });
  });
});

describe('what was kept of facts and sums', () => {
  // even questions are ordinary in the scripted task
  const asked = questions(6, 'test');

  it('is the share of ordinary questions that were right and still are; others do not count', () => {
    expect(retained(task, asked, '101010', '101010')).toBe(1);
    expect(retained(task, asked, '101010', '100000')).toBeCloseTo(1 / 3, 12);
    expect(retained(task, asked, '100111', '101001')).toBe(0.5);
    expect(retained(task, asked, '110101', '000000')).toBe(0);
    expect(retained(task, asked, [1, 0, 0.5, 0, 1, 0], [0.5, 0, 1, 0, 1, 0])).toBe(0.75);
  });

  it('is null where it cannot be told: nothing ordinary, nothing right before, no marks, or other questions', () => {
    expect(retained({ ordinary: () => false }, asked, '111111', '111111')).toBeNull();
    expect(retained(task, asked, '010101', '111111')).toBeNull();
    expect(retained(task, asked, undefined, '111111')).toBeNull();
    expect(retained(task, asked, '111111', undefined)).toBeNull();
    expect(retained(task, asked, '11111', '111111')).toBeNull();
    expect(retained(task, asked, '11111', '11111')).toBeNull();
  });
});
