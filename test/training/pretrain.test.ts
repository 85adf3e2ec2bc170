import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { learnTokenizer, pageReader, RECIPE, recipeOf, shape } from '../../scripts/pretrain.ts';
import { modelCard } from '../../scripts/model-card.ts';
import { startWasm } from '../../src/engine/wasm.ts';
import { parameterCount, renderConfig } from '../../src/files/config.ts';
import { readSafetensors, writeSafetensors } from '../../src/files/safetensors.ts';
import { Tokenizer } from '../../src/text/tokenizer/tokenizer.ts';
import { Random } from '../../src/random.ts';
import { packRows, Pretraining, type PretrainOptions } from '../../src/training/pretrain.ts';
import { WORLDS } from '../../src/world/list.ts';
import { TINY } from '../support/tiny.ts';

const OPTIONS: PretrainOptions = {
  seed: 5,
  steps: 12,
  rows: 4,
  rowTokens: 24,
  learningRate: 0.01,
  warmup: 3,
  floor: 0.1,
  weightDecay: 0.1,
  clip: 1,
};
/** Counts up from a random letter, so that there is something to learn. */
function page(random: Random): number[] {
  const start = random.int(20);
  return [0, ...Array.from({ length: 10 }, (_, i) => 100 + ((start + i) % 20))];
}

async function run(training: Pretraining, options = OPTIONS, until = Infinity): Promise<number[]> {
  const losses: number[] = [];
  for await (const { step, loss } of training.run(options, page)) {
    losses.push(loss);
    if (step >= until) break;
  }
  return losses;
}

beforeAll(startWasm);

describe('pre-training', () => {
  it('learns, and the same recipe gives the same weights to the last bit', async () => {
    using first = new Pretraining(TINY, OPTIONS);
    using second = new Pretraining(TINY, OPTIONS);
    const losses = await run(first);
    expect(losses).toHaveLength(12);
    expect(losses.at(-1)).toBeLessThan((losses[0] as number) - 1);
    expect(await run(second)).toEqual(losses);
    expect(writeSafetensors(await second.snapshot())).toEqual(writeSafetensors(await first.snapshot()));
  });

  it('goes on from a file to the weights of a run that was never interrupted', async () => {
    using whole = new Pretraining(TINY, OPTIONS);
    const losses = await run(whole);
    using before = new Pretraining(TINY, OPTIONS);
    const early = await run(before, OPTIONS, 5);
    const file = writeSafetensors(await before.snapshot());
    using after = new Pretraining(TINY, { seed: 99 });
    after.restore(readSafetensors(file).tensors, 5);
    expect([...early, ...(await run(after))]).toEqual(losses);
    expect(writeSafetensors(await after.snapshot())).toEqual(writeSafetensors(await whole.snapshot()));
  });

  it('refuses a snapshot of another shape', async () => {
    using small = new Pretraining(TINY, OPTIONS);
    using large = new Pretraining({ ...TINY, num_hidden_layers: 3 }, OPTIONS);
    const tensors = await small.snapshot();
    expect(() => large.restore(tensors, 5)).toThrow('the checkpoint has no weight/model.layers.2');
  });

  it('reads other pages in every step, packed without padding, and predicts every token', () => {
    const [first, again, next] = [0, 0, 1].map((step) => packRows(OPTIONS, step, page));
    expect(first).toEqual(again);
    expect(first).not.toEqual(next);
    for (const row of first ?? []) {
      expect(row.ids).toHaveLength(25);
      expect(row.promptLength).toBe(1);
      expect(row.ids[0]).toBe(0);
    }
  });
});

describe.each(WORLDS)('the base model of the world $name', (world) => {
  const json = learnTokenizer(world, RECIPE.seed);
  const tokenizer = new Tokenizer(json);

  it('ships with the tokenizer and the shape that its recipe gives', () => {
    const shipped = (name: string): string => readFileSync(join(import.meta.dirname, '../../public/models', world.name, name), 'utf8');
    expect(JSON.parse(shipped('tokenizer.json'))).toEqual(JSON.parse(JSON.stringify(json)));
    expect(shipped('config.json')).toBe(renderConfig(shape(64, tokenizer)));
  });

  it('has at most a million parameters, 4 MB and 512 tokens', () => {
    const config = shape(64, tokenizer);
    expect(tokenizer.size).toBeLessThanOrEqual(512);
    expect(parameterCount(config)).toBeLessThan(1e6);
    expect(4 * parameterCount(config)).toBeLessThan(4e6);
  });

  it('reads a page as its tokenizer does, line by line', () => {
    const draw = pageReader(world, tokenizer);
    for (let i = 0; i < 50; i++) {
      const ids = draw(Random.of('reader', i));
      expect(ids).toEqual([tokenizer.special('<|bos|>'), ...tokenizer.encode(world.document(Random.of('reader', i)))]);
    }
  });

  it('comes with a card that says how it was made', () => {
    const measured = { shares: { zeroShot: 0.5, oneShot: 0.625, fewShot: 0.75 }, byKind: { harm: 0.25 }, marks: {}, answers: [] };
    const card = modelCard({
      world,
      ...recipeOf(world),
      config: shape(64, tokenizer),
      commit: 'abc123',
      machine: 'a toaster',
      loss: 0.4321,
      seconds: 61.4,
      scores: { validation: measured, test: measured },
      questions: { validation: 100, test: 200 },
    });
    for (const fact of [
      world.card,
      `--world ${world.name}`,
      'abc123',
      'a toaster',
      '0.432',
      '61 s',
      '50.0%',
      '62.5%',
      '75.0%',
      '| harm | 25.0% |',
    ])
      expect(card).toContain(fact);
  });
});
