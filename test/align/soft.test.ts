import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TrainingRow } from '../../src/contracts/language-model.ts';
import { Random } from '../../src/random.ts';
import type { Ledger } from '../../src/contracts/ledger.ts';
import { bootstrap } from '../../src/run/recipe.ts';
import type { Outcome } from '../../src/align/method.ts';
import type { MethodEvent } from '../../src/contracts/events.ts';
import { unpackMarks } from '../../src/marks.ts';
import { mean } from '../../src/numbers.ts';
import type { Task } from '../../src/contracts/task.ts';
import { type RunConfig, DEFAULTS } from '../../src/run/config.ts';
import { MemoryStore } from '../../src/store/runs/memory.ts';
import { pool, questions, ScriptedModel, task as world } from '../support/scripted.ts';

const validation = questions(20, 'held');
const test = questions(20, 'test');

type Setup = { config?: Partial<RunConfig>; model?: ScriptedModel; task?: Task; ledger?: Ledger };

async function setup({ config, model = new ScriptedModel(), task = world, ledger }: Setup = {}) {
  const full: RunConfig = { ...DEFAULTS, method: 'soft', rounds: 3, prompts: 24, epochs: 1, batchSize: 4, earlyStop: false, ...config };
  const store = new MemoryStore();
  const run = await store.createRun(full);
  return {
    run,
    config: full,
    task,
    prompts: questions(full.prompts, 'x'),
    validation,
    test,
    outOfDistribution: questions(10, 'outside'),
    model,
    ledger: ledger ?? (await store.openLedger(run)),
  };
}

async function play(
  inputs: Awaited<ReturnType<typeof setup>>,
  stopAfter = Infinity,
): Promise<{ events: MethodEvent[]; outcome: Outcome | null }> {
  const events: MethodEvent[] = [];
  const running = bootstrap(inputs);
  for (;;) {
    const step = await running.next();
    if (step.done) return { events, outcome: step.value };
    events.push(step.value);
    if (events.length >= stopAfter) {
      await running.return(undefined as never);
      return { events, outcome: null };
    }
  }
}

const samples = (events: readonly MethodEvent[]) => events.flatMap((event) => (event.type === 'sample' ? [event.sample] : []));
const trained = (model: ScriptedModel) => model.trained.map(({ rows }) => rows);

