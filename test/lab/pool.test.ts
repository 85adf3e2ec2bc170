/** Many hands give what one gives: a model and its helpers, scripted, in any number, any order of arrival and any state of health. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AdapterState, Completion, GenerateRequest, LanguageModel, TrainingRow } from '../../src/contracts/language-model.ts';
import type { Ledger } from '../../src/contracts/ledger.ts';
import { bootstrap } from '../../src/run/recipe.ts';
import type { MethodEvent } from '../../src/contracts/events.ts';
import { AppError } from '../../src/errors.ts';
import { type RunConfig, DEFAULTS } from '../../src/run/config.ts';
import { Random } from '../../src/random.ts';
import { MemoryStore } from '../../src/store/runs/memory.ts';
import { helpersFor } from '../../src/lab/pool/helpers.ts';
import { type Helper, PooledLanguageModel } from '../../src/lab/pool/pool.ts';
import { LARGE } from '../support/large-model.ts';
import { questions, ScriptedModel, task } from '../support/scripted.ts';
import { all } from '../support/all.ts';
import { type Health, inOrder, ScriptedHelper } from '../support/scripted-helper.ts';
import { TINY } from '../support/tiny.ts';
import { TRAINING } from '../support/training.ts';

const GREEDY = { maxTokens: 8, temperature: 0, topK: 0, topP: 1, stop: ['\n'] };

/** Sure of some answers and less of others, with scores that tell rows and weights apart; asked to write a question, it writes one. */
class Model extends ScriptedModel {
  constructor() {
    super({ logProb: (prompt) => -Random.of(prompt).next() });
  }

  override async *generate(...[asked, options]: Parameters<ScriptedModel['generate']>): AsyncGenerator<Completion> {
    for await (const completion of super.generate(asked, options)) {
      const { prompt = '', seed = '' } = asked[completion.index] ?? {};
      yield prompt.endsWith('Bot:') ? completion : { ...completion, text: ` ${Random.of(seed).int(500)}?\n`, finish: 'stop' };
    }
  }

  override async score(rows: readonly TrainingRow[]) {
    return rows.map(({ prompt, completion }) => ({ nll: Random.of(prompt, completion, String(this.skill)).next(), tokens: 2 }));
  }
}

const tick = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 0));
const requests = (count: number, set = 'x'): GenerateRequest[] => questions(count, set).map(({ id, prompt }) => ({ prompt, seed: id }));

/** Helpers that wait for a random time before each answer, and are ill now and then. */
function helpersOf(count: number, seed: number, illness: readonly Health[] = ['well']): ScriptedHelper[] {
  const random = Random.of(seed, 'arrival');
  return Array.from({ length: count }, () => {
    const before = async (): Promise<Health> => {
      for (let waits = random.int(4); waits > 0; waits--) await tick();
      return random.int(8) === 0 ? (illness[random.int(illness.length)] ?? 'well') : 'well';
    };
    const helper = new ScriptedHelper({ model: new Model(), before });
    const loaded = illness.includes('loading') ? random.int(3) : 0;
    helper.ready = loaded === 0;
    if (loaded > 0) setTimeout(() => (helper.ready = true), 3 * loaded);
    return helper;
  });
}

const pooled = (local: LanguageModel, helpers: readonly Helper[], width = helpers.length): PooledLanguageModel =>
  new PooledLanguageModel(local, helpers, { width: Math.max(1, width), patience: 5 });

describe('a run', () => {
  type Told = { readonly ledger: string; readonly outcome: unknown; readonly trained: unknown; readonly events: unknown };

  /** All that a run leaves, byte by byte, and its events: in order, but for the samples, which come as they are made. */
  async function play(change: Partial<RunConfig>, spread: (model: Model) => LanguageModel): Promise<Told> {
    const config = { ...DEFAULTS, rounds: 2, prompts: 80, epochs: 1, batchSize: 8, earlyStop: false, ...change } as const;
    const store = new MemoryStore();
    const run = await store.createRun(config);
    const ledger = await store.openLedger(run);
    const written: unknown[] = [];
    const noting: Ledger = {
      load: () => ledger.load(),
      putBase: (base, heldOut) => (written.push(base, heldOut), ledger.putBase(base, heldOut)),
      putPrompts: (prompts) => (written.push(prompts), ledger.putPrompts(prompts)),
      putDifficulty: (difficulty) => (written.push(difficulty), ledger.putDifficulty(difficulty)),
      putSamples: (samples) => ledger.putSamples(samples),
      commitRound: (result, state, heldOut) => (written.push(result, state.hash, heldOut), ledger.commitRound(result, state, heldOut)),
      adapter: (round) => ledger.adapter(round),
      answers: (round) => ledger.answers(round),
    };
    const local = new Model();
    const sets = { validation: questions(40, 'held'), test: questions(20, 'test'), outOfDistribution: questions(10, 'outside') };
    const running = bootstrap({ run, config, task, prompts: questions(80, 'x'), ...sets, model: spread(local), ledger: noting });
    const events: MethodEvent[] = [];
    for (;;) {
      const step = await running.next();
      if (step.done !== true) {
        events.push(step.value);
        continue;
      }
      const samples = events.flatMap((event) => (event.type === 'sample' ? [event.sample] : []));
      const rest = events.filter(({ type }) => type !== 'sample');
      const kept = [written, await store.runs(), await store.samples(run, 1), await store.samples(run, 2)];
      return {
        ledger: JSON.stringify(kept),
        outcome: step.value,
        trained: local.trained,
        events: [samples.toSorted((a, b) => a.round - b.round || a.index - b.index), rest],
      };
    }
  }

  test.each([
    { method: 'soft+' },
    { method: 'soft+', perplexityContext: 'without', perplexityModel: 'base' },
    { method: 'soft', promptSource: 'own', measures: 'all' },
    { method: 'soft', answersFrom: 'base', startFrom: 'base' },
    { method: 'sdft', answersFrom: 'base' },
  ] as const)('leaves the same with any number of helpers, in any order of arrival, ill or well: %o', async (change) => {
    const alone = await play(change, (model) => model);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 4 }),
        fc.integer({ min: 1, max: 4 }),
        fc.nat(),
        fc.boolean(),
        async (n, width, seed, ill) => {
          const helpers = helpersOf(n, seed, ill ? ['failing', 'silent', 'loading'] : ['well']);
          expect(await play(change, (model) => pooled(model, helpers, width))).toEqual(alone);
        },
      ),
      { numRuns: 12 },
    );
  });
});

