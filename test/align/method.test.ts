import { ordersOf } from '../../src/run/recipe.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { epochOrder, perplexity, perplexityOf, sorted, split } from '../../src/align/difficulty.ts';
import { judge } from '../../src/align/filters/judge.ts';
import { bestRound, pairedError, shouldStop, unpairedError } from '../../src/align/validation.ts';
import { assess } from '../../src/evals/assess.ts';
import { packMarks, unpackMarks } from '../../src/marks.ts';
import { measure } from '../../src/evals/generation.ts';
import type { Demonstration, Question } from '../../src/contracts/task.ts';
import { type RunConfig, DEFAULTS } from '../../src/run/config.ts';
import { pool, questions, rightFor, ScriptedModel, task } from '../support/scripted.ts';

const asked: Question = { id: 'q', kind: 'fact', text: 'Where is the rope?', prompt: 'User: Where is the rope?\nBot:' };
const shown: Demonstration = {
  id: 'd',
  question: 'Where is the bell?',
  answer: 'The bell is in the tower.',
  text: 'User: Where is the bell?\nBot: The bell is in the tower.\n',
  thoughtText: 'User: Where is the bell?\nBot: (I know this.) The bell is in the tower.\n',
};

describe('an answer', () => {
  const verdict = (completion: string, extra: { finish?: 'length'; question?: Question; demonstrations?: Demonstration[] } = {}) =>
    judge(
      { question: asked, completion, finish: 'stop', demonstrations: [shown], agreement: 1, longest: null, aligned: null, ...extra },
      DEFAULTS,
    );

  it.each([
    [' The rope is in the barn.\n', 'kept'],
    [' \n', 'empty'],
    [' ...\n', 'empty'],
    [' Where is the rope? It is gone.\n', 'repeats-prompt'],
    [' User: Where is the bell?\n', 'new-turn'],
    [' In the barn. Rules: Be kind.\n', 'new-turn'],
    [' go away fool go away fool\n', 'repeats-itself'],
    [' It is very, very far. Bye bye, bye bye.\n', 'kept'],
    [' The bell is in the tower.\n', 'copied'],
  ])('%j is %s', (completion, expected) => {
    expect(verdict(completion)).toBe(expected);
  });

  it.each([
    [' The rope is in the', 'length', 'dropUnfinished'],
    [' User: Where is the bell?\n', 'stop', 'dropNewTurn'],
    [' Where is the rope? It is gone.\n', 'stop', 'dropRepeatsPrompt'],
    [' go away fool go away fool\n', 'stop', 'dropRepeatsItself'],
    [' The bell is in the tower.\n', 'stop', 'dropCopied'],
  ] as const)('%j is kept when its filter alone is off', (completion, finish, filter) => {
    const candidate = { question: asked, completion, finish, demonstrations: [shown], agreement: 1, longest: null, aligned: null };
    expect(judge(candidate, DEFAULTS)).not.toBe('kept');
    expect(judge(candidate, { ...DEFAULTS, [filter]: false })).toBe('kept');
    for (const other of ['dropUnfinished', 'dropNewTurn', 'dropRepeatsPrompt', 'dropRepeatsItself', 'dropCopied'] as const) {
      if (other !== filter) expect(judge(candidate, { ...DEFAULTS, [other]: false })).not.toBe('kept');
    }
  });

  it('that was cut off never teaches where an answer ends', () => {
    expect(verdict(' The rope is in the', { finish: 'length' })).toBe('unfinished');
  });

  it('may use the words of a demonstration where they are right', () => {
    const question = { ...asked, text: 'How do I paint the rope?' };
    const demonstration = { ...shown, question: 'How do I paint the bell?', answer: 'Sure. Use a small brush.' };
    expect(verdict(' Sure. Use a small brush.\n', { question, demonstrations: [demonstration] })).toBe('kept');
    expect(verdict(' The bell is in the tower.\n', { question: { ...asked, text: 'Where is the bell now?' } })).toBe('kept');
  });
});

