/** Every switch of the method does what its label says, on a scripted model. */
import { describe, expect, it } from 'vitest';
import { drawDemonstrations } from '../../src/align/demonstrations.ts';
import { writePrompts } from '../../src/align/prompts.ts';
import { bootstrap } from '../../src/run/recipe.ts';
import type { MethodEvent } from '../../src/contracts/events.ts';
import { rougeL, words } from '../../src/similarity.ts';
import type { Task } from '../../src/contracts/task.ts';
import { type RunConfig, DEFAULTS } from '../../src/run/config.ts';
import { Random } from '../../src/random.ts';
import { MemoryStore } from '../../src/store/runs/memory.ts';
import { pool, question, questions, ScriptedModel, task } from '../support/scripted.ts';

type Setup = { readonly model?: ScriptedModel; readonly with?: Task };

async function play(config: Partial<RunConfig>, { model = new ScriptedModel(), with: wanted = task }: Setup = {}) {
  const full: RunConfig = { ...DEFAULTS, method: 'soft', rounds: 3, prompts: 24, epochs: 1, batchSize: 4, earlyStop: false, ...config };
  const store = new MemoryStore();
  const run = await store.createRun(full);
  const sets = { validation: questions(20, 'held'), test: questions(20, 'test'), outOfDistribution: questions(10, 'outside') };
  const ledger = await store.openLedger(run);
  const running = bootstrap({ run, config: full, task: wanted, prompts: questions(full.prompts, 'x'), ...sets, model, ledger });
  const events: MethodEvent[] = [];
  for (;;) {
    const step = await running.next();
    if (step.done) return { model, outcome: step.value, events, samples: events.flatMap((e) => (e.type === 'sample' ? [e.sample] : [])) };
    events.push(step.value);
  }
}

const numberOf = (text: string): number => Number(/is x (\d+)\?/.exec(text)?.[1]);

describe('simple self-distillation (SSD)', () => {
  it('learns from all raw answers to bare prompts in one round, however they were sampled', async () => {
    const wrong = (prompt: string) =>
      numberOf(prompt) % 2 === 0
        ? { text: ' User: User: User:', finish: 'length' as const }
        : { text: ' Who cares.\n', finish: 'stop' as const };
    const config = { method: 'ssd', demonstrations: 4, principles: true, thoughts: true, temperature: 1.6, oracle: true } as const;
    const { model, samples, outcome } = await play({ ...config, checkpoints: 2 }, { model: new ScriptedModel({ wrong }) });
    expect(samples).toHaveLength(24);
    expect(samples.every(({ question, context }) => context === `User: ${question}\nBot:`)).toBe(true);
    expect(new Set(samples.map(({ verdict }) => verdict))).toEqual(new Set(['kept']));
    expect(samples.some(({ completion }) => completion.startsWith(' User:'))).toBe(true);
    expect(samples.some(({ aligned }) => aligned === false)).toBe(true);
    const own = model.generated.filter(({ seed }) => seed.includes('/round 1/'));
    expect(own.every(({ temperature, skill }) => temperature === 1.6 && skill === 0.3)).toBe(true);
    expect(model.trained.flatMap(({ rows }) => rows)).toHaveLength(24);
    expect(outcome.rounds.map(({ round, kept }) => [round, kept])).toEqual([
      [1, 24],
      [2, 24],
    ]);
  });

  it('leaves out an answer without a word', async () => {
    const wrong = (prompt: string) => ({ text: numberOf(prompt) % 4 === 0 ? '\n' : ' Who cares.\n', finish: 'stop' as const });
    const { samples } = await play({ method: 'ssd' }, { model: new ScriptedModel({ wrong }) });
    expect(new Set(samples.map(({ verdict }) => verdict))).toEqual(new Set(['kept', 'empty']));
    expect(samples.every(({ verdict, completion }) => (verdict === 'empty') === (completion === '\n'))).toBe(true);
  });
});