describe('a SOFT run', () => {
  it('answers every prompt exactly once, in disjoint rounds', async () => {
    const { events } = await play(await setup());
    const made = samples(events);
    expect(made.map((s) => s.promptId).toSorted()).toEqual(
      questions(24, 'x')
        .map((q) => q.id)
        .toSorted(),
    );
    expect([1, 2, 3].map((round) => made.filter((s) => s.round === round).length)).toEqual([8, 8, 8]);
  });

  it('answers each round with the model of the round before', async () => {
    const model = new ScriptedModel({ learn: (skill) => skill + 0.1 });
    await play(await setup({ model }));
    const answering = model.generated.filter(({ seed }) => seed.includes('/round'));
    for (const [round, skill] of [0.3, 0.4, 0.5].entries()) {
      const used = answering.filter(({ seed }) => seed.includes(`/round ${round + 1}/`)).map((g) => g.skill);
      expect(used).toHaveLength(8);
      for (const value of used) expect(value).toBeCloseTo(skill, 10);
    }
  });

  it('shows every prompt its own random demonstrations and the principles', async () => {
    const { events } = await play(await setup({ config: { demonstrations: 3 } }));
    const drawn = samples(events).map((s) => s.demonstrationIds);
    for (const ids of drawn) expect(new Set(ids).size).toBe(3);
    expect(new Set(drawn.map((ids) => ids.join())).size).toBeGreaterThan(20);
    for (const { context, demonstrationIds, question } of samples(events)) {
      expect(context.startsWith(world.principles)).toBe(true);
      const at = demonstrationIds.map((id) => context.indexOf(pool.find((d) => d.id === id)?.text ?? '?'));
      expect(at.every((position, i) => position > (at[i - 1] ?? 0))).toBe(true);
      expect(context.endsWith(`${question}\nBot:`)).toBe(true);
    }
  });

  it('trains on the bare prompt and the answer, without principles and demonstrations', async () => {
    const model = new ScriptedModel();
    await play(await setup({ model }));
    for (const { prompt, completion } of trained(model).flat()) {
      expect(prompt).toMatch(/^User: Which number is x \d+\?\nBot:$/);
      expect(completion.endsWith('\n')).toBe(true);
    }
  });

  it('never trains on a dropped answer and names the reason', async () => {
    const wrong = (prompt: string) =>
      prompt.length % 3 === 0
        ? { text: ' It goes on and', finish: 'length' as const }
        : prompt.length % 3 === 1
          ? { text: '\n', finish: 'stop' as const }
          : { text: ' Fine.\n', finish: 'stop' as const };
    const model = new ScriptedModel({ wrong });
    const { events } = await play(await setup({ model, config: { prompts: 60, seed: 7 } }));
    const made = samples(events);
    expect(new Set(made.map((s) => s.verdict))).toEqual(new Set(['kept', 'unfinished', 'empty']));
    const kept = made.filter((s) => s.verdict === 'kept').map((s) => s.completion);
    expect(
      trained(model)
        .flat()
        .map((r) => r.completion)
        .toSorted(),
    ).toEqual(kept.toSorted());
  });

  it('asks for labels only to report them: another grader changes nothing that is trained', async () => {
    const [a, b] = [new ScriptedModel(), new ScriptedModel()];
    await play(await setup({ model: a }));
    await play(await setup({ model: b, task: { ...world, aligned: () => false } }));
    expect(trained(b)).toEqual(trained(a));
  });

  it('gives every kept answer its place in the training order', async () => {
    const model = new ScriptedModel();
    const { events } = await play(await setup({ model }));
    for (const event of events) {
      if (event.type !== 'ordered') continue;
      const places = event.samples.filter((s) => s.verdict === 'kept').toSorted((a, b) => (a.order ?? -1) - (b.order ?? -1));
      expect(places.map((s) => s.order)).toEqual(places.map((_, i) => i));
      expect(places.map((s) => s.completion)).toEqual(trained(model)[event.round - 1]?.map((r) => r.completion));
    }
  });

  it('goes through its answers once for each epoch, in another order', async () => {
    const model = new ScriptedModel();
    await play(await setup({ model, config: { epochs: 2 } }));
    for (const rows of trained(model)) {
      const [first, second] = [rows.slice(0, rows.length / 2), rows.slice(rows.length / 2)].map((half) => half.map((r) => r.prompt));
      expect(first).not.toEqual(second);
      expect(first?.toSorted()).toEqual(second?.toSorted());
    }
  });

  it('returns the round that was best on the validation questions, not the last', async () => {
    const model = new ScriptedModel({ learn: (_, __, time) => [0, 0.5, 1, 0.2][time] ?? 0 });
    const { outcome } = await play(await setup({ model }));
    expect(outcome?.bestRound).toBe(2);
    expect(outcome?.rounds).toHaveLength(3);
    expect(new TextDecoder().decode(outcome?.adapter?.bytes)).toBe('1');
    expect(model.skill).toBe(1);
  });

  it('returns the base model when no round was better', async () => {
    const model = new ScriptedModel({ learn: () => 0 });
    const { outcome } = await play(await setup({ model }));
    expect(outcome?.bestRound).toBe(0);
    expect(outcome?.adapter).toBeNull();
    expect(model.skill).toBe(0.3);
  });

  it('stops early after a clear fall, if asked to', async () => {
    const learn = (_: number, __: unknown, round: number) => [0, 1, 0.1, 1][round] ?? 0;
    const stopped = await play(await setup({ model: new ScriptedModel({ learn }), config: { earlyStop: true } }));
    expect(stopped.outcome?.rounds.map((r) => r.round)).toEqual([1, 2]);
    expect(stopped.outcome?.bestRound).toBe(1);
    const whole = await play(await setup({ model: new ScriptedModel({ learn }), config: { earlyStop: false } }));
    expect(whole.outcome?.rounds).toHaveLength(3);
  });

  it('goes on from what was stored before marks were kept, and still stops after a clear fall', async () => {
    const learn = (_: number, __: unknown, round: number) => [0, 1, 0.1, 1][round] ?? 0;
    const inputs = await setup({ model: new ScriptedModel({ learn }), config: { earlyStop: true } });
    const { events } = await play(inputs);
    const first = events.findIndex((event) => event.type === 'round') + 1;
    const again = await setup({ model: new ScriptedModel({ learn }), config: { earlyStop: true } });
    await play(again, first);
    const without = <T extends { readonly marks?: unknown }>(measured: T) => {
      const { marks: _, ...rest } = measured;
      return rest;
    };
    const saved = await again.ledger.load();
    expect(saved.rounds).toHaveLength(1);
    const old = { ...saved, base: saved.base === null ? null : without(saved.base), rounds: saved.rounds.map(without) };
    again.ledger.load = async () => old;
    const { outcome } = await play(again);
    expect([outcome?.rounds.map(({ round }) => round), outcome?.bestRound]).toEqual([[1, 2], 1]);
    expect(outcome?.rounds.map(({ marks }) => marks?.validation.length)).toEqual([undefined, 20]);
  });

  it('keeps the mark of every question that it was measured on', async () => {
    const inputs = await setup();
    const { outcome } = await play(inputs);
    const saved = await inputs.ledger.load();
    expect(saved.rounds).toEqual(outcome?.rounds);
    for (const measured of [outcome?.base, ...(outcome?.rounds ?? [])]) {
      if (measured?.marks === undefined) throw new Error('no marks');
      const { zeroShot, oneShot, fewShot, sampled } = 'scores' in measured ? measured.scores : measured;
      const { validation, outOfDistribution } = measured;
      const shares = { validation, zeroShot, oneShot, fewShot, outOfDistribution, sampled };
      const found = Object.entries(measured.marks).map(([name, marks]) => [name, mean(unpackMarks(marks ?? ''))]);
      expect(Object.fromEntries(found)).toEqual(shares);
      expect(Object.values(measured.marks).map((marks) => marks?.length)).toEqual([20, 20, 20, 20, 10, 20]);
    }
  });

  it('refuses to train when nearly everything was dropped', async () => {
    const model = new ScriptedModel({ wrong: () => ({ text: '', finish: 'length' }) });
    model.restore = async () => void (model.skill = 0);
    await expect(play(await setup({ model }))).rejects.toMatchObject({ code: 'KEPT_TOO_FEW' });
    expect(model.trained).toEqual([]);
  });

  it('reports scores, label quality and counts as shares of what was asked', async () => {
    const { events } = await play(await setup());
    for (const event of events) {
      if (event.type !== 'round') continue;
      const made = samples(events).filter((s) => s.round === event.result.round);
      expect(event.result.labelQuality).toBe(made.filter((s) => s.aligned).length / made.length);
      expect(event.result.kept).toBe(made.filter((s) => s.verdict === 'kept').length);
      for (const share of [event.result.zeroShot, event.result.oneShot, event.result.fewShot, event.result.validation]) {
        expect((share ?? NaN) * 20).toBeCloseTo(Math.round((share ?? NaN) * 20), 9);
      }
    }
  });
});

