/** Kits of any size and models of any context: what is planned can be run, what cannot be run is refused before, with what would do. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Completion, GenerateOptions, GenerateRequest, TrainingRow } from '../../src/contracts/language-model.ts';
import { demonstrate } from '../../src/align/demonstrations.ts';
import { bootstrap } from '../../src/run/recipe.ts';
import { AppError } from '../../src/errors.ts';
import { readKit, type Kit } from '../../src/files/in/kit.ts';
import { certainty, countsOf } from '../../src/settings/counts.ts';
import { parseConfig } from '../../src/files/config.ts';
import type { Measured } from '../../src/contracts/records.ts';
import { type RunConfig, DEFAULTS } from '../../src/run/config.ts';
import { MemoryStore } from '../../src/store/runs/memory.ts';
import { probesText, questionsText, refusalText, shortages, skippedText } from '../../src/ui/plan-text.ts';
import { leftOutText } from '../../src/ui/words.ts';
import { planRun, type Facts } from '../../src/lab/plan/planner.ts';
import { ModelPlanner } from '../../src/lab/plan/model-planner.ts';
import { TextCounter } from '../../src/lab/plan/text-counter.ts';
import { tasksOfKit, tasksOfWorld } from '../../src/lab/tasks.ts';
import { ladder } from '../../src/world/ladder/world.ts';
import { chat, formatOf, kit, KitModel, tokenizer } from '../support/kit-data.ts';

const ANY = { memory: null, tensor: null, storage: null };
const shape = (context: number) =>
  parseConfig({
    vocab_size: 512,
    hidden_size: 64,
    intermediate_size: 96,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    max_position_embeddings: context,
  });
const FOLDER = join(import.meta.dirname, '../../public/kits/english');
const english = readKit(new Map(readdirSync(FOLDER).map((name) => [name, new Uint8Array(readFileSync(join(FOLDER, name)))])));
/** A character is a token. */
const LETTERS = { prompt: (text: string) => text.length, answer: (text: string) => text.length };

const tasksOf = (from: Kit) => tasksOfKit({ tokenizer, format: formatOf(chat.templates['chatml'] ?? null) }, from);
function open(
  from: Kit | null,
  context: number,
): { readonly facts: Facts; readonly counter: TextCounter; readonly tasks: ReturnType<typeof tasksOf> } {
  const tasks = from === null ? tasksOfWorld(ladder) : tasksOf(from);
  const counter = new TextCounter(tasks, LETTERS, context);
  return { tasks, counter, facts: { config: shape(context), counter, limits: ANY, speeds: null, weightBytes: 4 } };
}

/** Reads no more than its context, and answers at any length that it is allowed. */
class Narrow extends KitModel {
  readonly #context: number;
  constructor(context: number) {
    super();
    this.#context = context;
  }
  #check(length: number): void {
    if (length > this.#context) throw new AppError('PROMPT_TOO_LONG', `${length} tokens, the model reads ${this.#context}`);
  }
  override async *generate(requests: readonly GenerateRequest[], options?: GenerateOptions): AsyncGenerator<Completion> {
    for (const { prompt } of requests) this.#check(prompt.length + 1);
    const most = options?.maxTokens ?? Infinity;
    for await (const completion of super.generate(requests)) {
      const { text } = completion;
      yield text.length <= most ? completion : { ...completion, text: text.slice(0, most), finish: 'length' };
    }
  }
  override async score(rows: readonly TrainingRow[]) {
    for (const { prompt, completion } of rows) this.#check(prompt.length + completion.length - 1);
    return super.score(rows);
  }
  override async *finetune(...[rows, options]: Parameters<KitModel['finetune']>): ReturnType<KitModel['finetune']> {
    for (const { prompt, completion } of rows) this.#check(prompt.length + completion.length - 1);
    expect(rows.length).toBeGreaterThan(0);
    yield* super.finetune(rows, options);
  }
}

async function run({ tasks, counter }: ReturnType<typeof open>, config: RunConfig, context: number): Promise<Measured> {
  const store = new MemoryStore();
  const name = await store.createRun(config);
  const model = new Narrow(context);
  const { drawn } = counter.count(config);
  const running = bootstrap({ run: name, config, task: tasks.task, ...drawn, model, ledger: await store.openLedger(name) });
  for (;;) {
    const step = await running.next();
    if (step.done) return step.value.base;
  }
}