describe('an honest answer', () => {
  const verdict = (text: string, completion: string, demonstrations: readonly Demonstration[] = []) =>
    judge(
      { question: { ...asked, text }, completion, finish: 'stop', demonstrations, agreement: 1, longest: null, aligned: null },
      DEFAULTS,
    );

  it.each([
    ['Hi', 'This is fine.'],
    ['What is it?', 'What is it? It is a bell.'],
    ['How tall is a giraffe?', 'A giraffe is tall. Giraffes grow.'],
  ])('to “%s” may have its words in it: “%s”', (text, completion) => {
    expect(verdict(text, completion)).toBe('kept');
  });

  it('is dropped where it says a whole question again', () => {
    expect(verdict('Where does the giraffe live?', 'Where does the giraffe live? In Africa.')).toBe('repeats-prompt');
  });

  it('may be a stock answer that a demonstration gave too, where they share no more than words that are in any text', () => {
    const stock = { ...shown, question: 'What can I do for a cold?', answer: 'Drink tea, and rest for the day.' };
    expect(verdict('I feel tired, help me.', 'Drink tea, and rest for the day.', [stock])).toBe('kept');
    const other = { ...shown, question: 'What helps with a cold?', answer: 'A cold needs tea.' };
    expect(verdict('I feel tired, help me.', 'A cold needs tea.', [other])).toBe('copied');
  });
});