describe('no training (in-context alignment)', () => {
  it('measures the base model with demonstrations and trains nothing', async () => {
    const { model, outcome, samples } = await play({ method: 'icl' });
    expect([outcome.rounds, outcome.bestRound, outcome.adapter, samples]).toEqual([[], 0, null, []]);
    expect(outcome.base.scores.fewShot).toBeGreaterThan(outcome.base.scores.zeroShot);
    expect(model.trained).toEqual([]);
  });
});

describe('demonstrations', () => {
  const drawn = (config: Partial<RunConfig>, id: number, purpose: string): string[] =>
    drawDemonstrations(task, { ...DEFAULTS, demonstrations: 3, ...config }, question(id, 'x'), purpose).map((d) => d.id);

  it('drawn anew for each prompt differ between prompts and rounds', () => {
    expect(drawn({}, 1, 'round 1')).toEqual(drawn({}, 1, 'round 1'));
    expect(drawn({}, 1, 'round 1')).not.toEqual(drawn({}, 2, 'round 1'));
    expect(drawn({}, 1, 'round 1')).not.toEqual(drawn({}, 1, 'round 2'));
  });

  it('drawn for each round are the same for all its prompts', () => {
    expect(drawn({ draw: 'round' }, 1, 'round 1')).toEqual(drawn({ draw: 'round' }, 2, 'round 1'));
    expect(drawn({ draw: 'round' }, 1, 'round 1')).not.toEqual(drawn({ draw: 'round' }, 1, 'round 2'));
  });

  it('that are fixed never change within a run, and do with the seed', () => {
    expect(drawn({ draw: 'fixed' }, 1, 'round 1')).toEqual(drawn({ draw: 'fixed' }, 9, 'round 3'));
    expect(drawn({ draw: 'fixed' }, 1, 'round 1')).not.toEqual(drawn({ draw: 'fixed', seed: 99 }, 1, 'round 1'));
  });

  it('that are nearest share most words with the question, the nearest last', () => {
    const near = { ...question(1, 'x'), text: 'Which number is pool 7?' };
    const found = drawDemonstrations(task, { ...DEFAULTS, demonstrations: 2, draw: 'nearest' }, near, 'round 1');
    expect(found.at(-1)?.id).toBe('demo-7');
  });

  it('that are nearest are drawn by chance where they are equally near', () => {
    const far = (id: number) => ({ ...question(id, 'x'), text: 'zebra' });
    const drawn = new Set(
      Array.from({ length: 40 }, (_, id) =>
        drawDemonstrations(task, { ...DEFAULTS, demonstrations: 2, draw: 'nearest' }, far(id), 'round 1').map((shown) => shown.id),
      ).flat(),
    );
    expect(drawn.size).toBe(pool.length);
  });

  it('come from a pool of the size asked for', () => {
    const seen = new Set(Array.from({ length: 60 }, (_, i) => drawn({ poolSize: 4 }, i, 'round 1')).flat());
    expect(seen.size).toBe(4);
    expect(new Set(Array.from({ length: 60 }, (_, i) => drawn({}, i, 'round 1')).flat()).size).toBe(pool.length);
  });

  it('can be none', async () => {
    const { samples } = await play({ demonstrations: 0, principles: false });
    for (const { context, question: text } of samples) expect(context).toBe(`User: ${text}\nBot:`);
  });

  it('stand without principles when those are off', async () => {
    const { samples } = await play({ principles: false });
    expect(samples.some(({ context }) => context.includes(task.principles))).toBe(false);
  });
});

describe('internal thoughts', () => {
  it('stand in the demonstrations and are cut off before training', async () => {
    const thinking: Task = { ...task, aligned: (asked, completion) => task.aligned(asked, task.withoutThought(completion)) };
    const model = new ScriptedModel({ wrong: () => ({ text: ' (Hm.) Who cares.\n', finish: 'stop' }) });
    const { samples } = await play({ thoughts: true }, { model, with: thinking });
    expect(samples.every(({ context }) => context.includes('Bot: (I count.) It is'))).toBe(true);
    expect(samples.some(({ completion }) => completion.startsWith(' (Hm.)'))).toBe(true);
    const trained = model.trained.flatMap(({ rows }) => rows.map(({ completion }) => completion));
    expect(trained).toContain(' Who cares.\n');
    expect(trained.some((completion) => completion.includes('('))).toBe(false);
  });
});

