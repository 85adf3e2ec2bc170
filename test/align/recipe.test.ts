/** What a round trains on and how, as the program promises it: in numbers that a reader can check, on a scripted model. */
import { describe, expect, it } from 'vitest';
import type { GenerateOptions, GenerateRequest } from '../../src/contracts/language-model.ts';
import type { Ledger } from '../../src/contracts/ledger.ts';
import type { Sample } from '../../src/contracts/records.ts';
import { recipes } from '../../src/files/out/recipes.ts';
import { type RunConfig, DEFAULTS } from '../../src/run/config.ts';
import { bootstrap } from '../../src/run/recipe.ts';
import { MemoryStore } from '../../src/store/runs/memory.ts';
import { questions, rightFor, ScriptedModel, task } from '../support/scripted.ts';

type Setup = { readonly model?: ScriptedModel; readonly ledger?: (ledger: Ledger) => Ledger; readonly held?: number };

async function start(change: Partial<RunConfig>, { model = new ScriptedModel(), ledger = (own) => own, held = 4 }: Setup = {}) {
  const config: RunConfig = { ...DEFAULTS, method: 'soft', rounds: 2, prompts: 40, epochs: 1, batchSize: 4, earlyStop: false, ...change };
  const store = new MemoryStore();
  const run = await store.createRun(config);
  const sets = { validation: questions(held, 'held'), test: questions(held, 'test'), outOfDistribution: null };
  const inputs = { run, config, task, prompts: questions(config.prompts, 'x'), ...sets, model };
  return { config, model, running: bootstrap({ ...inputs, ledger: ledger(await store.openLedger(run)) }) };
}

async function play(change: Partial<RunConfig>, setup: Setup = {}) {
  const { config, model, running } = await start(change, setup);
  for (;;) {
    const step = await running.next();
    if (step.done) return { config, model, outcome: step.value };
  }
}

/** Of a round's prompts this many get an answer, the others stop in the middle of a word. */
class Answering extends ScriptedModel {
  readonly #answered: number;
  constructor(answered: number) {
    super();
    this.#answered = answered;
  }
  override async *generate(...[requests, options]: Parameters<ScriptedModel['generate']>): ReturnType<ScriptedModel['generate']> {
    if (requests[0]?.seed.includes('/round ') !== true) return yield* super.generate(requests, options);
    for (const index of requests.keys()) {
      const finish = index < this.#answered ? 'stop' : 'length';
      yield { index, text: ` It is ${index}.\n`, pieces: [' It'], logProbs: [-1], finish };
    }
  }
}

describe('a round', () => {
  it.each([
    [10, 3],
    [20, 6],
    [100, 30],
  ])('of %i answers trains on as few as %i, three tenths of them, and on no fewer', async (prompts, fewest) => {
    const { model, outcome } = await play({ method: 'single', checkpoints: 1, prompts }, { model: new Answering(fewest) });
    expect([model.trained[0]?.rows.length, outcome.rounds[0]?.kept]).toEqual([fewest, fewest]);
    const fewer = new Answering(fewest - 1);
    await expect(play({ method: 'single', checkpoints: 1, prompts }, { model: fewer })).rejects.toMatchObject({
      code: 'KEPT_TOO_FEW',
      detail: `round 1 kept ${fewest - 1} of ${prompts} answers`,
    });
    expect(fewer.trained).toEqual([]);
  });

  it('warms up for a tenth of its steps, clips gradients at a norm of 1, and pulls no weight towards zero', async () => {
    const { model } = await play({});
    expect(model.trained).toHaveLength(2);
    for (const { options } of model.trained) expect(options).toMatchObject({ warmup: 0.1, clip: 1, weightDecay: 0 });
  });

  it('takes a step for each batch, through every epoch in the order that it was given', async () => {
    const { model } = await play({ epochs: 3, batchSize: 8 });
    for (const { rows, options } of model.trained) {
      expect(options).toMatchObject({ batchSize: 8 });
      expect(rows).toHaveLength(3 * new Set(rows.map(({ prompt }) => prompt)).size);
    }
  });

  it('that learns from all answers so far takes as many of them as its own are', async () => {
    const { model, outcome } = await play({ rounds: 3, learnsFrom: 'all' });
    expect(model.trained.map(({ rows }) => rows.length)).toEqual(outcome.rounds.map(({ kept }) => kept));
    const asked = model.trained.map(({ rows }) => new Set(rows.map(({ prompt }) => prompt)));
    expect([...(asked[2] ?? [])].some((prompt) => asked[0]?.has(prompt))).toBe(true);
  });

  it('gives every answer its place in the first of its epochs', async () => {
    const { running, model } = await start({ rounds: 1, epochs: 3 });
    for (let step = await running.next(); step.done !== true; step = await running.next()) {
      if (step.value.type !== 'ordered') continue;
      const kept = step.value.samples.filter(({ order }) => order !== null).toSorted((a, b) => (a.order ?? 0) - (b.order ?? 0));
      while ((await running.next()).done !== true);
      const first = model.trained[0]?.rows.slice(0, kept.length).map(({ prompt }) => prompt);
      expect(first).toEqual(kept.map(({ question }) => `User: ${question}\nBot:`));
      return;
    }
    throw new Error('nothing was ordered');
  });

  it('counts no answer as aligned that was cut off', async () => {
    const model = new ScriptedModel({ wrong: (prompt) => ({ text: rightFor(prompt), finish: 'length' }) });
    const { running } = await start({ rounds: 1, dropUnfinished: false }, { model });
    const samples = [];
    for await (const event of running) if (event.type === 'sample') samples.push(event.sample);
    expect(samples.some(({ aligned }) => aligned)).toBe(true);
    for (const { aligned, context, completion } of samples) {
      expect(completion).toBe(rightFor(context));
      if (aligned === true) continue;
      expect(aligned).toBe(false);
    }
    expect(samples.filter(({ aligned }) => aligned).length).toBeLessThan(samples.length);
  });

  it('is written down for other tools as it was trained', async () => {
    const { model, config } = await play({ seed: 5, learningRate: 0.002 });
    const { warmup, weightDecay, batchSize, learningRate } = model.trained[0]?.options ?? {};
    const [trl, axolotl, factory] = recipes(config, {
      model: 'larger',
      data: 'answers',
      folders: null,
      beta2: 0.95,
      ordered: false,
      distilled: false,
    }).map((file) => ('text' in file ? file.text : ''));
    for (const text of [trl, factory]) expect(text).toContain(`\nwarmup_steps: ${warmup}\n`);
    expect(axolotl).toContain(`\nweight_decay: ${weightDecay}\n`);
    expect(axolotl).toContain(`\nwarmup_ratio: ${warmup}\n`);
    for (const text of [trl, axolotl, factory]) expect(text).toContain(`\ngradient_accumulation_steps: 1\n`);
    for (const text of [trl, factory]) expect(text).toContain(`\nper_device_train_batch_size: ${batchSize}\n`);
    for (const text of [trl, axolotl, factory]) expect(text).toContain(`\nlearning_rate: ${learningRate}\n`);
  });
});

