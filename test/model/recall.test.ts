/** A conversation that goes on: what was read of it is read once, the answers are those of a model that reads everything again, and memory is bounded. */
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { allocate, free, recordBy, startWasm } from '../../src/engine/wasm.ts';
import { AppError } from '../../src/errors.ts';
import type { Decoder } from '../../src/model/decoder.ts';
import { grow, type Generated, type GenerationOptions } from '../../src/model/generate.ts';
import { toTensors } from '../../src/model/load.ts';
import { Recall, type Remembered } from '../../src/model/recall.ts';
import { TINY, tinyModel } from '../support/tiny.ts';

const OPTIONS: GenerationOptions = { maxTokens: 6, temperature: 1, topK: 0, topP: 1, isEnd: (ids) => (ids.at(-1) ?? 0) % 7 === 3 };
/** Bytes of keys and values of a token. */
const TOKEN = 8 * TINY.num_hidden_layers * TINY.num_key_value_heads * TINY.head_dim;

let decoder: Decoder;

beforeAll(async () => {
  await startWasm();
  const { config, weights } = tinyModel();
  decoder = { config, weights: toTensors(config, weights), lora: null };
});

async function answer(ids: readonly number[], seed: string, remembered: Remembered | null, options = OPTIONS): Promise<Generated> {
  for await (const made of grow(decoder, { ids, seed }, options, remembered)) {
    if (made.finish !== null) return { ...made, ids: [...made.ids], logProbs: [...made.logProbs] };
  }
  throw new Error('it was not answered');
}

/** How many tokens go through the model until the first one is drawn. */
async function tokensRead(ids: readonly number[], remembered: Remembered | null): Promise<number> {
  const blocks: number[] = [];
  let tokens = 0;
  recordBy({
    made: () => {},
    used: () => {},
    called: (kernel, [, , , , , rows = 0, , , T = 0]) => void (kernel === 'ropeAppend' && (tokens += rows * T)),
    scratch: (bytes) => {
      const block = allocate(bytes);
      blocks.push(block);
      return block;
    },
  });
  try {
    for await (const _ of grow(decoder, { ids, seed: '' }, OPTIONS, remembered)) break;
  } finally {
    recordBy(null);
    for (const block of blocks) free(block);
  }
  return tokens / TINY.num_hidden_layers;
}

const someIds = (min: number) => fc.array(fc.integer({ min: 3, max: 258 }), { minLength: min, maxLength: 24 });
const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, n) => 3 + ((from + n) % 250));

describe('a conversation', () => {
  it('is answered, to the last bit, as by a model that reads all of it again, whatever it goes back to', async () => {
    const turn = fc.record({ keep: fc.double({ min: 0, max: 1, noNaN: true }), more: someIds(1), seed: fc.string({ maxLength: 2 }) });
    await fc.assert(
      fc.asyncProperty(someIds(8), fc.array(turn, { minLength: 1, maxLength: 4 }), async (first, turns) => {
        const recall = new Recall();
        let said: readonly number[] = [];
        for (const { keep, more, seed } of [{ keep: 0, more: first, seed: '' }, ...turns]) {
          const ids = [...said.slice(0, Math.round(keep * said.length)), ...more].slice(0, 63);
          const made = await answer(ids, seed, recall.of('a'));
          expect(made).toEqual(await answer(ids, seed, null));
          said = [...ids, ...made.ids];
        }
        recall.forget();
      }),
      { numRuns: 30 },
    );
  });

  it('reads only what came since: of the answer no token but the last, which was drawn and not read', async () => {
    const recall = new Recall();
    const first = range(0, 20);
    expect(await tokensRead(first, null)).toBe(20);
    const { ids } = await answer(first, 'x', recall.of('a'), { ...OPTIONS, isEnd: () => false });
    expect(ids).toHaveLength(6);
    const next = [...first, ...ids, ...range(100, 7)];
    expect(recall.of('a').known(next)).toBe(25);
    expect(await tokensRead(next, recall.of('a'))).toBe(8);
    // the same question once more: its last token gives the logits
    expect(await tokensRead(next, recall.of('a'))).toBe(1);
    // another beginning
    expect(await tokensRead(range(50, 20), recall.of('a'))).toBe(20);
    expect(await tokensRead(range(50, 20), recall.of('b'))).toBe(20);
    recall.forget();
  });

  it('that was stopped goes on from where it was, and one that failed is read again', async () => {
    const recall = new Recall();
    const ids = range(0, 20);
    let tokens = 0;
    const stopping = { ...OPTIONS, isEnd: () => false, gate: async () => {} };
    for await (const _ of grow(decoder, { ids, seed: '' }, stopping, recall.of('a'))) if (++tokens === 3) break;
    expect(recall.of('a').known([...ids, 9])).toBe(20);
    const failing = async (error: Error): Promise<void> => {
      const isEnd = (made: readonly number[]): boolean => {
        if (made.length === 3) throw error;
        return false;
      };
      await expect(answer(ids, '', recall.of('a'), { ...OPTIONS, isEnd })).rejects.toThrow(error);
    };
    await failing(new AppError('STOPPED', ''));
    expect(recall.of('a').known([...ids, 9])).toBe(20);
    await failing(new AppError('NUM_NONFINITE', ''));
    expect(recall.of('a').known([...ids, 9])).toBe(0);
    recall.forget();
  });
});

describe('what is kept', () => {
  it('is each model’s own, as long as all fit; those asked last stay, and one alone whatever its length', async () => {
    const recall = new Recall(50 * TOKEN);
    const known = (): readonly number[] => ['a', 'b', 'c'].map((name) => recall.of(name).known([...range(0, 60), 9]));
    await answer(range(0, 20), '', recall.of('a'), { ...OPTIONS, maxTokens: 1 });
    await answer(range(0, 30), '', recall.of('b'), { ...OPTIONS, maxTokens: 1 });
    expect(known()).toEqual([20, 30, 0]);
    await answer(range(0, 21), '', recall.of('a'), { ...OPTIONS, maxTokens: 1 });
    expect(known()).toEqual([21, 0, 0]);
    await answer(range(0, 60), '', recall.of('c'), { ...OPTIONS, maxTokens: 1 });
    expect(known()).toEqual([0, 0, 60]);
    recall.forget();
    expect(known()).toEqual([0, 0, 0]);
  });

  it('has room for what was read and no more, and leaves no tensor behind', async () => {
    const before = tf.memory();
    const recall = new Recall();
    for (const ids of [range(0, 20), range(0, 40), range(100, 12)]) {
      const made = await answer(ids, '', recall.of('a'));
      expect(tf.memory().numBytes - before.numBytes).toBe((ids.length + made.ids.length - 1) * TOKEN);
      expect(tf.memory().numTensors - before.numTensors).toBe(2 * TINY.num_hidden_layers);
    }
    recall.forget();
    expect(tf.memory()).toEqual(before);
  });
});
