/**
 * What micro/soft.ts and the engine promise each other: with the same weights, the same start of the adapter, the same answers, batches and
 * order, they have the same losses, gradients and scores, and write the same tokens. Run on wasm in Node and on webgpu in a browser.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import {
  adapt,
  answer,
  decode,
  encode,
  finetune,
  plain,
  readModel,
  soft,
  TUNING,
  type Model,
  type Vector,
  type World,
} from '../../micro/soft.ts';
import { bestRound } from '../../src/align/validation.ts';
import type { FinetuneOptions } from '../../src/contracts/language-model.ts';
import { measure } from '../../src/evals/generation.ts';
import { LINEARS } from '../../src/files/config.ts';
import { readSafetensors, writeSafetensors, type StoredTensor } from '../../src/files/safetensors.ts';
import { loadModel, type ModelFiles } from '../../src/model/load.ts';
import { Random } from '../../src/random.ts';
import { TfLanguageModel } from '../../src/training/language-model.ts';
import { validation } from '../../src/world/ladder/splits.ts';
import { LADDER } from '../../src/world/ladder/task.ts';

/** Reads a file of the bundled model, or micro/world.json. */
export type ReadBytes = (name: string) => Promise<Uint8Array<ArrayBuffer> | null>;

const LORA = { mode: 'lora', rank: TUNING.rank, alpha: TUNING.alpha, targets: LINEARS } as const;
const GREEDY = { maxTokens: 40, temperature: 0, topK: 0, topP: 1, stop: [LADDER.stop] };
const CLOSE = 1e-4;
const PREFIX = 'base_model.model.';
const HELD_OUT = 12;

async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

/** The adapter of micro/soft.ts by PEFT's names. */
function tensorsOf({ weights }: Model): ReadonlyMap<string, StoredTensor> {
  const halves = [...weights].filter(([name]) => name.includes('.lora_'));
  return new Map(
    halves.map(([name, rows]) => {
      const width = rows[0]?.x.length ?? 0;
      return [PREFIX + name, { shape: [rows.length, width], data: Float32Array.from(rows.flatMap(({ x }) => [...x])) }];
    }),
  );
}

/** The share of a change that two adapters do not have in common. */
function difference(
  a: ReadonlyMap<string, StoredTensor>,
  b: ReadonlyMap<string, StoredTensor>,
  from: ReadonlyMap<string, StoredTensor>,
): number {
  let [apart, moved] = [0, 0];
  for (const [name, { data }] of a) {
    for (const [i, value] of data.entries()) {
      apart += (value - (b.get(name)?.data[i] ?? Number.NaN)) ** 2;
      moved += (value - (from.get(name)?.data[i] ?? Number.NaN)) ** 2;
    }
  }
  return Math.sqrt(apart / moved);
}

