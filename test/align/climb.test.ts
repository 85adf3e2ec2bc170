/** What helps a model to climb to harder prompts by its own answers: a majority of several, no short cuts, another measure of what is hard, gates. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blocksOf, mastery, nextPart } from '../../src/align/gate.ts';
import { vote } from '../../src/align/primitives/vote.ts';
import type { MethodEvent } from '../../src/contracts/events.ts';
import type { Completion, GenerateOptions, GenerateRequest } from '../../src/contracts/language-model.ts';
import type { Sample } from '../../src/contracts/records.ts';
import type { Question } from '../../src/contracts/task.ts';
import { Random } from '../../src/random.ts';
import { type RunConfig, DEFAULTS } from '../../src/run/config.ts';
import { bootstrap } from '../../src/run/recipe.ts';
import { MemoryStore } from '../../src/store/runs/memory.ts';
import { question, questions, rightFor, ScriptedModel, task } from '../support/scripted.ts';

type Setup = {
  readonly config?: Partial<RunConfig>;
  readonly model?: ScriptedModel;
  readonly prompts?: readonly Question[];
  readonly validation?: readonly Question[];
};

async function start({ config, model = new ScriptedModel(), prompts, validation = questions(20, 'held') }: Setup = {}) {
  const full: RunConfig = {
    ...DEFAULTS,
    method: 'soft',
    orderScope: 'both',
    rounds: 2,
    prompts: 24,
    epochs: 1,
    batchSize: 4,
    earlyStop: false,
    ...config,
  };
  const store = new MemoryStore();
  const run = await store.createRun(full);
  const ledger = await store.openLedger(run);
  const sets = { validation, test: questions(20, 'test'), outOfDistribution: questions(10, 'outside') };
  const inputs = { run, config: full, task, prompts: prompts ?? questions(full.prompts, 'x'), ...sets, model, ledger };
  return { model, ledger, store, play: () => play(bootstrap(inputs)), begin: () => bootstrap(inputs) };
}

async function play(running: ReturnType<typeof bootstrap>) {
  const events: MethodEvent[] = [];
  for (;;) {
    const step = await running.next();
    if (step.done) return { outcome: step.value, events, samples: placed(events) };
    events.push(step.value);
  }
}

/** The answers as they were trained on. */
const placed = (events: readonly MethodEvent[]): readonly Sample[] => events.flatMap((e) => (e.type === 'ordered' ? e.samples : []));

/** Says `say` of the prompt and of which of its answers it is. */
class Saying extends ScriptedModel {
  readonly #say: (prompt: string, time: number) => string;
  constructor(say: (prompt: string, time: number) => string) {
    super();
    this.#say = say;
  }
  override async *generate(requests: readonly GenerateRequest[], { temperature }: GenerateOptions): AsyncGenerator<Completion> {
    for (const [index, { prompt, seed }] of Random.of('late').shuffle([...requests.entries()])) {
      this.generated.push({ prompt, seed, skill: this.skill, temperature });
      const text = temperature === 0 ? rightFor(prompt) : this.#say(prompt, Number(/-\d+\/(\d+)$/.exec(seed)?.[1] ?? 1));
      yield { index, text, pieces: [text], logProbs: [-0.5], finish: 'stop' };
    }
  }
}

