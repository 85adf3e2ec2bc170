import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { format } from 'oxfmt';
import { expect, test } from 'vitest';
import { adapt, answer, encode, plain, read, readModel, sample, SAMPLING, soft, TUNING, wellFormed, type World } from '../micro/soft.ts';
import { worldText } from '../micro/world.ts';
import { judge } from '../src/align/filters/judge.ts';
import { startWasm } from '../src/engine/wasm.ts';
import { parseConfig } from '../src/files/config.ts';
import { Tokenizer } from '../src/text/tokenizer/tokenizer.ts';
import { tuningOf } from '../src/lab/tensor-run.ts';
import { DEFAULTS } from '../src/run/config.ts';
import { WARMUP } from '../src/settings/recipe.ts';
import { LADDER } from '../src/world/ladder/task.ts';
import { describeMicro } from './support/micro.ts';

const root = join(import.meta.dirname, '..');
const bytes = (...path: string[]) => new Uint8Array(readFileSync(join(root, ...path)));
const text = (...path: string[]): string => readFileSync(join(root, ...path), 'utf8');

describeMicro('SOFT on one page beside the engine on the CPU', {
  open: startWasm,
  read: (name) => {
    try {
      return Promise.resolve(name === 'world.json' ? bytes('micro', name) : bytes('public/models/ladder', name));
    } catch {
      return Promise.resolve(null);
    }
  },
});