describe('difficulty', () => {
  it('is the exponential of the mean negative log-likelihood', () => {
    expect(perplexity([Math.log(0.5), Math.log(0.125)])).toBeCloseTo(4, 12);
    expect(perplexity([0, 0, 0])).toBe(1);
    expect(perplexity([])).toBe(1);
    expect([perplexityOf({ nll: 2, tokens: 2 }), perplexityOf({ nll: 0, tokens: 0 }), perplexityOf(undefined)]).toEqual([Math.E, 1, 1]);
  });

  it('orders from easy to hard, or the other way, and keeps ties as they were', () => {
    const items = [
      { d: 2, n: 'a' },
      { d: 1, n: 'b' },
      { d: 2, n: 'c' },
      { d: 1, n: 'd' },
    ];
    const order = (way: Parameters<typeof sorted>[2]) => sorted(items, (item) => item.d, way).map((item) => item.n);
    expect(order('easy-to-hard')).toEqual(['b', 'd', 'a', 'c']);
    expect(order('hard-to-easy')).toEqual(['a', 'c', 'b', 'd']);
    expect(order('none')).toEqual(['a', 'b', 'c', 'd']);
  });

  it('counts within the rounds for SOFT+, nowhere for SOFT, and where the options say', () => {
    const of = (config: Partial<RunConfig>) => Object.values(ordersOf({ ...DEFAULTS, ...config }));
    expect(of({ method: 'soft+' })).toEqual(['none', 'easy-to-hard']);
    expect(of({ method: 'soft+', orderScope: 'across' })).toEqual(['easy-to-hard', 'none']);
    expect(of({ method: 'soft' })).toEqual(['none', 'none']);
    expect(of({ method: 'soft', order: 'hard-to-easy', orderScope: 'both' })).toEqual(['hard-to-easy', 'hard-to-easy']);
    expect(of({ method: 'soft', order: 'easy-to-hard', orderScope: 'within' })).toEqual(['none', 'easy-to-hard']);
    expect(of({ method: 'soft+', orderScope: 'both' })).toEqual(['easy-to-hard', 'easy-to-hard']);
    expect(of({ method: 'soft+', order: 'none', orderScope: 'both' })).toEqual(['none', 'none']);
  });

  it('cuts prompts into rounds whose sizes differ by at most one, losing none', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.integer({ min: 1, max: 8 }), (items, parts) => {
        const blocks = split(items, parts);
        expect(blocks.flat()).toEqual(items);
        const sizes = blocks.map((block) => block.length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('leaves the order of an epoch to (seed, round, epoch) alone', () => {
    const items = Array.from({ length: 30 }, (_, i) => i);
    const order = (seed: number, round: number, epoch: number) => epochOrder(items, { seed, round, epoch });
    expect(order(1, 2, 0)).toEqual(order(1, 2, 0));
    expect(order(1, 2, 0).toSorted((a, b) => a - b)).toEqual(items);
    for (const other of [order(2, 2, 0), order(1, 1, 0), order(1, 2, 1)]) expect(other).not.toEqual(order(1, 2, 0));
  });
});

describe('the validation score', () => {
  it('picks the best round, the earliest of equals, the base model among them', () => {
    expect(bestRound([0.5, 0.8, 0.9, 0.9])).toBe(2);
    expect(bestRound([0.5, 0.4])).toBe(0);
  });

  /** Marks of 100 questions: `both` right in both rounds, `lost` right in the first alone, `won` in the second alone. */
  const marksOf = (both: number, lost: number, won: number) => {
    const rest = 100 - both - lost - won;
    const marks = (first: boolean) =>
      '1'.repeat(both) + (first ? '1' : '0').repeat(lost) + (first ? '0' : '1').repeat(won) + '0'.repeat(rest);
    return { scores: [0, (both + lost) / 100, (both + won) / 100], marks: ['0'.repeat(100), marks(true), marks(false)] };
  };
  const stops = (both: number, lost: number, won: number) => {
    const { scores, marks } = marksOf(both, lost, won);
    return shouldStop(scores, 100, marks);
  };

  it('stops on a fall of more than one standard error, paired over the questions, and not on a smaller one', () => {
    // 12 lost and 8 won: a fall of 4 points, variance of a difference 0.2 - 0.04²
    const { marks } = marksOf(80, 12, 8);
    const [, first = [], second = []] = marks.map(unpackMarks);
    expect(pairedError(second, first)).toBeCloseTo(Math.sqrt((0.2 - 0.04 ** 2) / 99), 12);
    expect(stops(80, 12, 8)).toBe(false);
    // the same fall with the same answers otherwise: 4 lost, none won
    expect(stops(88, 4, 0)).toBe(true);
    expect(stops(0, 40, 0)).toBe(true);
    // and of three answers in a thousand
    const [all, three] = ['1'.repeat(1000), `${'1'.repeat(997)}000`];
    expect(shouldStop([0, 1, 0.997], 1000, ['0'.repeat(1000), all, three])).toBe(true);
    expect(stops(50, 0, 10)).toBe(false);
    expect(shouldStop([0.5], 100, ['01'])).toBe(false);
  });

  it('never stops because of a single question, right though all others were', () => {
    for (let both = 0; both < 100; both++) expect(stops(both, 1, 0)).toBe(false);
    expect(shouldStop([0.5, 1, 0.99], 100)).toBe(false);
    expect(shouldStop([0, 1, 0], 1, ['0', '1', '0'])).toBe(false);
    expect([pairedError([0], [1]), pairedError([], [])]).toEqual([Infinity, Infinity]);
  });

  it('counts a question by its part where a tie was half right', () => {
    const half = [1, 1, 1, 0.5, 0.5, 1, 1, 1];
    expect(pairedError(half, [1, 1, 1, 1, 1, 1, 1, 1])).toBeCloseTo(Math.sqrt((2 * 0.375 ** 2 + 6 * 0.125 ** 2) / 56), 12);
    expect(shouldStop([0, 1, 0.875], 8, ['00000000', '11111111', half])).toBe(true);
  });

  it('compares rounds without marks as if their questions differed, with an error that is never 0', () => {
    expect(unpairedError(1, 1, 100)).toBeCloseTo(Math.sqrt((2 * (102 * 2)) / 104 ** 3), 12);
    for (const marks of [[], [undefined, undefined, undefined], ['', '1', '11']]) {
      expect(shouldStop([0.5, 0.9, 0.84], 100, marks)).toBe(true);
      expect(shouldStop([0.5, 0.9, 0.86], 100, marks)).toBe(false);
      expect(shouldStop([0.5, 0.7, 0.9], 100, marks)).toBe(false);
      expect(shouldStop([0.5], 100, marks)).toBe(false);
    }
  });

  it('needs a larger fall without marks than with them, where the same questions mostly get the same answers', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 90 }), fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 4 }), (both, lost, won) => {
        const { scores, marks } = marksOf(both, lost, won);
        if (shouldStop(scores, 100)) expect(shouldStop(scores, 100, marks)).toBe(true);
      }),
    );
  });
});

describe('marks', () => {
  it('are kept as digits where they can be, and always come back as they were', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.oneof(fc.array(fc.constantFrom(0, 1)), fc.array(share)), (marks) => {
        expect(unpackMarks(packMarks(marks))).toEqual(marks);
      }),
    );
    expect([packMarks([1, 0, 1]), packMarks([1, 0.5])]).toEqual(['101', [1, 0.5]]);
  });
});

