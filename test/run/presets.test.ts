import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ModelPlanner } from '../../src/lab/plan/model-planner.ts';
import { tasksOfWorld } from '../../src/lab/tasks.ts';
import { loadModel } from '../../src/model/load.ts';
import { formatOptions, parseOptions } from '../../src/run/options.ts';
import { presetConfig, presetOf, PRESETS } from '../../src/run/presets.ts';
import { CATALOGUE, type WorldName } from '../../src/world/catalogue.ts';
import { WORLDS } from '../../src/world/list.ts';
import type { World } from '../../src/world/world.ts';

afterEach(() => vi.unstubAllGlobals());

describe('a preset', () => {
  const worlds = CATALOGUE.map(({ name }) => ({ standard: { world: name }, prompts: null }));
  const small = { standard: { maxTokens: 48, learningRate: 0.0003 }, prompts: 40 };

  it('has settings that are taken, and is told by them, whatever the seed', () => {
    fc.assert(
      fc.property(fc.constantFrom(...PRESETS), fc.constantFrom(...worlds), fc.integer({ min: 0, max: 999_999 }), (preset, ground, seed) => {
        const wanted = presetConfig(preset, ground, seed);
        const { config, refusals } = parseOptions(new URLSearchParams(formatOptions(wanted)));
        expect(refusals).toEqual([]);
        expect(presetOf(config, ground)).toBe(preset);
        expect(presetOf({ ...config, batchSize: config.batchSize + 1 }, ground)).toBeUndefined();
      }),
    );
  });

  it('asks a model of the user’s no more than its kit has, over what the model begins with', () => {
    for (const preset of PRESETS) {
      const config = presetConfig(preset, small, 7);
      expect(config).toMatchObject({ prompts: 40, maxTokens: 48, learningRate: 0.0003, seed: 7 });
      expect(presetOf(config, small)).toBe(preset);
    }
  });

  it.each<World>(WORLDS)('fits the bundled model of $name, in a browser that gives little room to store', async (world) => {
    // Node has no browser to ask: one with 64 MiB to store
    let quota = 2 ** 26;
    vi.stubGlobal('navigator', { storage: { estimate: async () => ({ quota, usage: 0 }) } });
    const folder = join(import.meta.dirname, '../../public/models', world.name);
    const files = await loadModel(async (name) => new Uint8Array(await readFile(join(folder, name))));
    const planner = new ModelPlanner({ files } as ConstructorParameters<typeof ModelPlanner>[0], tasksOfWorld(world), 'wasm');
    const ground = { standard: { world: world.name as WorldName }, prompts: null };
    for (const preset of PRESETS) {
      const config = presetConfig(preset, ground, 7);
      const plan = await planner.plan(config);
      expect([preset.name, plan.tooMuch, plan.nearest, plan.skipped]).toEqual([preset.name, [], null, { prompts: 0, questions: 0 }]);
    }
    quota = 1000;
    for (const preset of PRESETS)
      expect(
        (await planner.plan(presetConfig(preset, ground, 7))).tooMuch.map(({ what }) => what),
        preset.name,
      ).toEqual(['storage']);
  });
});
