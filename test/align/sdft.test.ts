/** SDFT, on a scripted model: who answers what, who teaches, and what is learned from. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TaughtRow } from '../../src/contracts/language-model.ts';
import type { MethodEvent } from '../../src/contracts/events.ts';
import { type RunConfig, DEFAULTS } from '../../src/run/config.ts';
import { bootstrap } from '../../src/run/recipe.ts';
import { MemoryStore } from '../../src/store/runs/memory.ts';
import { questions, ScriptedModel, task } from '../support/scripted.ts';

const SDFT = { method: 'sdft', rounds: 3, prompts: 24, epochs: 2, batchSize: 4, earlyStop: false } as const;

async function setup(change: Partial<RunConfig>) {
  const config: RunConfig = { ...DEFAULTS, ...SDFT, ...change };
  const store = new MemoryStore();
  const run = await store.createRun(config);
  const sets = { validation: questions(20, 'held'), test: questions(20, 'test'), outOfDistribution: null };
  return { run, config, task, prompts: questions(config.prompts, 'x'), ...sets, ledger: await store.openLedger(run) };
}

async function play(inputs: Awaited<ReturnType<typeof setup>>, model: ScriptedModel, stopAfter = Infinity) {
  const events: MethodEvent[] = [];
  const running = bootstrap({ ...inputs, model });
  for (;;) {
    const step = await running.next();
    if (step.done) return { outcome: step.value, events };
    if (events.push(step.value) >= stopAfter) await running.return(undefined as never);
  }
}

/** A run from its beginning, with what its model was asked. */
async function whole(change: Partial<RunConfig> = {}, model = new ScriptedModel()) {
  const { outcome, events } = await play(await setup(change), model);
  return { model, outcome, samples: events.flatMap((event) => (event.type === 'sample' ? [event.sample] : [])) };
}

const teachers = ({ trained }: ScriptedModel) =>
  trained.map(({ rows }) => (rows as readonly TaughtRow[]).map(({ teacher }) => teacher.logProbs[0]));

describe('SDFT', () => {
  it('answers bare prompts and learns from every answer, right or wrong, whatever its filters and samples say', async () => {
    const wrong = () => ({ text: ' User: User: User:', finish: 'length' as const });
    const { model, samples, outcome } = await whole(
      { demonstrations: 4, principles: true, thoughts: true, oracle: true, samples: 3 },
      new ScriptedModel({ wrong }),
    );
    expect(samples.every(({ question, context, verdict }) => context === `User: ${question}\nBot:` && verdict === 'kept')).toBe(true);
    expect(samples.some(({ aligned }) => aligned === false)).toBe(true);
    expect(model.generated.filter(({ seed }) => seed.includes('/round 1/'))).toHaveLength(8);
    expect(model.trained.map(({ rows, options }) => [rows.length, options])).toEqual(
      Array.from({ length: 3 }, () => [16, expect.objectContaining({ alpha: 0.5, learningRate: DEFAULTS.learningRate })]),
    );
    expect(model.trained[0]?.rows.every(({ prompt }) => /^User: [^\n]*\nBot:$/.test(prompt))).toBe(true);
    expect(outcome.rounds.map(({ kept }) => kept)).toEqual([8, 8, 8]);
  });

  it('asks the teacher about the same answers, with principles and fresh demonstrations in view and no thoughts', async () => {
    const { model, samples } = await whole({ demonstrations: 2, principles: true, thoughts: true });
    expect(model.explained).toHaveLength(24);
    for (const { prompt, completion } of model.explained) {
      expect(prompt).toMatch(
        /^Rules: Be right\.\n(User: Which number is pool \d+\?\nBot: It is pool \d+\.\n){2}User: Which number is x \d+\?\nBot:$/,
      );
      const of = samples.find(({ question }) => prompt.endsWith(`User: ${question}\nBot:`));
      expect(of?.completion).toBe(completion);
    }
    expect(new Set(model.explained.map(({ prompt }) => prompt.slice(0, prompt.lastIndexOf('User:')))).size).toBeGreaterThan(12);
  });

  it('is taught by the model of the round before', async () => {
    const { model } = await whole();
    const skills = model.trained.map(({ from }) => from);
    expect(skills[1]).toBeGreaterThan(0.3);
    expect(teachers(model)).toEqual(skills.map((skill) => Array.from({ length: 16 }, () => Math.fround(skill))));
  });

  it('or by the base model, while each round answers and learns by itself', async () => {
    const { model } = await whole({ answersFrom: 'base' });
    expect(teachers(model).flat()).toEqual(Array.from({ length: 48 }, () => Math.fround(0.3)));
    const answered = model.generated.filter(({ seed }) => seed.includes('/round 3/')).map(({ skill }) => skill);
    expect(new Set(answered)).toEqual(new Set([model.trained[2]?.from]));
    expect(model.trained[2]?.from).toBeGreaterThan(0.5);
  });

  it('or about the right answers, where the world gives them', async () => {
    const { model, samples } = await whole({ answersFrom: 'gold' });
    expect(samples.every(({ aligned }) => aligned)).toBe(true);
    expect(model.explained.map(({ completion }) => completion)).toEqual(samples.map(({ completion }) => completion));
  });

  it('has the teacher read answers of earlier rounds as he would have then', async () => {
    const { model } = await whole({ learnsFrom: 'all', rounds: 2, prompts: 16 });
    const [first, second] = [model.explained.slice(0, 8), model.explained.slice(8)];
    const again = second.filter(({ completion, prompt }) => first.some((row) => row.prompt === prompt && row.completion === completion));
    expect(second).toHaveLength(8);
    expect(again.length).toBeGreaterThan(0);
  });

  it('leaves out an answer without a word, and takes the divergence that it is told', async () => {
    const wrong = (prompt: string) => ({ text: /[048]\?/.test(prompt) ? '\n' : ' Who cares.\n', finish: 'stop' as const });
    const { model, samples } = await whole({ divergence: 1, rounds: 1 }, new ScriptedModel({ wrong }));
    expect(new Set(samples.map(({ verdict }) => verdict))).toEqual(new Set(['kept', 'empty']));
    expect(model.trained[0]?.rows.length).toBe(2 * samples.filter(({ verdict }) => verdict === 'kept').length);
    expect(model.trained[0]?.options).toMatchObject({ alpha: 1 });
  });

  it('interrupted anywhere goes on to the same result as unbroken', async () => {
    const unbroken = await play(await setup({ answersFrom: 'base' }), new ScriptedModel());
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: unbroken.events.length }), { minLength: 1, maxLength: 3 }), async (stops) => {
        const inputs = await setup({ answersFrom: 'base' });
        for (const stopAfter of stops) await play(inputs, new ScriptedModel(), stopAfter);
        expect((await play(inputs, new ScriptedModel())).outcome).toEqual(unbroken.outcome);
      }),
      { numRuns: 25 },
    );
  });
});