describe('where a round starts', () => {
  const learn = (skill: number): number => skill + 0.1;
  const round = (model: ScriptedModel): number[] => model.trained.map(({ from }) => Math.round(10 * from) / 10);

  it('is the round before, unless every round starts from the base model', async () => {
    expect(round((await play({}, { model: new ScriptedModel({ learn }) })).model)).toEqual([0.3, 0.4, 0.5]);
    expect(round((await play({ startFrom: 'base' }, { model: new ScriptedModel({ learn }) })).model)).toEqual([0.3, 0.3, 0.3]);
  });

  it('does not change who answers: the round before, unless the teacher is frozen', async () => {
    const skills = async (config: Partial<RunConfig>): Promise<number[]> => {
      const { model } = await play(config, {
        model: new ScriptedModel({ learn: (skill, _, t) => (skill > 0.35 ? skill : 0.3) + 0.1 * t }),
      });
      const asked = model.generated.filter(({ seed }) => seed.includes('/round '));
      return [1, 2, 3].map((t) => Math.round(10 * (asked.find(({ seed }) => seed.includes(`/round ${t}/`))?.skill ?? 0)) / 10);
    };
    expect(await skills({})).toEqual([0.3, 0.4, 0.6]);
    expect(await skills({ answersFrom: 'base' })).toEqual([0.3, 0.3, 0.3]);
    expect(await skills({ startFrom: 'base' })).toEqual([0.3, 0.4, 0.5]);
  });

  it('is the round before with a fresh adapter after every round but the last, where they are merged', async () => {
    const { model } = await play({ startFrom: 'merged' }, { model: new ScriptedModel({ learn }) });
    expect(round(model)).toEqual([0.3, 0.4, 0.5]);
    expect(model.restarts.map((skill) => Math.round(10 * skill) / 10)).toEqual([0.4, 0.5]);
    expect((await play({ method: 'single', startFrom: 'merged' })).model.restarts).toEqual([]);
    expect((await play({})).model.restarts).toEqual([]);
  });

  it('with a frozen teacher is still the round before', async () => {
    expect(round((await play({ answersFrom: 'base' }, { model: new ScriptedModel({ learn }) })).model)).toEqual([0.3, 0.4, 0.5]);
  });
});