describe('a single round', () => {
  it('has as many checkpoints as SOFT has rounds, on the same answers and over the same number of steps', async () => {
    const [single, soft] = [new ScriptedModel(), new ScriptedModel()];
    const { outcome, events } = await play(await setup({ model: single, config: { method: 'single', rounds: 4, epochs: 2 } }));
    await play(await setup({ model: soft, config: { method: 'soft', rounds: 4, epochs: 2 } }));
    expect(outcome?.rounds.map(({ round, prompts }) => [round, prompts])).toEqual([1, 2, 3, 4].map((round) => [round, 24]));
    expect(samples(events)).toHaveLength(24);
    const asked = single.generated.filter(({ temperature, seed }) => temperature > 0 && !seed.includes('/sampled/'));
    expect(asked.every(({ skill }) => skill === 0.3)).toBe(true);
    const rows = trained(single).flat();
    expect(rows).toHaveLength(trained(soft).flat().length);
    const counts = new Map<string, number>();
    for (const { prompt } of rows) counts.set(prompt, (counts.get(prompt) ?? 0) + 1);
    expect([...counts.values()]).toEqual([...counts].map(() => 2));
  });

  it('trains on each answer once an epoch and goes on from part to part, also where pairs are ordered and rounds would start afresh', async () => {
    // what a pair scores depends on the model, so that another order would come out of every part
    class Moody extends ScriptedModel {
      override async score(rows: readonly TrainingRow[]) {
        return rows.map(({ prompt }) => ({ nll: Random.of(prompt, this.skill).next(), tokens: 1 }));
      }
    }
    const model = new Moody();
    const order = { order: 'easy-to-hard', orderScope: 'within', perplexityContext: 'without', startFrom: 'base' } as const;
    const config = { method: 'single', rounds: 4, epochs: 2, ...order } as const;
    const { events } = await play(await setup({ model, config }));
    const counts = new Map<string, number>();
    for (const { prompt } of trained(model).flat()) counts.set(prompt, (counts.get(prompt) ?? 0) + 1);
    expect([...counts.values()]).toEqual([...counts].map(() => 2));
    const from = model.trained.map(({ from }) => from);
    expect(from).toEqual(from.toSorted((a, b) => a - b));
    expect(new Set(from).size).toBe(4);
    expect(events.filter(({ type }) => type === 'ordered')).toHaveLength(1);
  });

  it('orders gold answers, which nobody sampled, by what the model makes of them', async () => {
    class Scoring extends ScriptedModel {
      override async score(rows: readonly TrainingRow[]) {
        return rows.map(({ prompt }) => ({ nll: Random.of(prompt).next(), tokens: 1 }));
      }
    }
    const model = new Scoring();
    const config = { method: 'soft', rounds: 1, answersFrom: 'gold', order: 'easy-to-hard', orderScope: 'within' } as const;
    const { events } = await play(await setup({ model, config }));
    const learnt = samples(events).length === 24 ? events.flatMap((event) => (event.type === 'ordered' ? event.samples : [])) : [];
    const nll = learnt.toSorted((a, b) => (a.order ?? 0) - (b.order ?? 0)).map(({ context }) => Random.of(context).next());
    expect(nll).toHaveLength(24);
    expect(nll).toEqual(nll.toSorted((a, b) => a - b));
  });

  it('stopped in the middle and resumed, ends as if it had not been', async () => {
    const whole = new ScriptedModel();
    const { outcome } = await play(await setup({ model: whole, config: { method: 'single', rounds: 4 } }));
    const inputs = await setup({ config: { method: 'single', rounds: 4 } });
    const { events } = await play(inputs);
    const second = events.findIndex((event) => event.type === 'round' && event.result.round === 2);
    const again = await setup({ config: { method: 'single', rounds: 4 } });
    await play(again, second + 1);
    const model = new ScriptedModel();
    const resumed = await play({ ...again, model });
    expect(resumed.outcome).toEqual(outcome);
    expect(trained(model)).toEqual(trained(whole).slice(2));
  });

  it('answers all prompts with the base model and trains once where it has one checkpoint', async () => {
    const model = new ScriptedModel();
    const { outcome } = await play(await setup({ model, config: { method: 'single', rounds: 4, checkpoints: 1 } }));
    expect(outcome?.rounds).toHaveLength(1);
    expect(trained(model)).toHaveLength(1);
    expect(outcome?.rounds[0]?.prompts).toBe(24);
  });
});

