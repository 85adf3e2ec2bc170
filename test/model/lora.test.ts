import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { startWasm } from '../../src/engine/wasm.ts';
import { LINEARS } from '../../src/files/config.ts';
import { adapterConfigText } from '../../src/files/out/adapter.ts';
import { createLora, initialLora, loraShapes, readArena } from '../../src/model/lora.ts';
import { readSafetensors, writeSafetensors } from '../../src/files/safetensors.ts';
import { Random } from '../../src/random.ts';
import { TINY } from '../support/tiny.ts';
import { peftOptions } from '../support/peft.ts';

const targets = fc.subarray([...LINEARS], { minLength: 1 });

beforeAll(startWasm);

describe('an adapter', () => {
  it('on any set of layers comes back from its file as it was', async () => {
    await fc.assert(
      fc.asyncProperty(targets, fc.integer({ min: 1, max: 4 }), fc.nat(), async (targets, rank, seed) => {
        const options = { rank, alpha: 2 * rank, targets };
        const lora = createLora(TINY, options, Random.of(seed));
        const stored = await readArena(TINY, lora, lora.arena);
        const { tensors } = readSafetensors(writeSafetensors(stored));
        const again = createLora(TINY, peftOptions(JSON.parse(adapterConfigText(options, 'base')), TINY), tensors);
        expect(await readArena(TINY, again, again.arena)).toEqual(stored);
        expect([...again.placements.values()].every(({ scale }) => scale === 2)).toBe(true);
        tf.dispose([lora.arena, again.arena]);
      }),
      { numRuns: 20 },
    );
  });

  it('is named and shaped as PEFT does', () => {
    expect(loraShapes(TINY, { rank: 3, alpha: 1, targets: ['down_proj', 'k_proj'] })).toEqual(
      new Map([
        ['base_model.model.model.layers.0.self_attn.k_proj.lora_A.weight', [3, 16]],
        ['base_model.model.model.layers.0.self_attn.k_proj.lora_B.weight', [8, 3]],
        ['base_model.model.model.layers.0.mlp.down_proj.lora_A.weight', [3, 24]],
        ['base_model.model.model.layers.0.mlp.down_proj.lora_B.weight', [16, 3]],
        ['base_model.model.model.layers.1.self_attn.k_proj.lora_A.weight', [3, 16]],
        ['base_model.model.model.layers.1.self_attn.k_proj.lora_B.weight', [8, 3]],
        ['base_model.model.model.layers.1.mlp.down_proj.lora_A.weight', [3, 24]],
        ['base_model.model.model.layers.1.mlp.down_proj.lora_B.weight', [16, 3]],
      ]),
    );
  });

  it('starts with B zero and A uniform within 1/sqrt(in)', () => {
    const start = initialLora(TINY, { rank: 4, alpha: 4, targets: LINEARS }, Random.of(5));
    for (const [name, { shape, data }] of start) {
      const bound = 1 / Math.sqrt(shape[1] ?? 0);
      if (name.includes('lora_B')) expect(data.every((value) => value === 0)).toBe(true);
      else {
        expect(Math.max(...data.map(Math.abs))).toBeLessThanOrEqual(bound);
        expect(Math.max(...data)).toBeGreaterThan(0.5 * bound);
        expect(Math.min(...data)).toBeLessThan(-0.5 * bound);
      }
    }
  });

  it('that lacks a half, has one too many or has a wrong shape is refused by name', () => {
    const options = { rank: 2, alpha: 2, targets: ['q_proj', 'up_proj'] } as const;
    const good = initialLora(TINY, options, Random.of(1));
    for (const name of good.keys()) {
      const less = new Map(good);
      less.delete(name);
      expect(() => createLora(TINY, options, less)).toThrow(
        expect.objectContaining({ code: 'MODEL_MISMATCH', detail: expect.stringContaining(name) }),
      );
      const turned = new Map(good).set(name, {
        shape: (good.get(name)?.shape ?? []).toReversed(),
        data: good.get(name)?.data ?? new Float32Array(),
      });
      expect(() => createLora(TINY, options, turned)).toThrow(expect.objectContaining({ code: 'MODEL_MISMATCH' }));
    }
    const more = initialLora(TINY, { ...options, targets: ['q_proj', 'k_proj', 'up_proj'] }, Random.of(1));
    expect(() => createLora(TINY, options, more)).toThrow(expect.objectContaining({ code: 'MODEL_MISMATCH' }));
  });
});