describe('a majority', () => {
  const answers = (...texts: readonly string[]) => texts.map((text) => ({ text: ` ${text}\n`, finish: 'stop' as const }));
  const said = (text: string): string => text;

  it('is what most answers say, as it was said first, with the share of all that say it', () => {
    const all = answers('tower', 'barn', 'tower', 'mill', 'tower');
    expect(vote(all, said)).toEqual({ chosen: all[0], agreement: 3 / 5 });
  });

  it('is the first of equally many', () => {
    const all = answers('barn', 'tower', 'tower', 'barn');
    expect(vote(all, said).chosen).toBe(all[0]);
  });

  it('counts answers that were cut off as agreeing with nobody', () => {
    const all = [...answers('tower'), { text: ' barn', finish: 'length' as const }, { text: ' barn', finish: 'length' as const }];
    expect(vote(all, said)).toEqual({ chosen: all[0], agreement: 1 / 3 });
  });

  it('never depends on which wrong answers the others are', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 9 }), (texts) => {
        const { chosen, agreement } = vote(answers(...texts), said);
        const votes = texts.filter((text) => ` ${text}\n` === chosen.text).length;
        expect(agreement).toBe(votes / texts.length);
        for (const text of texts) expect(texts.filter((other) => other === text).length).toBeLessThanOrEqual(votes);
      }),
    );
  });
});

describe('a prompt that is answered several times', () => {
  it('gives one sample: the majority, with its agreement and its own seed', async () => {
    const model = new Saying((_prompt, time) => (time === 1 ? ' It is wrong.\n' : ' It is most.\n'));
    const { samples } = await (await start({ config: { samples: 5, prompts: 6 }, model })).play();
    expect(samples).toHaveLength(6);
    for (const { completion, agreement, verdict, seed, promptId } of samples) {
      expect([completion, agreement, verdict]).toEqual([' It is most.\n', 0.8, 'kept']);
      expect(seed).toMatch(new RegExp(`/${promptId}/2$`));
    }
    const asked = model.generated.filter(({ seed }) => seed.includes('/round '));
    expect(asked).toHaveLength(30);
    expect(new Set(asked.map(({ seed }) => seed)).size).toBe(30);
    expect(new Set(asked.map(({ prompt }) => prompt)).size).toBe(6); // the same context each time
  });

  it('teaches nothing where too few agree, and the run goes on with the others', async () => {
    const even = (prompt: string): boolean => /x \d*[02468]\?/.test(prompt.slice(prompt.lastIndexOf('User:')));
    const model = new Saying((prompt, time) => (even(prompt) || time === 1 ? ' It is so.\n' : ` It is ${time}.\n`));
    const { samples } = await (await start({ config: { samples: 4, agreement: 0.5, prompts: 8 }, model })).play();
    expect(samples.map(({ kind, verdict, agreement }) => [kind, verdict, agreement])).toEqual(
      questions(8, 'x').map(({ kind }) => (kind === 'even' ? [kind, 'kept', 1] : [kind, 'disagrees', 0.25])),
    );
    expect(model.trained.flatMap(({ rows }) => rows)).toHaveLength(4);
  });

  it('may leave few to learn from, or none, without ending the run', async () => {
    const one = (prompt: string): boolean => prompt.endsWith('is x 1?\nBot:') || prompt.endsWith('is x 9?\nBot:');
    const few = new Saying((prompt, time) => (one(prompt) ? ' It is so.\n' : ` It is ${time}.\n`));
    const { samples } = await (await start({ config: { samples: 3, prompts: 16 }, model: few })).play();
    expect(samples.filter(({ verdict }) => verdict === 'kept')).toHaveLength(2);
    const none = new Saying((_prompt, time) => ` It is ${time}.\n`);
    const { outcome } = await (await start({ config: { samples: 3 }, model: none })).play();
    expect(outcome.rounds.map(({ kept, trainLoss }) => [kept, trainLoss])).toEqual([
      [0, []],
      [0, []],
    ]);
  });

  it('is asked once where the world itself answers, and then has no agreement', async () => {
    const { samples } = await (await start({ config: { samples: 5, answersFrom: 'gold' } })).play();
    for (const sample of samples) expect(sample).not.toHaveProperty('agreement');
  });

  it('in a run that was interrupted anywhere ends as if it had not been', async () => {
    const config = { samples: 3, agreement: 0.5, shortBy: 1, difficulty: 'agreement', method: 'soft+', prompts: 40 } as const;
    const whole = await (await start({ config })).play();
    for (const after of [3, 30, 60, 90, 120]) {
      const resumed = await start({ config });
      const running = resumed.begin();
      for (let i = 0; i < after; i++) await running.next();
      await running.return(undefined as never);
      const { outcome } = await resumed.play();
      expect(outcome).toEqual(whole.outcome);
    }
  });
});