describe('the order', () => {
  const logProb = (prompt: string): number => -0.1 * ((numberOf(prompt) * 7) % 24);
  const trained = ({ model }: { readonly model: ScriptedModel }): number[][] =>
    model.trained.map(({ rows }) => rows.map(({ prompt }) => (numberOf(prompt) * 7) % 24));
  const ascending = (list: readonly number[]): boolean => list.every((value, i) => value >= (list[i - 1] ?? -Infinity));
  const model = (): ScriptedModel => new ScriptedModel({ logProb });

  it('across the rounds puts easy prompts first, or hard ones', async () => {
    const middles = async (order: RunConfig['order']): Promise<number[]> =>
      trained(await play({ order, orderScope: 'both' }, { model: model() })).map((list) => list.reduce((a, b) => a + b, 0) / list.length);
    const easy = await middles('easy-to-hard');
    expect(ascending(easy)).toBe(true);
    const hard = await middles('hard-to-easy');
    expect(ascending(hard.toReversed())).toBe(true);
  });

  it('within a round sorts the pairs and leaves the rounds as they were drawn', async () => {
    const within = trained(await play({ order: 'easy-to-hard', orderScope: 'within' }, { model: model() }));
    expect(within.every(ascending)).toBe(true);
    expect(ascending(within.flat())).toBe(false);
    const both = trained(await play({ order: 'easy-to-hard', orderScope: 'both' }, { model: model() }));
    expect(ascending(both.flat())).toBe(true);
    const down = trained(await play({ order: 'hard-to-easy', orderScope: 'within' }, { model: model() }));
    expect(down.every((list) => ascending(list.toReversed()))).toBe(true);
  });

  it('takes nothing to find out in the first round, where the base model has just answered', async () => {
    let scored = 0;
    class Scoring extends ScriptedModel {
      override score(rows: Parameters<ScriptedModel['score']>[0]) {
        scored += 1;
        return super.score(rows);
      }
    }
    const config = { order: 'easy-to-hard', orderScope: 'within', perplexityModel: 'base' } as const;
    await play({ ...config, rounds: 1 }, { model: new Scoring({ logProb }) });
    expect(scored).toBe(0);
    await play({ ...config, rounds: 3 }, { model: new Scoring({ logProb }) });
    expect(scored).toBe(2);
  });

  it('within a round that learns from all answers so far sorts them all, by their own perplexity', async () => {
    const all = { order: 'easy-to-hard', orderScope: 'within', learnsFrom: 'all' } as const;
    for (const perplexityContext of ['with', 'without'] as const) {
      class Scoring extends ScriptedModel {
        override async score(rows: readonly { readonly prompt: string }[]) {
          return rows.map(({ prompt }) => ({ nll: (numberOf(prompt) * 7) % 24, tokens: 1 }));
        }
      }
      const rounds = trained(await play({ ...all, perplexityContext }, { model: new Scoring({ logProb }) }));
      expect(rounds).toHaveLength(3);
      expect(rounds.map(ascending)).toEqual([true, true, true]);
    }
  });

  it('takes perplexity without demonstrations from the bare pairs, by the model asked for', async () => {
    const scored: { readonly prompts: string[]; readonly skill: number }[] = [];
    class Scoring extends ScriptedModel {
      override async score(rows: readonly { readonly prompt: string; readonly completion: string }[]) {
        scored.push({ prompts: rows.map(({ prompt }) => prompt), skill: this.skill });
        return rows.map(({ prompt }) => ({ nll: numberOf(prompt), tokens: 1 }));
      }
    }
    const config = { order: 'easy-to-hard', orderScope: 'within', perplexityContext: 'without' } as const;
    const { model: previous } = await play(config, { model: new Scoring() });
    for (const { rows } of previous.trained) expect(ascending(rows.map(({ prompt }) => numberOf(prompt)))).toBe(true);
    expect(scored.flatMap(({ prompts }) => prompts).every((prompt) => /^User: [^\n]*\nBot:$/.test(prompt))).toBe(true);
    expect(scored.map(({ skill }) => Math.round(10 * skill) / 10)).toEqual([0.3, 0.5, 0.7]);
    scored.length = 0;
    const { model: base } = await play({ ...config, perplexityModel: 'base' }, { model: new Scoring() });
    expect(scored.map(({ skill }) => skill)).toEqual([0.3, 0.3, 0.3]);
    expect(base.trained.map(({ from }) => Math.round(10 * from) / 10)).toEqual([0.3, 0.5, 0.7]);
  });
});

/** How surprised a model of some skill is by an answer: a number of its own for every text that it reads and every skill. */
const surprise = (read: string, skill: number): number => Random.of('surprise', read, Math.round(100 * skill)).next();

class Surprised extends ScriptedModel {
  constructor() {
    super({ learn: (_, __, time) => 0.3 + 0.2 * time });
  }
  override async *generate(...asked: Parameters<ScriptedModel['generate']>) {
    for await (const completion of super.generate(...asked)) {
      const logProb = -surprise(asked[0][completion.index]?.prompt ?? '', this.skill);
      yield { ...completion, logProbs: [logProb, logProb] };
    }
  }
  override async score(rows: readonly { readonly prompt: string }[]) {
    return rows.map(({ prompt }) => ({ nll: 2 * surprise(prompt, this.skill), tokens: 2 }));
  }
}