describe('answers', () => {
  /** Keeps what it is given to write, as long as `writes` says. */
  const kept = (written: (readonly Sample[])[], writes = (): Promise<void> => Promise.resolve()) => {
    return (own: Ledger): Ledger =>
      new Proxy(own, {
        get: (of, name) => {
          if (name !== 'putSamples') return (of[name as keyof Ledger] as () => unknown).bind(of);
          return async (samples: readonly Sample[]) => {
            await writes();
            await of.putSamples(samples);
            written.push(samples);
          };
        },
      });
  };

  it('are saved sixteen at a time while the next ones are made, and what is left at the end of the round', async () => {
    const written: (readonly Sample[])[] = [];
    await play({ method: 'single', checkpoints: 1, prompts: 40 }, { model: new ScriptedModel(), ledger: kept(written) });
    expect(written.map(({ length }) => length)).toEqual([16, 16, 8, 40]); // all of them again with their places in the order
  });

  it('are never more than 32 that a crash could lose, however slow the disk is', async () => {
    const { running } = await start({ method: 'single', checkpoints: 1, prompts: 100 }, { ledger: kept([], () => new Promise(() => {})) });
    let made = 0;
    const count = (async () => {
      for await (const event of running) if (event.type === 'sample') made += 1;
    })();
    void count;
    for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(made).toBeGreaterThanOrEqual(16);
    expect(made).toBeLessThanOrEqual(32);
  });

  it('are not saved twice at once: a group waits until the one before is written', async () => {
    let [now, most] = [0, 0];
    const writes = async (): Promise<void> => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setImmediate(resolve));
      now -= 1;
    };
    await play({ method: 'single', checkpoints: 1, prompts: 100 }, { ledger: kept([], writes) });
    expect(most).toBe(1);
  });

  it('that cannot be saved end the run, with the reason', async () => {
    const full = new Error('the disk is full');
    const running = play({ method: 'single', checkpoints: 1, prompts: 40 }, { ledger: kept([], () => Promise.reject(full)) });
    await expect(running).rejects.toBe(full);
  });
});

describe('“everything” measured', () => {
  it('samples as the model is: at temperature 1, from every token', async () => {
    const options: GenerateOptions[] = [];
    class Listening extends ScriptedModel {
      override generate(requests: readonly GenerateRequest[], how: GenerateOptions) {
        options.push(how);
        return super.generate(requests, how);
      }
    }
    await play({ method: 'icl', measures: 'all' }, { model: new Listening() });
    const sampled = options.filter(({ temperature }) => temperature > 0);
    // once for the sampled score, once for all measures
    expect(sampled.map(({ temperature, topK, topP }) => [temperature, topK, topP])).toEqual([
      [1, 0, 1],
      [1, 0, 1],
    ]);
  });

  it.each([
    [200, 60],
    [40, 40],
  ])('of %i test questions asks %i of them eight times', async (held, asked) => {
    const { model } = await play({ method: 'icl', measures: 'all' }, { held });
    const sampled = model.generated.filter(({ temperature, seed }) => temperature === 1 && !seed.includes('/sampled/'));
    expect(sampled).toHaveLength(8 * asked);
    expect(new Set(sampled.map(({ prompt }) => prompt))).toEqual(new Set(questions(asked, 'test').map(({ prompt }) => prompt)));
  });
});