describe('SOFT+', () => {
  const hardness = (prompt: string) => (Number(/is \w+ (\d+)\?\nBot:$/.exec(prompt)?.[1]) * 7) % 24;
  const logProb = (prompt: string) => -0.1 * hardness(prompt);

  it('answers easy prompts in early rounds and hard ones in late rounds', async () => {
    const { events } = await play(await setup({ model: new ScriptedModel({ logProb }), config: { method: 'soft+', orderScope: 'both' } }));
    const byRound = [1, 2, 3].map((round) =>
      samples(events)
        .filter((s) => s.round === round)
        .map((s) => hardness(s.context)),
    );
    expect(byRound.map((list) => list.toSorted((a, b) => a - b))).toEqual(
      [0, 8, 16].map((from) => Array.from({ length: 8 }, (_, i) => from + i)),
    );
    for (const s of samples(events)) expect(s.difficulty).toBeCloseTo(Math.exp(0.1 * hardness(s.context)), 10);
  });

  it('never trains on the drafts that only sort', async () => {
    const model = new ScriptedModel({ logProb });
    await play(await setup({ model, config: { method: 'soft+', orderScope: 'both' } }));
    expect(model.generated.filter(({ seed }) => seed.includes('/draft/'))).toHaveLength(24);
    expect(trained(model).flat().length).toBeLessThanOrEqual(24);
  });
});

describe('a run that was interrupted anywhere', () => {
  it.each(['soft', 'soft+', 'single'] as const)('goes on to the same result as an unbroken one (%s)', async (method) => {
    const whole = await play(await setup({ config: { method } }));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: whole.events.length }), { minLength: 1, maxLength: 3 }), async (stops) => {
        const inputs = await setup({ config: { method } });
        for (const stopAfter of stops) await play({ ...inputs, model: new ScriptedModel() }, stopAfter);
        const model = new ScriptedModel();
        const resumed = await play({ ...inputs, model });
        expect(resumed.outcome).toEqual(whole.outcome);
        expect(model.skill).toBeGreaterThan(0.3);
        const begun = resumed.events.flatMap((event) => (event.type === 'step' && event.step === 1 ? [event.round] : []));
        expect(begun).toEqual([...new Set(begun)]);
        expect(model.trained).toHaveLength(begun.length);
      }),
      { numRuns: 25 },
    );
  });

  it('does not answer again what was already saved', async () => {
    const inputs = await setup();
    const first = new ScriptedModel();
    let count = 0;
    for await (const event of bootstrap({ ...inputs, model: first })) {
      if (event.type === 'sample' && ++count === 8) break;
    }
    const model = new ScriptedModel();
    await play({ ...inputs, model });
    expect(model.generated.filter(({ seed }) => seed.includes('/round 1/'))).toEqual([]);
    expect(model.generated.filter(({ seed }) => seed.includes('/round 2/'))).toHaveLength(8);
  });
});