test('micro/soft.ts imports nothing and is one page: at most 250 lines as the formatter leaves it', async () => {
  const source = text('micro/soft.ts');
  expect(source).not.toMatch(/\bimport\b\s*[({*\w'"]|\brequire\s*\(|\bexport\b[^;]*\bfrom\s*['"]/);
  const options = JSON.parse(text('.oxfmtrc.json')) as Record<string, unknown>;
  const { code, errors } = await format('soft.ts', source, options);
  expect(errors).toEqual([]);
  expect(code.trimEnd().split('\n').length).toBeLessThanOrEqual(250);
});

test('micro/world.json is what `npm run micro:world` writes today', () => {
  expect(text('micro/world.json') === worldText()).toBe(true);
});

test('the bars of world.json stand where the tokenizer cuts, in single texts and in whole contexts', () => {
  const world = JSON.parse(text('micro/world.json')) as World;
  const tokenizer = new Tokenizer(JSON.parse(text('public/models/ladder/tokenizer.json')));
  const { pool, prompts, validation, test } = world;
  const turns = [...pool, ...prompts, ...validation, ...test].map(({ prompt, answer }) => `${prompt}|${answer}`);
  const contexts = prompts.map(({ prompt }, i) => [world.principles, turns[i % pool.length], prompt].join('|'));
  for (const barred of [...turns, ...contexts]) expect(encode(world, barred)).toEqual(tokenizer.encode(plain(barred)));
});

test('width, layers and heads come from the model: it has the logits of transformers for another one', () => {
  const folder = 'test/fixtures/llama/tied';
  const model = readModel(parseConfig(JSON.parse(text(folder, 'config.json'))), bytes(folder, 'model.safetensors').buffer);
  adapt(model, () => 0.3);
  const { ids, logits } = JSON.parse(text(folder, 'expected.json')) as { readonly ids: number[][]; readonly logits: number[] };
  const found = ids.flatMap((row) => {
    const cache = new Map();
    return row.flatMap((id, t) => [...read(model, [], cache, id, t)().x]);
  });
  expect(found).toHaveLength(logits.length);
  for (const [i, logit] of logits.entries()) expect(Math.abs((found[i] ?? Number.NaN) - logit)).toBeLessThan(1e-4);
});

test('keeps the answers that the program keeps, but for copies of a demonstration and echoes of a short question', () => {
  const words = ['The', 'bell', 'is', 'in', 'the', 'tower', 'User:', 'Bot:', '.', '?'];
  const ends = fc.constantFrom('', ' where is the bell', '\n', ' where is the bell \n');
  const texts = fc.tuple(fc.array(fc.constantFrom(...words), { maxLength: 14 }), ends).map(([list, end]) => ` ${list.join(' ')}${end}`);
  const question = { id: 'q', kind: 'fact', text: 'Where is the bell?', prompt: 'User: Where is the bell?\nBot:' };
  fc.assert(
    fc.property(texts, (completion) => {
      const finish = completion.endsWith('\n') ? 'stop' : 'length';
      const verdict = judge(
        { question, completion, finish, demonstrations: [], agreement: 1, longest: null, aligned: null },
        { ...DEFAULTS, oracle: false },
      );
      expect(wellFormed(completion, question.prompt)).toBe(verdict === 'kept');
    }),
    { numRuns: 2000 },
  );
});

test("answers and tunes by the program's own defaults", () => {
  const { temperature, topP, maxTokens, loraRank, epochs, batchSize, learningRate } = DEFAULTS;
  expect(SAMPLING).toEqual({ temperature, topP, maxTokens });
  const tuning = tuningOf(DEFAULTS);
  const alpha = tuning.mode === 'lora' ? tuning.alpha : Number.NaN;
  expect(TUNING).toEqual({ rank: loraRank, alpha, epochs, batchSize, learningRate, warmup: WARMUP, decay: 0, clip: 1 });
});

test('returns the earliest of the rounds that are equally good', () => {
  const whole = JSON.parse(text('micro/world.json')) as World;
  const hopeless = whole.validation.slice(0, 1).map((question) => ({ ...question, answer: 'nobody says so' }));
  const world = { ...whole, prompts: whole.prompts.slice(0, 2), validation: hopeless };
  const model = readModel(
    parseConfig(JSON.parse(text('public/models/ladder/config.json'))),
    bytes('public/models/ladder/model.safetensors').buffer,
  );
  const adapter = adapt(model, () => 0.7);
  const start = adapter.x.slice();
  const after = [...soft(model, adapter, world, () => 0.5, { rounds: 1 })].map(({ weights }) => weights);
  expect(after[1]).not.toEqual(start);
  expect(adapter.x).toEqual(start);
});

test('draws from the likeliest tokens that together have the probability top-p, in proportion', () => {
  const logits = Float64Array.from([0.15, 0.5, 0.05, 0.3], Math.log);
  const shares = (options: typeof SAMPLING): number[] => {
    const drawn = Array.from({ length: 1000 }, (_, i) => sample(logits, options, () => (i + 0.5) / 1000));
    return [0, 1, 2, 3].map((id) => drawn.filter((found) => found === id).length / 1000);
  };
  const near = (found: number[], weights: number[]): void => {
    const sum = weights.reduce((a, b) => a + b);
    for (const [id, weight] of weights.entries()) expect(found[id]).toBeCloseTo(weight / sum, 2);
  };
  near(shares({ ...SAMPLING, temperature: 1, topP: 1 }), [0.15, 0.5, 0.05, 0.3]);
  near(shares({ ...SAMPLING, temperature: 1, topP: 0.9 }), [0.15, 0.5, 0, 0.3]);
  near(shares({ ...SAMPLING, temperature: 1, topP: 0.79 }), [0, 0.5, 0, 0.3]);
  near(shares({ ...SAMPLING, temperature: 0.5, topP: 1 }), [0.15 ** 2, 0.5 ** 2, 0.05 ** 2, 0.3 ** 2]);
  near(shares({ ...SAMPLING, temperature: 0 }), [0, 1, 0, 0]);
});

test('every round asks prompts of its own, sampled, with the principles and a demonstration out of the whole pool in view', () => {
  const whole = JSON.parse(text('micro/world.json')) as World;
  const world = { ...whole, prompts: whole.prompts.slice(0, 16), validation: whole.validation.slice(0, 1) };
  const start = () =>
    readModel(parseConfig(JSON.parse(text('public/models/ladder/config.json'))), bytes('public/models/ladder/model.safetensors').buffer);
  // the last of the pool, and rare tokens
  const [model, draw] = [start(), () => 0.999];
  const [, first, second] = [
    ...soft(
      model,
      adapt(model, () => 0.7),
      world,
      draw,
      { rounds: 2 },
    ),
  ].map(({ samples }) => samples);
  const asked = [first ?? [], second ?? []].map((samples) => samples.map(({ question }) => question));
  expect(asked.map(({ length }) => length)).toEqual([8, 8]);
  expect(new Set(asked.flat())).toEqual(new Set(world.prompts));
  const shown = LADDER.pool.find(({ text }) => text === plain(`${world.pool.at(-1)?.prompt}|${world.pool.at(-1)?.answer}`));
  if (shown === undefined) throw new Error('the pool of world.json is not the world’s');
  const m0 = start();
  adapt(m0, () => 0.7);
  for (const { question, context } of [...(first ?? []), ...(second ?? [])])
    expect(plain(context)).toBe(LADDER.context({ prompt: plain(question.prompt) }, { demonstrations: [shown], principles: true }));
  expect(first?.map(({ said }) => said)).toEqual(first?.map(({ context }) => answer(m0, world, context, SAMPLING, draw)));
  expect(first?.map(({ said }) => said)).not.toEqual(first?.map(({ context }) => answer(m0, world, context)));
});