describe('a short answer', () => {
  const say = (prompt: string) => (prompt.endsWith('x 3?\nBot:') ? ' It is.\n' : ' It is three steps and more.\n');

  it('is dropped where others to questions as long are longer', async () => {
    const { samples } = await (await start({ config: { shortBy: 2, prompts: 8, rounds: 1 }, model: new Saying(say) })).play();
    expect(samples.map(({ verdict }) => verdict)).toEqual(questions(8, 'x').map((_, i) => (i === 3 ? 'short' : 'kept')));
  });

  it('is kept by runs that say nothing of it, and where it is only a little shorter', async () => {
    for (const shortBy of [0, 5]) {
      const { samples } = await (await start({ config: { shortBy, prompts: 8, rounds: 1 }, model: new Saying(say) })).play();
      expect(new Set(samples.map(({ verdict }) => verdict))).toEqual(new Set(['kept']));
    }
  });

  it('to a shorter question is no short answer', async () => {
    const longer = (q: Question): Question => ({ ...q, text: `${q.text} Say it at length.`, prompt: `${q.prompt} ` });
    const prompts = questions(8, 'x').map((q, i) => (i === 3 ? q : longer(q)));
    const { samples } = await (await start({ config: { shortBy: 2, prompts: 8, rounds: 1 }, prompts, model: new Saying(say) })).play();
    expect(new Set(samples.map(({ verdict }) => verdict))).toEqual(new Set(['kept']));
  });
});

describe('what is hard', () => {
  const numberOf = (text: string): number => Number(/x (\d+)/.exec(text)?.[1]);
  const inRound = (samples: readonly Sample[], round: number) =>
    samples.filter((sample) => sample.round === round).map(({ promptId }) => numberOf(promptId.replace('-', ' ')));

  it('may be what the base model answers in several ways', async () => {
    // the larger the number, the more answers
    const model = new Saying(
      (prompt, time) => ` It is ${Math.min(time, 1 + (numberOf(prompt.slice(prompt.lastIndexOf('User:'))) % 5))}.\n`,
    );
    const config = { method: 'soft+', orderScope: 'both', difficulty: 'agreement', prompts: 10, rounds: 5, agreement: 0 } as const;
    const { samples } = await (await start({ config, model })).play();
    expect([1, 2, 3, 4, 5].map((round) => inRound(samples, round))).toEqual([
      [0, 5],
      [1, 6],
      [2, 7],
      [3, 8],
      [4, 9],
    ]);
    expect(samples.map(({ difficulty }) => difficulty)).toEqual(
      [0, 0, 0.2, 0.2, 0.4, 0.4, 0.6, 0.6, 0.8, 0.8].map((d) => expect.closeTo(d, 9)),
    );
  });

  it('may be a long question, and then no model is asked', async () => {
    const padded = questions(8, 'x').map((q, i) => ({ ...q, text: `${q.text}${' well'.repeat((5 * i) % 8)}` }));
    const { model, play: go } = await start({
      config: { method: 'soft+', orderScope: 'both', difficulty: 'length', prompts: 8, rounds: 4 },
      prompts: padded,
    });
    const { samples } = await go();
    expect(samples.map(({ difficulty }) => difficulty)).toEqual([5, 6, 7, 8, 9, 10, 11, 12]);
    expect(model.generated.filter(({ seed }) => seed.includes('/draft/'))).toEqual([]);
  });

  it('counts within the rounds too', async () => {
    const padded = questions(8, 'x').map((q, i) => ({ ...q, text: `${q.text}${' well'.repeat((5 * i) % 8)}` }));
    const config = { order: 'hard-to-easy', orderScope: 'within', difficulty: 'length', prompts: 8, rounds: 1 } as const;
    const { samples } = await (await start({ config, prompts: padded })).play();
    const inTraining = samples.toSorted((a, b) => (a.order ?? 0) - (b.order ?? 0)).map(({ difficulty }) => difficulty);
    expect(inTraining).toEqual([12, 11, 10, 9, 8, 7, 6, 5]);
  });
});