const words = fc.integer({ min: 1, max: 60 }).map((count) => 'so '.repeat(count).trim());
/** Kits of every size from one of each, with texts from one word to many. */
const kits = fc
  .record({
    prompts: fc.array(words, { minLength: 1, maxLength: 70 }),
    demonstrations: fc.array(words, { minLength: 1, maxLength: 6 }),
    validation: fc.array(words, { minLength: 1, maxLength: 30 }),
    test: fc.array(words, { minLength: 1, maxLength: 30 }),
    principles: words,
  })
  .map(({ prompts, demonstrations, validation, test, principles }): Kit => ({
    ...kit,
    principles: `${principles}\n`,
    prompts: prompts.map((text, n) => ({ id: `p${n}`, topic: n % 2 === 0 ? 'cats' : 'dogs', prompt: `${n}: ${text} item ${n}.` })),
    demonstrations: demonstrations.map((text, n) => ({
      ...(kit.demonstrations[0] as Kit['demonstrations'][0]),
      id: `d${n}`,
      prompt: text,
      answer: text,
    })),
    validation: validation.map((text, n) => question(`v${n}`, text)),
    test: test.map((text, n) => question(`t${n}`, text)),
  }));
const question = (id: string, text: string): Kit['test'][0] => ({
  id,
  topic: 'numbers',
  form: 'two-choice',
  prompt: `${id} ${text}?`,
  choices: [`Wrong ${text}.`, `Right ${text}.`],
  correct: [1],
  why: '',
});
const changes = fc.record({
  method: fc.constantFrom('icl', 'single', 'soft', 'soft+'),
  rounds: fc.integer({ min: 1, max: 8 }),
  prompts: fc.integer({ min: 1, max: 80 }),
  demonstrations: fc.integer({ min: 0, max: 4 }),
  principles: fc.boolean(),
  thoughts: fc.boolean(),
  maxTokens: fc.integer({ min: 4, max: 512 }),
  questions: fc.constantFrom(0, 1, 5, 20, 100),
  measures: fc.constantFrom('scores', 'all'),
  promptSource: fc.constantFrom('given', 'given', 'given', 'given', 'given', 'own'),
  perplexityContext: fc.constantFrom('with', 'without'),
}) as fc.Arbitrary<Partial<RunConfig>>;

const BASE: RunConfig = { ...DEFAULTS, epochs: 1, earlyStop: false, dropUnfinished: false, dropRepeatsItself: false, dropCopied: false };
/** What a run may fail of that no plan can know. */
const OWN = ['KEPT_TOO_FEW'];

describe('a run that the plan accepts', () => {
  it('finds nothing too long and no prompt missing, in kits of any size and models of any context', async () => {
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(kits, fc.integer({ min: 100, max: 2500 }), changes, async (from, context, change) => {
        const opened = open(from, context);
        const wanted = { ...BASE, ...change };
        const plan = planRun(opened.facts, wanted);
        const config = { ...wanted, ...plan.settled };
        fc.pre(plan.tooMuch.length === 0);
        accepted++;
        try {
          const base = await run(opened, config, context);
          const missing = new Set(plan.leftOut.map(({ what }) => what));
          expect(base.scores.fewShot === null).toBe(missing.has('fewShot'));
          expect(base.scores.oneShot === null).toBe(missing.has('oneShot'));
        } catch (error) {
          // a model that writes its prompts itself may have nothing more to ask
          const own = config.promptSource === 'own' && error instanceof AppError && error.code === 'WORLD_EXHAUSTED';
          if (!own && !(error instanceof AppError && OWN.includes(error.code))) throw error;
        }
      }),
      { numRuns: 40 },
    );
    expect(accepted).toBeGreaterThan(15);
  }, 120_000);

  it('finds nothing too long in a world either, with any options', async () => {
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 300, max: 3000 }), changes, async (context, change) => {
        const opened = open(null, context);
        const config: RunConfig = { ...BASE, ...change, questions: Math.min(20, change.questions ?? 20) + 1 };
        fc.pre(planRun(opened.facts, config).tooMuch.length === 0);
        accepted++;
        try {
          await run(opened, config, context);
        } catch (error) {
          const known =
            error instanceof AppError && (OWN.includes(error.code) || (config.promptSource === 'own' && error.code === 'WORLD_EXHAUSTED'));
          if (!known) throw error;
        }
      }),
      { numRuns: 15 },
    );
    expect(accepted).toBeGreaterThan(4);
  }, 120_000);

  it('is what the nearest setting makes of one that is refused, if there is one', () => {
    let found = 0;
    fc.assert(
      fc.property(kits, fc.integer({ min: 60, max: 1500 }), changes, (from, context, change) => {
        const { facts } = open(from, context);
        const wanted = { ...BASE, ...change };
        const { tooMuch, nearest } = planRun(facts, wanted);
        if (tooMuch.length === 0) {
          expect(nearest).toBeNull();
          return;
        }
        for (const { needs, has } of tooMuch) expect(needs).toBeGreaterThan(has);
        if (nearest === null) return;
        for (const name of Object.keys(nearest) as (keyof RunConfig)[]) expect(nearest[name]).not.toBe(wanted[name]);
        found++;
        expect(planRun(facts, { ...wanted, ...nearest }).tooMuch).toEqual([]);
      }),
      { numRuns: 60 },
    );
    expect(found).toBeGreaterThan(10);
  }, 120_000);
});

