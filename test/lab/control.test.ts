/** Pause, Stop and questions in the middle of a step: heard between two parts of the work, whatever the step takes. */
import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../src/align/method.ts';
import type { MethodEvent } from '../../src/contracts/events.ts';
import { turn } from '../../src/engine/work.ts';
import { DEFAULTS } from '../../src/run/config.ts';
import { MemoryStore } from '../../src/store/runs/memory.ts';
import { Control, Turns } from '../../src/lab/control.ts';
import { follow, type RunHost } from '../../src/lab/run.ts';

const NEVER = new Promise<never>(() => {});
const MEASURED = { scores: { zeroShot: 0, oneShot: 0, fewShot: 0 }, validation: 0, byKind: {}, outOfDistribution: null, extras: null };
const OUTCOME = { base: MEASURED, rounds: [], bestRound: 0, adapter: null } as unknown as Outcome;

/** A run of one step that has `parts` parts; `each` is called before each of them. */
function longStep(parts: number, each: (part: number, control: Control, turns: Turns) => void) {
  const [control, turns] = [new Control(), new Turns()];
  const host: RunHost = {
    store: new MemoryStore(),
    engine: { backend: 'wasm', device: 'CPU', software: true, threads: 1, workers: 1, commit: 'abc' },
    open: { model: null, world: DEFAULTS.world },
    control,
    turns,
    failure: NEVER,
    warnings: [],
    gauges: () => ({ 'engine/tensors': 0, 'engine/bytes': 0, 'engine/dispatches': 0 }),
    now: () => performance.now() / 1000,
    begin: async function* (): AsyncGenerator<MethodEvent, Outcome> {
      yield { type: 'progress', phase: 'measure', round: 0, done: 0, total: 1 };
      for (let part = 0; part < parts; part++) {
        each(part, control, turns);
        await control.gate(turns);
      }
      return OUTCOME;
    },
  };
  return { control, turns, following: follow(DEFAULTS, null, host) };
}

async function ended(following: ReturnType<typeof follow>, seen: (type: string) => void = () => {}): Promise<readonly string[]> {
  const types: string[] = [];
  for (;;) {
    const step = await following.next();
    types.push(step.value.type);
    if (step.done === true) return types;
    seen(step.value.type);
  }
}

describe('in the middle of a step', () => {
  test('a pause is told at once and holds the work until it is resumed', async () => {
    let parts = 0;
    const { control, following } = longStep(20, (part) => {
      parts = part;
      if (part === 5) control.allow('now');
    });
    const types = await ended(following, (type) => {
      if (type !== 'paused') return;
      expect(parts).toBe(5);
      void turn().then(() => turn().then(() => control.allow('end')));
    });
    expect(types).toEqual(['started', 'progress', 'paused', 'resumed', 'finished']);
    expect(parts).toBe(19);
  });

  test('a stop ends the work after the part under way', async () => {
    let parts = 0;
    const { control, following } = longStep(1000, (part) => {
      parts = part;
      if (part === 7) control.stop();
    });
    expect(await ended(following)).toEqual(['started', 'progress', 'stopped']);
    expect(parts).toBe(7);
  });

  test('a stop ends a step that a pause holds', async () => {
    const { control, following } = longStep(1000, (part) => {
      if (part === 3) control.allow('now');
    });
    const types = await ended(following, (type) => {
      if (type === 'paused') void turn().then(() => control.stop());
    });
    expect(types).toEqual(['started', 'progress', 'paused', 'stopped']);
  });

  test('a question is answered between two parts, and while the run is paused', async () => {
    const answered: number[] = [];
    let parts = 0;
    const { control, turns, following } = longStep(10, (part) => {
      parts = part;
      if (part === 2) void turns.take(async () => void answered.push(parts));
      if (part === 4) control.allow('now');
    });
    const types = await ended(following, (type) => {
      if (type !== 'paused') return;
      void turns
        .take(async () => void answered.push(parts))
        .then(() => turn())
        .then(() => control.allow('end'));
    });
    expect(types.at(-1)).toBe('finished');
    expect(answered).toEqual([2, 4]);
  });
});