describe('a measurement', () => {
  it('asks zero-shot bare, one-shot with a demonstration, few-shot with four and the principles', async () => {
    const model = new ScriptedModel();
    const measuring = measure(model, task, questions(5, 'test'), { settings: ['zeroShot', 'oneShot', 'fewShot'], seed: 1, maxTokens: 9 });
    let step = await measuring.next();
    const counts: number[] = [];
    for (; !step.done; step = await measuring.next()) counts.push(step.value.done);
    expect(counts).toEqual(Array.from({ length: 16 }, (_, i) => i));
    const turns = model.generated.map(({ prompt }) => [prompt.split('User:').length - 2, prompt.startsWith(task.principles)].join());
    for (const [setting, count] of Object.entries({ '0,false': 5, '1,false': 5, '4,true': 5 })) {
      expect(turns.filter((turn) => turn === setting)).toHaveLength(count);
    }
    expect(model.generated.every(({ temperature }) => temperature === 0)).toBe(true);
  });

  it('counts an answer only if the task grades it right and it ended by itself', async () => {
    const share = async (model: ScriptedModel) => {
      const measuring = measure(model, task, questions(10, 'test'), { settings: ['zeroShot'], seed: 1, maxTokens: 9 });
      for (;;) {
        const step = await measuring.next();
        if (step.done) return step.value;
      }
    };
    const model = new ScriptedModel();
    model.skill = 1;
    const all = await share(model);
    expect(all).toMatchObject({ shares: { zeroShot: 1 }, marks: { zeroShot: '1111111111' }, byKind: { even: 1, odd: 1 } });
    const asked = questions(10, 'test').map(({ id, kind, text, prompt }) => ({
      id,
      kind,
      question: text,
      text: rightFor(prompt),
      mark: 1,
    }));
    expect(all.answers).toEqual(asked);
    model.skill = -1;
    const none = { shares: { zeroShot: 0 }, marks: { zeroShot: '0000000000' }, byKind: { even: 0, odd: 0 } };
    expect(await share(model)).toMatchObject(none);
    const cut = new ScriptedModel({ wrong: (prompt) => ({ text: rightFor(prompt), finish: 'length' }) });
    cut.skill = -1;
    expect(await share(cut)).toMatchObject(none);
  });

  it('shows a question the same demonstrations in every round, and others for another seed', async () => {
    const prompts = async (seed: number) => {
      const model = new ScriptedModel();
      for await (const _ of measure(model, task, questions(6, 'test'), { settings: ['oneShot'], seed, maxTokens: 9 })) void _;
      return model.generated.map(({ prompt }) => prompt);
    };
    expect(await prompts(1)).toEqual(await prompts(1));
    expect(await prompts(1)).not.toEqual(await prompts(2));
    expect((await prompts(1)).every((prompt) => pool.some((d) => prompt.startsWith(d.text)))).toBe(true);
  });
});

describe('a measurement that does not fit into what the model reads', () => {
  it('is left out, not counted as asked, and is null beside the others', async () => {
    const leftOut = [{ what: 'fewShot', needs: 700, has: 512 } as const];
    const sets = { validation: questions(5, 'held'), test: questions(6, 'test'), outOfDistribution: null, leftOut };
    const model = new ScriptedModel();
    const measuring = assess(model, task, sets, { ...DEFAULTS, maxTokens: 9, measures: 'scores' });
    let total = 0;
    for (;;) {
      const step = await measuring.next();
      if (step.done) {
        const { scores, marks, leftOut: missing } = step.value.measured;
        const number = expect.any(Number) as number;
        expect(scores).toEqual({ zeroShot: number, oneShot: number, fewShot: null, sampled: number });
        expect(marks).toMatchObject({ oneShot: expect.any(String) as string, fewShot: null });
        expect(missing).toEqual(leftOut);
        break;
      }
      total = step.value.total;
    }
    expect(total).toBe(5 + 3 * 6);
    expect(model.generated.some(({ prompt }) => prompt.includes(task.principles))).toBe(false);
  });
});