/** As newer models of Mistral are asked: what the system says stands in the last turn. */
const LAST = [
  "{{ '<s>' }}{% set ns = namespace(said='') %}{% for m in messages %}{% if m.role == 'system' %}{% set ns.said = m.content %}",
  "{% elif m.role == 'user' %}{{ '[INST]' + (ns.said + '\\n\\n' if loop.last and ns.said != '' else '') + m.content + '[/INST]' }}",
  "{% else %}{{ ' ' + m.content + '</s>' }}{% endif %}{% endfor %}",
].join('');

describe('what all prompts of a run begin with', () => {
  const WANTED: RunConfig = { ...DEFAULTS, prompts: 40, rounds: 1, maxTokens: 64, questions: 20, demonstrations: 2, principles: true };

  /** As it is counted, and as it is: of the prompts of a round that are all written out. */
  function beginning(template: string, change: Partial<RunConfig> = {}, context = 20_000) {
    const tasks = tasksOfKit({ tokenizer, format: formatOf(template) }, english);
    const config = { ...WANTED, ...change };
    const { beginning: counted, answered, longest } = new TextCounter(tasks, LETTERS, context).count(config);
    const texts = tasks.stock(config).prompts.map((question) => demonstrate(tasks.task, config, question, 'round 1').context);
    const [first = ''] = texts;
    const length = Array.from({ length: first.length }, (_, i) => texts.every((text) => text[i] === first[i])).indexOf(false);
    return { counted, answered, longest, is: length, text: first.slice(0, length) };
  }
  const of = (name: string): string => chat.templates[name] ?? '';

  it.each(['chatml', 'llama3.2', 'gemma', 'mistral'])('is counted as it is in the template of %s, with the principles in it', (name) => {
    const { counted, is, text, answered } = beginning(of(name));
    expect(text).toContain(english.principles.trim().split('\n').at(-1));
    expect(is - counted).toBeGreaterThanOrEqual(0);
    expect(is - counted).toBeLessThan(5);
    // the memory has the principles alone, not what demonstrations that are drawn for each prompt begin with
    expect(answered.shared).toBeLessThanOrEqual(counted);
    expect(answered.shared).toBeGreaterThanOrEqual(english.principles.trim().length);
  });

  it.each<[string, string, Partial<RunConfig>]>([
    ['a template that puts them into the last turn', LAST, {}],
    ['other rules before each prompt', of('chatml'), { rulesShown: 1 }],
    ['no principles', of('chatml'), { principles: false }],
  ])('has none of the principles with %s', (_, template, change) => {
    const { counted, is, answered } = beginning(template, change);
    expect(is).toBeLessThan(60);
    expect(counted).toBeLessThanOrEqual(is);
    expect(answered.shared).toBe(template === LAST ? counted : 0);
    // what is not shared is held for each
    const usual = beginning(of('chatml'));
    if (change.principles !== false && template === LAST) expect(answered.own).toBeGreaterThan(usual.answered.own + usual.counted / 2);
  });

  it('has the demonstrations where they are the same before all prompts', () => {
    const [usual, fixed] = [beginning(of('chatml')), beginning(of('chatml'), { draw: 'fixed' })];
    expect(fixed.is - fixed.counted).toBeLessThan(5);
    expect(fixed.counted).toBeGreaterThan(usual.counted + 100);
    expect(fixed.answered.shared).toBe(fixed.counted);
    expect(fixed.longest).toBe(usual.longest);
    expect(beginning(of('chatml'), { draw: 'fixed', rulesShown: 1 }).answered.shared).toBe(0);
  });

  it('is held once only as far as it is no chance: what is drawn for each prompt may agree in a few', () => {
    const one = { ...english, demonstrations: english.demonstrations.slice(0, 1) };
    const counter = new TextCounter(tasksOf(one), LETTERS, 20_000);
    const config = { ...WANTED, demonstrations: 1 };
    const [drawn, fixed] = [counter.count(config), counter.count({ ...config, draw: 'fixed' })];
    expect(drawn.beginning).toBe(fixed.beginning);
    expect(fixed.answered.shared).toBe(fixed.beginning);
    expect(drawn.answered.shared).toBeLessThan(fixed.answered.shared - 100);
    expect(drawn.answered.shared + drawn.answered.own).toBe(fixed.answered.shared + fixed.answered.own);
  });

  it('is nothing where it is too short to be read by itself, and then the memory has it with each prompt', () => {
    const words = { prompt: (text: string) => Math.ceil(text.length / 10), answer: LETTERS.answer };
    const counter = new TextCounter(tasksOf(english), words, 20_000);
    const config: RunConfig = { ...WANTED, principles: false, demonstrations: 0, draw: 'fixed' };
    const letters = new TextCounter(tasksOf(english), LETTERS, 20_000).count(config);
    expect(letters.beginning).toBeGreaterThan(10);
    expect(letters.answered.shared).toBe(letters.beginning);
    const { beginning: read, answered } = counter.count(config);
    expect([read, answered.shared]).toEqual([0, 0]);
  });

  it('is nothing of one prompt alone', () => {
    const [prompt] = english.prompts;
    const alone = { ...english, prompts: prompt === undefined ? [] : [prompt], test: english.test.slice(0, 1) };
    const tasks = tasksOf(alone);
    expect(new TextCounter(tasks, LETTERS, 20_000).count({ ...WANTED, prompts: 1 }).beginning).toBe(0);
  });
});