/** Registers the tests on one backend. */
export function describeMicro(name: string, { open, read }: { readonly open: () => Promise<unknown>; readonly read: ReadBytes }): void {
  describe(name, () => {
    let files: ModelFiles;
    let world: World;
    let bytes: Uint8Array<ArrayBuffer>;
    beforeAll(async () => {
      await open();
      files = await loadModel(read);
      const text = new TextDecoder().decode((await read('world.json')) ?? new Uint8Array());
      const whole = JSON.parse(text) as World;
      world = { ...whole, prompts: whole.prompts.slice(0, 40), validation: whole.validation.slice(0, HELD_OUT) };
      bytes = (await read('model.safetensors')) ?? new Uint8Array();
    }, 300_000);

    /** Both programs at M_0, with adapters of the same float32 numbers. */
    async function both(): Promise<{ readonly model: Model; readonly adapter: Vector; readonly engine: TfLanguageModel }> {
      const model = readModel(files.config, bytes.buffer);
      const random = Random.of('micro test');
      const adapter = adapt(model, () => random.next());
      adapter.x.set(Float32Array.from(adapter.x));
      const engine = new TfLanguageModel(files, LORA, { seed: 1 });
      await engine.restore({ bytes: writeSafetensors(tensorsOf(model)), hash: '' });
      return { model, adapter, engine };
    }

    /** Greedy answers of both, token by token. */
    async function expectSameAnswers(model: Model, engine: TfLanguageModel, texts: readonly string[]): Promise<void> {
      const completions = await all(
        engine.generate(
          texts.map((text) => ({ prompt: plain(text), seed: text })),
          GREEDY,
        ),
      );
      const expected = completions.toSorted((a, b) => a.index - b.index).map(({ pieces }) => pieces);
      expect(texts.map((text) => answer(model, world, text).map((id) => world.tokens[id]))).toEqual(expected);
    }

    const contexts = (count: number): string[] =>
      world.prompts.slice(0, count).map(({ prompt }, i) => {
        const shown = world.pool.slice(3 * i, 3 * i + (i % 4));
        return [...(i % 2 === 0 ? [world.principles] : []), ...shown.flatMap(({ prompt, answer }) => [prompt, answer]), prompt].join('|');
      });

    test('both write the same tokens greedily, with and without principles and demonstrations in view', async () => {
      const { model, engine } = await both();
      await expectSameAnswers(model, engine, [...contexts(40), ...world.validation.map(({ prompt }) => prompt)]);
      engine.dispose();
    }, 300_000);

    test('warm-up, clipping and weight decay move the adapter the same way', async () => {
      const { model, adapter, engine } = await both();
      const start = tensorsOf(model);
      const pairs = world.prompts.map(({ prompt, answer }) => ({
        prompt: encode(world, `<bos>|${prompt}`),
        answer: encode(world, answer),
      }));
      const rows = world.prompts.map(({ prompt, answer }) => ({ prompt: plain(prompt), completion: plain(answer) }));
      const unusual = { ...TUNING, batchSize: 6, learningRate: 0.01, warmup: 0.35, decay: 0.1, clip: 0.1 };
      const steps = [...finetune(model, adapter, pairs, unusual)];
      const { decay, batchSize, learningRate, warmup, clip } = unusual;
      const options: FinetuneOptions = { batchSize, learningRate, warmup, clip, schedule: 'constant', weightDecay: decay };
      const reports = await all(engine.finetune(rows, options));
      expect(steps.filter(({ norm }) => norm > unusual.clip).length).toBeGreaterThan(2);
      expect(steps.map(({ loss }, i) => Math.abs(loss - (reports[i]?.loss ?? Number.NaN))).every((apart) => apart < CLOSE)).toBe(true);
      const { tensors } = readSafetensors((await engine.snapshot()).bytes);
      expect(difference(tensorsOf(model), tensors, start)).toBeLessThan(0.01);
      engine.dispose();
    }, 300_000);

    test('two rounds of SOFT: the same losses, gradient norms, scores and answers', async () => {
      const { batchSize, learningRate, warmup, clip } = TUNING;
      const { model, adapter, engine } = await both();
      const random = Random.of('micro test', 'draws');
      const options: FinetuneOptions = { batchSize, learningRate, warmup, clip, schedule: 'constant', weightDecay: TUNING.decay };
      const seen: { readonly score: number; readonly weights: Float64Array }[] = [];
      for (const { round, samples, steps, validation: score, weights } of soft(model, adapter, world, () => random.next(), { rounds: 2 })) {
        seen.push({ score, weights });
        const kept = samples.filter((sample) => sample.kept);
        const rows = kept.map(({ question, said }) => ({ prompt: plain(question.prompt), completion: decode(world, said) }));
        if (round > 0) {
          expect(kept.length).toBeGreaterThan(16); // more than one batch
          // The engine reads texts: they must be the same tokens.
          for (const [i, { said }] of kept.entries()) expect(files.tokenizer.encode(rows[i]?.completion ?? '')).toEqual(said);
          const reports = await all(engine.finetune([...rows, ...rows], options));
          expect(reports).toHaveLength(steps.length);
          for (const [i, { loss, gradientNorm }] of reports.entries()) {
            expect(Math.abs((steps[i]?.loss ?? Number.NaN) - loss)).toBeLessThan(CLOSE);
            expect(Math.abs((steps[i]?.norm ?? Number.NaN) - gradientNorm)).toBeLessThan(CLOSE);
          }
        }
        const measuring = measure(engine, LADDER, validation(60).slice(0, HELD_OUT), { settings: ['zeroShot'], seed: 1, maxTokens: 40 });
        for (;;) {
          const step = await measuring.next();
          if (!step.done) continue;
          expect(Math.abs((step.value.shares.zeroShot ?? Number.NaN) - score)).toBeLessThan(CLOSE);
          break;
        }
        await expectSameAnswers(model, engine, [...world.validation.map(({ prompt }) => prompt), ...contexts(6)]);
      }
      expect(seen).toHaveLength(3);
      expect(adapter.x).toEqual(seen[bestRound(seen.map(({ score }) => score))]?.weights);
      engine.dispose();
    }, 600_000);
  });
}