describe.each(['previous', 'base'] as const)('with answers from the %s model', (answersFrom) => {
  describe.each(['previous', 'base'] as const)('and rounds that start from the %s one', (startFrom) => {
    it.each([
      ['previous', 'with', 'easy-to-hard'],
      ['previous', 'without', 'easy-to-hard'],
      ['base', 'with', 'easy-to-hard'],
      ['base', 'without', 'easy-to-hard'],
      ['previous', 'with', 'hard-to-easy'],
      ['base', 'with', 'hard-to-easy'],
    ] as const)('perplexity by the %s model %s demonstrations orders the pairs, %s', async (perplexityModel, perplexityContext, order) => {
      const config = { answersFrom, startFrom, perplexityModel, perplexityContext, order, orderScope: 'within' } as const;
      const { model, samples } = await play(config, { model: new Surprised() });
      expect(model.trained).toHaveLength(3);
      for (const [index, { rows, from }] of model.trained.entries()) {
        const own = new Map(samples.filter((s) => s.round === index + 1).map((s) => [`User: ${s.question}\nBot:`, s.context]));
        const skill = perplexityModel === 'base' ? 0.3 : 0.3 + 0.2 * index;
        const read = (prompt: string) => (perplexityContext === 'with' ? (own.get(prompt) ?? '') : prompt);
        const found = rows.map(({ prompt }) => surprise(read(prompt), skill));
        expect(found).toEqual(found.toSorted((a, b) => (order === 'easy-to-hard' ? a - b : b - a)));
        // and the model that is trained is the one that it should be
        expect(from).toBeCloseTo(startFrom === 'base' ? 0.3 : 0.3 + 0.2 * index, 10);
      }
    });
  });
});

describe('how unsure the answers of a round were', () => {
  it('is the mean of -log p of a piece over all of them, kept or not', async () => {
    const logProb = (prompt: string): number => (numberOf(prompt) % 2 === 0 ? -0.2 : -0.6);
    const { outcome, samples } = await play({ oracle: true, prompts: 60 }, { model: new ScriptedModel({ logProb }) });
    expect(samples.some(({ verdict }) => verdict !== 'kept')).toBe(true);
    for (const { round, surprise } of outcome.rounds) {
      const own = samples
        .filter((sample) => sample.round === round)
        .map(({ promptId }) => (Number(promptId.split('-')[1]) % 2 === 0 ? 0.2 : 0.6));
      expect(surprise).toBeCloseTo(own.reduce((sum, value) => sum + value, 0) / own.length, 12);
    }
  });
});

describe('the oracle filter', () => {
  it('keeps only aligned answers and names the reason for the others', async () => {
    const { model, samples } = await play({ oracle: true, prompts: 60 });
    expect(new Set(samples.map(({ verdict }) => verdict))).toEqual(new Set(['kept', 'not-aligned']));
    expect(samples.every(({ verdict, aligned }) => (verdict === 'kept') === aligned)).toBe(true);
    expect(model.trained.flatMap(({ rows }) => rows)).toHaveLength(samples.filter(({ aligned }) => aligned).length);
  });

  it('errs both ways where it is said to, as often as that, and the same way each time; at a half it is a coin', async () => {
    const kept = async (oracleAccuracy: number) => {
      const { samples } = await play({ oracle: true, oracleAccuracy, prompts: 600 });
      return samples.map(({ verdict, aligned }) => ({ kept: verdict === 'kept', aligned: aligned === true }));
    };
    for (const accuracy of [0.5, 0.8]) {
      const judged = await kept(accuracy);
      for (const aligned of [true, false]) {
        const some = judged.filter((sample) => sample.aligned === aligned);
        const right = some.filter((sample) => sample.kept === aligned).length / some.length;
        expect(some.length).toBeGreaterThan(100);
        expect(Math.abs(right - accuracy)).toBeLessThan(4 * Math.sqrt((accuracy * (1 - accuracy)) / some.length));
      }
      expect(await kept(accuracy)).toEqual(judged);
    }
  });

  it('that is right more often is right wherever another is', async () => {
    const right = async (oracleAccuracy: number) => {
      const { samples } = await play({ oracle: true, oracleAccuracy, prompts: 60, rounds: 1 });
      return samples.map(({ verdict, aligned }) => (verdict === 'kept') === aligned);
    };
    const [often, seldom] = [await right(0.9), await right(0.6)];
    expect(seldom.filter(Boolean).length).toBeLessThan(often.filter(Boolean).length);
    expect(seldom.every((was, index) => !was || often[index])).toBe(true);
  });
});

