/** A run of the method on an alignment kit, on a scripted model: what it learns from, what is measured, and what nobody can know. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TrainingRow } from '../../src/contracts/language-model.ts';
import { bootstrap } from '../../src/run/recipe.ts';
import type { MethodEvent } from '../../src/contracts/events.ts';
import { assess } from '../../src/evals/assess.ts';
import { compare } from '../../src/comparison/compare.ts';
import { measureByLikelihood } from '../../src/evals/likelihood.ts';
import { conversations } from '../../src/files/out/conversations.ts';
import type { KitQuestion } from '../../src/files/in/questions.ts';
import { Dialogue } from '../../src/kit/dialogue.ts';
import { taskOfKit } from '../../src/kit/task.ts';
import { templateOf } from '../../src/lab/tasks.ts';
import { type RunConfig, DEFAULTS } from '../../src/run/config.ts';
import { MemoryStore } from '../../src/store/runs/memory.ts';
import { AlignedMark } from '../../src/ui/run/now.tsx';
import { shareText } from '../../src/shares.ts';
import { UNGRADED } from '../../src/ui/words.ts';
import { chatml, choice, END, formatOf, kit, KitModel, questionsOf, task, tokenizer } from '../support/kit-data.ts';
import { RESULT } from '../support/ledger-data.ts';

async function play(change: Partial<RunConfig> = {}, stopAfter = Infinity, ledger: { store: MemoryStore; run: string } | null = null) {
  const config: RunConfig = { ...DEFAULTS, method: 'soft', rounds: 2, prompts: 16, epochs: 1, batchSize: 4, earlyStop: false, ...change };
  const store = ledger?.store ?? new MemoryStore();
  const run = ledger?.run ?? (await store.createRun(config));
  const model = new KitModel();
  const questions = questionsOf(kit, chatml, config);
  const running = bootstrap({ run, config, task, ...questions, model, ledger: await store.openLedger(run) });
  const events: MethodEvent[] = [];
  for (;;) {
    const step = await running.next();
    const samples = events.flatMap((event) => (event.type === 'sample' ? [event.sample] : []));
    if (step.done) return { config, model, events, samples, outcome: step.value, store, run };
    events.push(step.value);
    if (events.length >= stopAfter) {
      await running.return(undefined as never);
      return { config, model, events, samples, outcome: null, store, run };
    }
  }
}

describe('a run on a kit', () => {
  it('goes through its rounds and returns the best on the validation questions', async () => {
    const { outcome, samples, model } = await play();
    expect(samples).toHaveLength(16);
    expect(new Set(samples.map(({ verdict }) => verdict))).toEqual(new Set(['kept']));
    expect(outcome?.rounds.map(({ prompts, kept }) => [prompts, kept])).toEqual([
      [8, 8],
      [8, 8],
    ]);
    const [base, ...rounds] = [outcome?.base.validation ?? 0, ...(outcome?.rounds ?? []).map(({ validation }) => validation)];
    expect(Math.max(...rounds)).toBeGreaterThan(base);
    expect(outcome?.bestRound).toBeGreaterThan(0);
    expect(model.trained).toHaveLength(2);
  });

  it('grades no free answer, and says so', async () => {
    const { outcome, samples } = await play();
    expect(new Set(samples.map(({ aligned }) => aligned))).toEqual(new Set([null]));
    expect(outcome?.rounds.map(({ labelQuality, outOfDistribution }) => [labelQuality, outOfDistribution])).toEqual([
      [null, null],
      [null, null],
    ]);
    expect(outcome?.base.outOfDistribution).toBeNull();
  });

  it('trains on the user’s turn alone and the answer with its end, without principles, demonstrations and thoughts', async () => {
    const { model, samples } = await play({ thoughts: true });
    expect(
      samples.every(({ context }) => context.startsWith('<|im_start|>system\n1 (right)') && context.includes('Thought: I count')),
    ).toBe(true);
    expect(samples.every(({ completion }) => completion.startsWith('Thought: '))).toBe(true);
    for (const { prompt, completion } of model.trained.flatMap(({ rows }) => rows)) {
      const [, number] = /^<\|im_start\|>user\nSay something about item (\d+)\.<\|im_end\|>\n<\|im_start\|>assistant\n$/.exec(prompt) ?? [];
      expect(completion).toBe(`Well, ${number} it is.${END}`);
    }
  });

  it('learns in the order of difficulty, as in the small world', async () => {
    const { model, samples } = await play({ method: 'soft+', orderScope: 'both' });
    const numbers = model.trained.flatMap(({ rows }) => rows.map(({ prompt }) => Number(/item (\d+)/.exec(prompt)?.[1])));
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    expect(samples.every(({ difficulty }) => difficulty !== null)).toBe(true);
  });

  it('that was interrupted anywhere goes on to the same result', async () => {
    const whole = await play();
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: whole.events.length }), async (stopAfter) => {
        const broken = await play({}, stopAfter);
        const resumed = await play({}, Infinity, broken);
        expect(resumed.outcome).toEqual(whole.outcome);
      }),
      { numRuns: 10 },
    );
  });

  it('refuses the oracle filter with a sentence, before anything is done', async () => {
    await expect(play({ oracle: true })).rejects.toMatchObject({ code: 'OPTION_RANGE', detail: expect.stringContaining('switch it off') });
  });

  it('compares with others by what was measured, and leaves out what was not', async () => {
    const { outcome, config } = await play();
    if (outcome === null) throw new Error('no outcome');
    const { base, rounds, bestRound } = outcome;
    const result = { ...RESULT, method: config.method, base: base.scores, baseMeasured: base, rounds, bestRound, config };
    const [row] = compare([{ name: 'SOFT', results: [result] }], 'SOFT').arms;
    expect(row?.outOfDistribution).toBeNull();
    expect(row?.curve.map(({ labelQuality }) => labelQuality)).toEqual([null, null, null]);
    expect(row?.score.mean).toBe(rounds.find(({ round }) => round === bestRound)?.zeroShot);
  });
});

describe('the page', () => {
  it('shows a dash in place of a grade, and says why', () => {
    expect(AlignedMark({ aligned: null }).props).toMatchObject({ title: UNGRADED, children: '– not graded' });
    expect([shareText(null), shareText(0.5)]).toEqual(['–', '50%']);
  });
});

describe('what is taken home', () => {
  it('has the answers without the names of special tokens', async () => {
    const { samples } = await play({ thoughts: true });
    const [first] = conversations(samples, { said: (completion) => task.said(completion) });
    expect(first?.messages.at(-1)?.content).toMatch(/^Well, \d+ it is\.$/);
  });
});

describe('prompts that a chat model writes itself', () => {
  it('are one question each, on the topics of the kit', async () => {
    const { samples, model } = await play({ promptSource: 'own', prompts: 8 });
    expect(samples).toHaveLength(8);
    for (const { question, kind } of samples)
      expect([question, kind]).toEqual([expect.stringMatching(/^Which of the (?:cats|dogs) is called \d+\?$/), 'own']);
    expect(model.generated[0]?.prompt).toMatch(
      /^<\|im_start\|>user\nWrite one question .* Topic: (?:cats|dogs)\.<\|im_end\|>\n<\|im_start\|>assistant\nWhat is pool \d\?<\|im_end\|>\n/,
    );
  });

  it('are never one of the questions that it is measured by, nor nearly one', () => {
    for (const { prompt } of [...kit.test, ...kit.validation, ...kit.demonstrations]) {
      expect(task.own(prompt)).toBeNull();
      expect(task.own(`${prompt.toUpperCase()}!`)).toBeNull();
    }
    expect(task.own('Why do cats purr?')).toMatchObject({ text: 'Why do cats purr?', kind: 'own' });
  });
});

describe('measuring by choices', () => {
  const asked = (rows: readonly KitQuestion[]) => questionsOf({ ...kit, test: rows }, chatml, { ...DEFAULTS, prompts: 1 }).test;
  const scorer = (scores: Readonly<Record<string, readonly [nll: number, tokens: number]>>) =>
    Object.assign(new KitModel(), {
      score: async (rows: readonly TrainingRow[]) =>
        rows.map(({ completion }) => {
          const [nll, tokens] = scores[chatml.said(completion)] ?? [0, 0];
          return { nll, tokens };
        }),
    });
  const result = async (model: KitModel, rows: readonly KitQuestion[], by = task, questions = asked(rows)) => {
    const measuring = measureByLikelihood(model, by, questions, { settings: ['zeroShot'], seed: 1 });
    for (;;) {
      const step = await measuring.next();
      if (step.done) return step.value;
    }
  };
  const two: KitQuestion = { ...choice(0, 'by-hand'), choices: ['short', 'rather long'], correct: [1] };
  const three: KitQuestion = { ...choice(1, 'by-hand'), choices: ['x', 'y', 'z'], correct: [0, 2] };

  it('counts a question as right when a right answer is likeliest for each token, not when it is the shortest', async () => {
    // 1.5 against 2 nats a token, though the sum is larger
    expect((await result(scorer({ short: [4, 2], 'rather long': [12, 8] }), [two])).shares).toEqual({ zeroShot: 1 });
    expect((await result(scorer({ short: [2, 2], 'rather long': [12, 8] }), [two])).shares).toEqual({ zeroShot: 0 });
  });

  it('counts any of several right answers, and a tie by its part that is right', async () => {
    expect((await result(scorer({ x: [3, 1], y: [2, 1], z: [1, 1] }), [three])).shares.zeroShot).toBe(1);
    expect((await result(scorer({ x: [1, 1], y: [1, 1], z: [1, 1] }), [three])).shares.zeroShot).toBeCloseTo(2 / 3, 12);
    expect((await result(scorer({ x: [1, 1], y: [1, 1], z: [2, 1] }), [three])).shares.zeroShot).toBe(0.5);
  });

  it.each([
    ['as it is', '', ''],
    ['after a thought that is left to the model', '<think>\\n\\n</think>\\n\\n', '<think>\n\n</think>\n\n'],
  ])('scores an answer with the frame of its turn, and shows it without: %s', async (_, written, lead) => {
    const turns = `{%- for m in messages %}{{- '<|im_start|>' + m.role + '\\n' + ('${written}' if m.role == 'assistant' else '') + m.content + '${END}\\n' }}{%- endfor %}`;
    const format = formatOf(`${turns}{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}`);
    const dialogue = new Dialogue(templateOf({ tokenizer, format }, true));
    const model = new KitModel();
    const { test } = questionsOf({ ...kit, test: [two, three] }, dialogue, { ...DEFAULTS, prompts: 1 });
    const { answers } = await result(model, [], taskOfKit(kit, dialogue), test);
    expect(model.scored.map(({ completion }) => completion).toSorted()).toEqual(
      [...two.choices, ...three.choices].map((text) => `${lead}${text}${END}`).toSorted(),
    );
    for (const { id, text } of answers) expect((id === two.id ? two : three).choices).toContain(text);
  });

  it('tells the two forms apart, because a guess is worth more in one', async () => {
    const model = scorer({ short: [1, 1], 'rather long': [2, 1], x: [1, 1], y: [2, 1], z: [2, 1] });
    expect((await result(model, [two, three])).byKind).toEqual({ 'two-choice': 0, 'multiple-choice': 1 });
  });

  it('is the share that the model knows, in every context, and generates nothing', async () => {
    const model = new KitModel();
    model.skill = 1;
    const { prompts: _, ...sets } = questionsOf(kit, chatml, { ...DEFAULTS, prompts: 1 });
    const measuring = assess(model, task, sets, { ...DEFAULTS, measures: 'scores' });
    const progress: (readonly [number, number])[] = [];
    for (;;) {
      const step = await measuring.next();
      if (step.done) {
        expect(step.value.measured).toMatchObject({
          scores: { zeroShot: 1, oneShot: 1, fewShot: 1, sampled: null },
          validation: 1,
          outOfDistribution: null,
        });
        break;
      }
      progress.push([step.value.done, step.value.total]);
    }
    expect(model.generated).toEqual([]);
    expect([progress[0], progress.at(-1)]).toEqual([
      [0, 10 + 3 * 12],
      [10 + 3 * 12, 10 + 3 * 12],
    ]);
    const contexts = new Set(
      model.scored.map(({ prompt }) => `${prompt.includes('1 (right)')} ${prompt.split('<|im_start|>user').length - 2}`),
    );
    expect(contexts).toEqual(new Set(['false 0', 'false 1', 'true 4']));
  });

  it('with everything measured leaves out what needs a grade', async () => {
    const { outcome } = await play({ measures: 'all', method: 'icl' });
    expect(outcome?.base.extras).toMatchObject({ pass1: null, pass4: null, overRefusal: null });
    expect(outcome?.base.extras?.['distinct']).toBe(1 / 8);
  });
});