describe('a kit', () => {
  it.each([1, 2, 7, 63])('with %i prompts is planned and run by what there is', async (size) => {
    const small = {
      ...kit,
      prompts: Array.from({ length: size }, (_, n) => ({ id: `p${n}`, topic: 'cats', prompt: `Say something about item ${n}.` })),
    };
    const opened = open(small, 4000);
    const plan = planRun(opened.facts, DEFAULTS);
    const { rounds } = { ...DEFAULTS, ...plan.nearest };
    expect(plan.tooMuch[0]).toEqual({ what: 'prompts', needs: DEFAULTS.prompts, has: size });
    expect(plan.nearest).toMatchObject({ prompts: size });
    expect(rounds).toBe(Math.min(DEFAULTS.rounds, size));
    expect(shortages(plan)).toContain(`It asks for ${DEFAULTS.prompts} prompts, and there ${size === 1 ? 'is 1' : `are ${size}`}.`);
    expect(refusalText(plan)).not.toContain('world');
    const base = await run(opened, { ...BASE, ...plan.nearest, questions: 5 }, 4000);
    expect(base.scores.fewShot).not.toBeNull();
  });

  it('whose prompts are too few for the rounds is refused with fewer rounds', () => {
    const { tooMuch, nearest } = planRun(open(kit, 4000).facts, { ...DEFAULTS, prompts: 3, rounds: 8 });
    expect(tooMuch).toEqual([{ what: 'rounds', needs: 8, has: 3 }]);
    expect(nearest).toEqual({ rounds: 3 });
    expect(shortages({ tooMuch })).toBe('It has 8 rounds and only 3 prompts to share out over them.');
  });

  it('has its longest texts counted, wherever they stand, and what no setting can fit is left out and said', () => {
    const long = (id: string) => ({ id, topic: 'cats', prompt: 'far too long '.repeat(400) });
    const prompts = [...Array.from({ length: 90 }, (_, n) => ({ id: `p${n}`, topic: 'cats', prompt: `Item ${n}?` })), long('x')];
    const test = [...kit.test, question('long', 'and so on '.repeat(400))];
    const { facts, counter } = open({ ...kit, prompts, test }, 1500);
    const plan = planRun(facts, { ...BASE, prompts: 90, maxTokens: 100, questions: 50 });
    expect(plan.tooMuch).toEqual([]);
    expect(plan.skipped).toEqual({ prompts: 1, questions: 1 });
    expect(skippedText(plan.skipped)).toBe('Longer than the model reads, and left out: 1 prompt and 1 held-out question.');
    const { drawn } = counter.count({ ...BASE, prompts: 90, maxTokens: 100, questions: 50 });
    expect([drawn.prompts.length, drawn.test.length]).toEqual([90, 12]);
    expect(planRun(facts, { ...BASE, prompts: 91, maxTokens: 100 }).tooMuch.map(({ what }) => what)).toEqual(['context']);
  });
});