describe('fine-tuning options', () => {
  it('reach the model', async () => {
    const { model } = await play({ schedule: 'cosine', learningRate: 0.02, batchSize: 8 });
    for (const { options } of model.trained) expect(options).toMatchObject({ schedule: 'cosine', learningRate: 0.02, batchSize: 8 });
  });
});

describe('prompts that the model writes itself', () => {
  /** Writes questions about numbers that grow, each twice, and now and then one that is held out. */
  class Writer extends ScriptedModel {
    #count = 0;
    override async *generate(...args: Parameters<ScriptedModel['generate']>): ReturnType<ScriptedModel['generate']> {
      const [requests, options] = args;
      if (!requests[0]?.seed.includes('/write/')) return yield* super.generate(requests, options);
      for (const index of requests.keys()) {
        const n = this.#count++ >> 1;
        const text = n % 5 === 0 ? ` held ${n}?\n` : ` ${n}?\n`;
        yield { index, text, pieces: [text], logProbs: [-1], finish: 'stop' };
      }
    }
  }

  it('are as many as asked for, without near-duplicates and held-out questions, and are answered', async () => {
    const own = (text: string) => (text.includes('held') ? null : { id: `own/${text}`, kind: 'own', text, prompt: `User: ${text}\nBot:` });
    const { samples, events } = await play({ promptSource: 'own' }, { model: new Writer(), with: { ...task, own } });
    expect(samples).toHaveLength(24);
    expect(samples.every(({ promptId }) => promptId.startsWith('own/') && !promptId.includes('held'))).toBe(true);
    const all = samples.map(({ question: text }) => words(text));
    for (const [i, a] of all.entries()) for (const b of all.slice(i + 1)) expect(rougeL(a, b)).toBeLessThanOrEqual(0.9);
    expect(events[0]).toMatchObject({ type: 'progress', phase: 'write', done: 0, total: 24 });
  });

  it('are refused with WORLD_EXHAUSTED when the model has nothing new to ask', async () => {
    const same = new ScriptedModel();
    same.generate = async function* (requests) {
      for (const index of requests.keys()) yield { index, text: ' 7?\n', pieces: [], logProbs: [], finish: 'stop' };
    };
    const writing = writePrompts(same, task, { seed: 1, prompts: 24 });
    await expect(
      (async () => {
        for await (const _ of writing) void _;
      })(),
    ).rejects.toMatchObject({ code: 'WORLD_EXHAUSTED' });
  });
});

describe('ROUGE-L', () => {
  it('is the harmonic mean of the common part in either text, in order', () => {
    // common subsequence "where is the": 3 of 4 words and 3 of 5 words
    expect(rougeL(words('Where is the bell?'), words('Where is the red boat?'))).toBeCloseTo(6 / 9, 12);
    expect(rougeL(['a', 'b'], ['b', 'a'])).toBe(0.5);
    expect(rougeL([], ['a'])).toBe(0);
    expect(rougeL(['a', 'b', 'c'], ['a', 'b', 'c'])).toBe(1);
  });
});

describe('measures', () => {
  it('of everything come with every round, those of scores alone without', async () => {
    const { outcome } = await play({ measures: 'all' });
    expect(outcome.base.extras).toMatchObject({ mc1: expect.any(Number), entropy: expect.any(Number) });
    expect(outcome.rounds.every(({ extras }) => extras !== null)).toBe(true);
    expect((await play({})).outcome.base.extras).toBeNull();
  });
});