describe('a mastery gate', () => {
  const hardness = ({ id }: Question): number => Number(id.split('-')[1]);
  const x = (...numbers: readonly number[]) => numbers.map((n) => question(n, 'x'));

  it('stands behind blocks of as many rounds as it may take, each part as hard as the other', () => {
    expect(blocksOf(x(0, 1, 2, 3, 4, 5, 6, 7, 8, 9), 5, 2)).toEqual([[x(0, 2), x(1, 3)], [x(4, 6), x(5, 7)], [x(8, 9)]]);
  });

  it('looks at the held-out questions that are as hard as its block', () => {
    const validation = questions(10, 'held');
    const [, block = []] = blocksOf(x(0, 1, 2, 3, 4, 5, 6, 7), 4, 2);
    const seen = { marks: { validation: '1111010000', zeroShot: '', oneShot: null, fewShot: null, outOfDistribution: null } };
    expect(mastery(block, seen, { validation, hardness })).toBe(1 / 4); // 4 to 7: 0100
    expect(mastery([x(99)], seen, { validation, hardness })).toBe(1);
  });

  const blocks = [
    ['a1', 'a2'],
    ['b1', 'b2'],
    ['c1', 'c2'],
  ] as const;
  const course = (mastered: (block: number, round: number) => boolean) =>
    Array.from({ length: 6 }, (_, rounds) => nextPart(blocks, rounds, mastered));

  it('is passed at once where its block is mastered; what was left out comes at the end, the hardest first', () => {
    expect(course(() => true)).toEqual(['a1', 'b1', 'c1', 'c2', 'b2', 'a2']);
  });

  it('is passed after its rounds where it never is', () => {
    expect(course(() => false)).toEqual(['a1', 'a2', 'b1', 'b2', 'c1', 'c2']);
  });

  it('never asks a part twice and leaves none out, whatever is mastered', () => {
    fc.assert(
      fc.property(fc.func(fc.boolean()), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 8 }), (mastered, most, count) => {
        const cut = blocksOf(questions(40, 'x'), count, most);
        const asked = Array.from({ length: count }, (_, rounds) => nextPart(cut, rounds, mastered));
        expect(new Set(asked)).toEqual(new Set(cut.flat()));
        expect(nextPart(cut, count, mastered)).toBeNull();
      }),
    );
  });

  it('holds a run back until validation says that it may go on', async () => {
    const padded = (set: string) => questions(8, set).map((q, i) => ({ ...q, text: `${q.text}${' well'.repeat(i)}` }));
    const config = { method: 'soft+', orderScope: 'both', difficulty: 'length', prompts: 8, rounds: 4, gateRounds: 2 } as const;
    const hard = async (gate: number, learn: (skill: number) => number) => {
      const model = new ScriptedModel({ learn });
      const { samples } = await (
        await start({ config: { ...config, gate }, model, prompts: padded('x'), validation: padded('held') })
      ).play();
      return [1, 2, 3, 4].map((round) => Math.max(...samples.filter((s) => s.round === round).map(({ difficulty }) => difficulty ?? 0)));
    };
    expect(await hard(1, () => 1)).toEqual([7, 11, 12, 8]); // all is right after the first round
    expect(await hard(1, () => 0)).toEqual([7, 8, 11, 12]); // nothing ever is
    expect(await hard(0, () => 1)).toEqual([6, 8, 10, 12]); // no gate
  });
});