describe('a model with a short context', () => {
  it('leaves few-shot out and says why, or is refused with what would fit', () => {
    const { facts } = open(kit, 300);
    const plan = planRun(facts, { ...BASE, prompts: 16, maxTokens: 40, demonstrations: 0, principles: false });
    expect(plan.tooMuch).toEqual([]);
    expect(plan.leftOut.map(({ what, has }) => [what, has])).toEqual([['fewShot', 300]]);
    expect(leftOutText(plan.leftOut)).toBe(
      `Few-shot is not measured: four demonstrations and the principles need ${plan.leftOut[0]?.needs} tokens with a question, the model reads 300.`,
    );
    const wide = planRun(facts, { ...BASE, prompts: 16, maxTokens: 256 });
    expect(wide.tooMuch.map(({ what }) => what)).toEqual(['context']);
    expect(refusalText(wide)).toMatch(
      /It does not fit this model and its kit\. What is shown.* \d+ tokens together, and the model reads 300\. The plan of the next run, in Run, names/,
    );
    expect(Object.keys(wide.nearest ?? {})).toEqual(['maxTokens']);
  });

  it('is not measured without training where that is few-shot and does not fit', () => {
    expect(planRun(open(kit, 300).facts, { ...BASE, method: 'icl', maxTokens: 40 }).tooMuch.map(({ what }) => what)).toEqual(['context']);
  });

  it('is told that nothing fits when nothing does', () => {
    const plan = planRun(open(kit, 40).facts, { ...BASE, prompts: 16 });
    expect(plan.nearest).toBeNull();
    expect(refusalText(plan)).toContain('choose a model that reads more tokens');
  });
});

