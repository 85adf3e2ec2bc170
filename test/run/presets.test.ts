import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatOptions, parseOptions } from '../../src/run/options.ts';
import { presetConfig, presetOf, PRESETS } from '../../src/run/presets.ts';
import { CATALOGUE } from '../../src/world/catalogue.ts';

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
});