describe('the weights of the helpers', () => {
  test('are those of the model at every moment, whatever it was put through', async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constantFrom('train' as const, 'distil' as const), stop: fc.integer({ min: 1, max: 9 }) }),
      fc.record({ do: fc.constantFrom('base' as const, 'keep' as const, 'back' as const, 'score' as const) }),
      fc.record({ do: fc.constant('answer' as const), stop: fc.integer({ min: 1, max: 80 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), fc.integer({ min: 1, max: 3 }), fc.nat(), async (steps, n, seed) => {
        const local = new Model();
        const pool = pooled(local, helpersOf(n, seed, ['well', 'failing', 'silent']));
        const twin = new Model();
        let kept: AdapterState = await pool.snapshot();
        for (const { do: what, ...how } of [...steps, { do: 'score' as const }, { do: 'answer' as const, stop: 80 }]) {
          twin.skill = local.skill;
          const stop = 'stop' in how ? how.stop : 0;
          if (what === 'base') await pool.restore(null);
          if (what === 'keep') kept = await pool.snapshot();
          if (what === 'back') await pool.restore(kept);
          if (what === 'score') {
            const rows = requests(40).map(({ prompt }) => ({ prompt, completion: ' yes' }));
            expect(await pool.score(rows)).toEqual(await twin.score(rows));
          }
          if (what === 'train') {
            const rows = requests(24).map(({ prompt }) => ({ prompt, completion: ' yes' }));
            for await (const { step } of pool.finetune(rows, TRAINING)) if (step === stop) break;
          }
          if (what === 'distil') {
            const rows = requests(24).map(({ prompt }) => ({ prompt, completion: ' yes' }));
            const said = await pool.likeliest(rows, 5);
            expect(said).toEqual(await twin.likeliest(rows, 5));
            const taught = rows.flatMap((row, i) => said.slice(i, i + 1).map((teacher) => ({ ...row, teacher })));
            for await (const { step } of pool.distill(taught, { ...TRAINING, alpha: 0.5 })) if (step === stop) break;
          }
          if (what === 'answer') {
            const expected = inOrder(await all(twin.generate(requests(64), GREEDY)));
            const seen = new Set<number>();
            for await (const completion of pool.generate(requests(64), GREEDY)) {
              expect(completion).toEqual(expected[completion.index]);
              seen.add(completion.index);
              if (seen.size === stop) break;
            }
            expect(seen.size).toBe(Math.min(stop, 64));
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  test('are sent once for each change, not for each batch', async () => {
    const helper = new ScriptedHelper({ model: new Model() });
    const pool = pooled(new Model(), [helper]);
    await pool.restore(null);
    for (let i = 0; i < 3; i++) await all(pool.generate(requests(64), GREEDY));
    expect(helper.held).toEqual([null]);
    await all(pool.finetune([{ prompt: 'a', completion: 'b' }], TRAINING));
    const { hash } = await pool.snapshot();
    for (let i = 0; i < 3; i++) await all(pool.generate(requests(64), GREEDY));
    await pool.score(requests(64).map(({ prompt }) => ({ prompt, completion: '.' })));
    expect(helper.held).toEqual([null, hash]);
    await pool.restore(null);
    await all(pool.generate(requests(64), GREEDY));
    expect(helper.held).toEqual([null, hash, null]);
  });
});

describe('the work', () => {
  test('is shared where there is enough of it, and stays here where there is not', async () => {
    const local = new Model();
    const helpers = [new ScriptedHelper({ model: new Model() }), new ScriptedHelper({ model: new Model() })];
    const pool = pooled(local, helpers);
    await all(pool.generate(requests(32), GREEDY));
    expect([helpers.map(({ answered }) => answered), local.generated.length]).toEqual([[0, 0], 32]);
    await all(pool.generate(requests(33), GREEDY));
    expect(helpers.every(({ answered }) => answered > 0)).toBe(true);
    await all(pool.generate(requests(128), GREEDY));
    expect(helpers.every(({ answered }) => answered > 2)).toBe(true);
    expect(local.generated).toHaveLength(32);
  });

  test('begins here while the helpers load', async () => {
    const local = new Model();
    const helper = new ScriptedHelper({ model: new Model() });
    helper.ready = false;
    const answering = pooled(local, [helper]).generate(requests(64), GREEDY);
    await answering.next();
    expect(local.generated.length).toBeGreaterThan(0);
    helper.ready = true;
    expect(await all(answering)).toHaveLength(63);
    expect(helper.answered).toBeGreaterThan(0);
  });

  test('is handed out only as fast as it is taken: whoever pauses, pauses all', async () => {
    const helpers = helpersOf(3, 1);
    const answering = pooled(new Model(), helpers).generate(requests(300), GREEDY);
    await answering.next();
    const handed = helpers.map(({ answered }) => answered);
    for (let i = 0; i < 20; i++) await tick();
    // one batch each may be under way: the weights, then the answers
    for (const [i, { answered }] of helpers.entries()) expect(answered).toBeLessThanOrEqual((handed[i] ?? 0) + 2);
    expect(await all(answering)).toHaveLength(299);
  });

  test('that nobody wants any more is not handed out', async () => {
    const helpers = helpersOf(3, 1);
    const pool = pooled(new Model(), helpers);
    const handed = () => helpers.map(({ answered }) => answered);
    let before: number[] = [];
    for await (const { index } of pool.generate(requests(300), GREEDY)) {
      before = handed();
      if (index >= 0) break;
    }
    for (let i = 0; i < 20; i++) await tick();
    const after = handed();
    for (const [i, count] of after.entries()) expect(count).toBeLessThanOrEqual((before[i] ?? 0) + 1);
    for (let i = 0; i < 20; i++) await tick();
    expect(handed()).toEqual(after);
    expect(inOrder(await all(pool.generate(requests(50), GREEDY)))).toEqual(inOrder(await all(new Model().generate(requests(50), GREEDY))));
  });
});

describe('a helper that fails', () => {
  const expected = async () => inOrder(await all(new Model().generate(requests(100), GREEDY)));

  test('loses no work, is told so once and is not asked again', async () => {
    const ill = new ScriptedHelper({ model: new Model(), before: async () => 'failing' });
    const pool = pooled(new Model(), [ill, new ScriptedHelper({ model: new Model() })]);
    for (let i = 0; i < 2; i++) expect(inOrder(await all(pool.generate(requests(100), GREEDY)))).toEqual(await expected());
    expect(ill.dismissed).toMatchObject([{ code: 'INTERNAL', detail: 'no memory' }]);
    expect(ill.answered).toBe(1);
  });

  test('without a word loses no work either, and its late answer changes nothing', async () => {
    let speak: (health: Health) => void = () => {};
    const slow = new ScriptedHelper({ model: new Model(), before: () => new Promise((resolve) => (speak = resolve)) });
    const pool = pooled(new Model(), [slow, new ScriptedHelper({ model: new Model() })]);
    expect(inOrder(await all(pool.generate(requests(100), GREEDY)))).toEqual(await expected());
    expect(slow.dismissed).toEqual([]);
    speak('well');
    await tick();
    expect(inOrder(await all(pool.generate(requests(100), GREEDY)))).toEqual(await expected());
  });

  test('for a reason that lies in the request is not blamed, and the reason is told', async () => {
    class Strict extends Model {
      override async *generate(...[some, options]: Parameters<Model['generate']>) {
        if (some.some(({ prompt }) => prompt.length > 100)) throw new AppError('PROMPT_TOO_LONG', '101 tokens');
        yield* super.generate(some, options);
      }
    }
    const helpers = [new ScriptedHelper({ model: new Strict() }), new ScriptedHelper({ model: new Strict() })];
    const pool = pooled(new Strict(), helpers);
    const long = [...requests(40), { prompt: 'x'.repeat(101), seed: '' }];
    await expect(all(pool.generate(long, GREEDY))).rejects.toMatchObject({ code: 'PROMPT_TOO_LONG' });
    expect(helpers.flatMap(({ dismissed }) => dismissed)).toEqual([]);
    expect(await all(pool.generate(requests(40), GREEDY))).toHaveLength(40);
  });
});

test('there is a helper for every core, unless there is one core, the model is large or workers can not start workers', () => {
  expect([1, 2, 8].map((cores) => helpersFor({ config: TINY }, cores, true))).toEqual([0, 2, 8]);
  expect(helpersFor({ config: TINY }, 8, false)).toBe(0);
  expect(helpersFor({ config: LARGE }, 8, true)).toBe(0);
});