describe('how many questions are measured', () => {
  it('is 100, 200 and 100 in a default run in a world, and 60, 100 and 30 in runs of a kit from before it could be said', () => {
    expect(countsOf(DEFAULTS.questions, true)).toEqual({ validation: 100, test: 200, inContext: 60, outOfDistribution: 100 });
    expect(countsOf(0, false)).toMatchObject({ validation: 60, test: 100, inContext: 30 });
    expect(countsOf(10, true)).toEqual({ validation: 10, test: 10, inContext: 3, outOfDistribution: 5 }); // never more than are tested
    const { facts, counter } = open(null, 4096);
    const plan = planRun(facts, DEFAULTS);
    expect(plan.settled).toEqual({});
    expect(plan.questions).toEqual({ validation: 100, test: 200, inContext: 60, outOfDistribution: 100 });
    const { inContext, test: tested } = counter.count(DEFAULTS).drawn;
    expect(inContext).toEqual(tested.slice(0, 60));
    expect(plan.leftOut).toEqual([]);
  });

  it('can be said, from one to all that there are', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2000 }), fc.boolean(), (questions, graded) => {
        const { facts } = open(graded ? null : english, 20_000);
        const { questions: asked } = planRun(facts, { ...BASE, prompts: 40, questions });
        const wanted = countsOf(questions, graded);
        const there = graded ? { validation: 200, test: 450 } : { validation: english.validation.length, test: english.test.length };
        expect(asked.validation).toBe(Math.min(wanted.validation, there.validation));
        expect(asked.test).toBe(Math.min(wanted.test, there.test));
      }),
      { numRuns: 25 },
    );
  });

  it('is by default what takes no longer than the answers and the training of a round, is written down, and is the same everywhere', () => {
    const { facts } = open(english, 20_000);
    for (const change of [
      { prompts: 340 },
      { prompts: 64, rounds: 2 },
      { prompts: 340, method: 'single' as const },
      { prompts: 16, rounds: 4 },
    ]) {
      const wanted = { ...DEFAULTS, maxTokens: 256, ...change };
      // SmolLM2 on two cores
      const timed = { ...facts, speeds: { reading: 136, writing: 60, training: 52 } };
      const plan = planRun(timed, wanted);
      const { questions = 0 } = plan.settled;
      expect(questions).toBeGreaterThanOrEqual(20);
      expect(plan.settled).toEqual(planRun(facts, wanted).settled);
      const measuring = plan.secondsMeasuring ?? NaN;
      if (questions > 20) expect(measuring).toBeLessThanOrEqual((plan.secondsARound ?? NaN) - measuring);
      const more = planRun(timed, { ...wanted, questions: questions + 30 });
      expect(more.secondsMeasuring).toBeGreaterThan(measuring);
    }
  });

  it('counts what is asked once at the end, and its time when the speeds are known', () => {
    const probes = [{ name: 'facts', questions: english.test.slice(0, 30).map((row) => ({ ...row, id: `probe-${row.id}` })) }];
    const { facts } = open({ ...english, probes }, 20_000);
    const wanted = { ...DEFAULTS, prompts: 16, rounds: 1, questions: 20, probes: 20, probeAnswers: 4 };
    const plan = planRun({ ...facts, speeds: { reading: 1000, writing: 100, training: 100 } }, wanted);
    expect(plan.probes).toEqual({ asked: 20, open: 4 });
    const none = planRun({ ...facts, speeds: { reading: 1000, writing: 100, training: 100 } }, { ...wanted, probes: 0, probeAnswers: 0 });
    expect([none.probes, none.secondsProbing]).toEqual([{ asked: 0, open: 0 }, 0]);
    expect(plan.secondsProbing).toBeGreaterThan(0);
    expect(planRun(facts, wanted).secondsProbing).toBeNull();
    expect(probesText({ probes: { asked: 20, open: 1 }, secondsProbing: 130 })).toBe(
      'At the end the base and the returned round are asked 20 probe questions and 1 question to answer in its own words (about 2 min).',
    );
    expect(probesText({ probes: { asked: 1, open: 0 }, secondsProbing: null })).toBe(
      'At the end the base and the returned round are asked 1 probe question.',
    );
    expect(probesText({ probes: { asked: 0, open: 0 }, secondsProbing: 0 })).toBe('');
  });

  it('are asked with the date that the run began with, where the template of the model writes one', () => {
    const format = formatOf(`{{ strftime_now('%d %b %Y') }}\n${chat.templates['chatml'] ?? ''}`);
    const files = { config: shape(20_000), tokenizer };
    const tasks = tasksOfKit({ tokenizer, format: format.at('2026-11-30T08:00:00') }, kit);
    const planner = new ModelPlanner({ files } as ConstructorParameters<typeof ModelPlanner>[0], tasks, 'wasm');
    const run = { ...DEFAULTS, prompts: 8, rounds: 1 };
    const asked = (of: Parameters<typeof planner.count>[0]) => planner.count(of).drawn.prompts.map(({ prompt }) => prompt.slice(0, 11));
    expect(new Set(asked(run))).toEqual(new Set(['30 Nov 2026']));
    expect(new Set(asked({ ...run, date: '2026-11-29T23:59:58' }))).toEqual(new Set(['29 Nov 2026']));
  });

  it('is told with how sure it makes a score where it is not very', () => {
    expect(certainty(20)).toBeCloseTo(0.112, 3);
    expect(questionsText({ validation: 20, test: 20, inContext: 6, outOfDistribution: 0 })).toBe(
      'Asked after each round: 20 to choose the round by, 20 to test it, 6 of the test again with demonstrations in view. ' +
        'With 20 questions a score is certain to about ±11 points (one standard error).',
    );
    expect(questionsText({ validation: 100, test: 200, inContext: 200, outOfDistribution: 100 })).toBe(
      'Asked after each round: 100 to choose the round by, 200 to test it, 100 out of distribution.',
    );
  });
});
