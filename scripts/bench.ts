/**
 * `npm run bench`: how fast the CPU backend is on this machine, on one thread: matrix products, a training step of small
 * decoders, their forward pass and generation. `--profile` adds the time of each kernel in a training step.
 * Times are the best of several rounds, because other programs on the machine only ever slow a round down; `--cpu` counts the
 * processor's time for this process instead of the clock's, for a busy machine.
 */
import { cpus, loadavg } from 'node:os';
import process from 'node:process';
import * as tf from '@tensorflow/tfjs';
import { squaredNorm } from '../src/engine/ops/adamw.ts';
import { crossEntropy } from '../src/engine/ops/cross-entropy.ts';
import { product } from '../src/engine/ops/product.ts';
import { startWasm } from '../src/engine/wasm.ts';
import { parameterCount, parseConfig, type DecoderConfig } from '../src/model/config.ts';
import { forward, type Decoder } from '../src/model/decoder.ts';
import { generate } from '../src/model/generate.ts';
import { initialWeights } from '../src/model/init.ts';
import { createLora, loraParameters } from '../src/model/lora.ts';
import { Random } from '../src/random.ts';
import type { Batch } from '../src/training/batch.ts';
import { gradientsOf, type Trainee } from '../src/training/finetune.ts';
import { initAdamW, updateAdamW } from '../src/training/optimizer.ts';

type Variables = ReadonlyMap<string, tf.Variable>;

const [ROWS, TOKENS] = [16, 128];
const ADAMW = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1, clip: 1 };

/** Milliseconds since some moment; replaced by `--cpu`. */
let now = (): number => performance.now();

function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Seconds of the fastest of the calls that fit into `seconds`, after two to warm up. */
async function best(seconds: number, run: () => void | Promise<void>): Promise<number> {
  for (let i = 0; i < 2; i++) await run();
  let fastest = Infinity;
  for (const start = performance.now(); performance.now() - start < 1000 * seconds;) {
    const before = now();
    await run();
    fastest = Math.min(fastest, now() - before);
  }
  return fastest / 1000;
}

async function benchProduct(batch: number, M: number, K: number, N: number, flags: 'NN' | 'NT' | 'TN'): Promise<string[]> {
  const [transposeA, transposeB] = [flags === 'TN', flags === 'NT'];
  const a = tf.randomNormal([batch, ...(transposeA ? [K, M] : [M, K])]);
  const b = tf.randomNormal([batch, ...(transposeB ? [N, K] : [K, N])]);
  const calls = Math.max(1, Math.round(2e7 / (2 * batch * M * K * N)));
  const seconds = await best(0.4, () => {
    for (let i = 0; i < calls; i++) product(a, b, { transposeA, transposeB }).dispose();
  });
  tf.dispose([a, b]);
  const name = `${batch > 1 ? `${batch} x ` : ''}[${M},${K}]x[${K},${N}] ${flags}`;
  return [name, ((calls * 2 * batch * M * K * N) / seconds / 1e9).toFixed(1)];
}

function config(width: number, inner: number): DecoderConfig {
  return parseConfig({
    vocab_size: 512,
    hidden_size: width,
    intermediate_size: inner,
    num_hidden_layers: 4,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    max_position_embeddings: 512,
    tie_word_embeddings: true,
  });
}

/** A decoder with random weights, its parameters, and a batch in which every token is a target. */
function setUp(decoderConfig: DecoderConfig): { decoder: Decoder; parameters: Variables; batch: Batch } {
  const parameters = new Map<string, tf.Variable>();
  for (const [name, { shape, data }] of initialWeights(decoderConfig, Random.of('bench'))) {
    parameters.set(
      name,
      tf.tidy(() => tf.variable(tf.tensor(data, [...shape]))),
    );
  }
  const random = Random.of('bench', 'ids');
  const draw = (): Int32Array => Int32Array.from({ length: ROWS * TOKENS }, () => random.int(512));
  const batch = { B: ROWS, T: TOKENS, ids: draw(), places: Int32Array.from({ length: ROWS * TOKENS }, (_, i) => i), targets: draw() };
  return { decoder: { config: decoderConfig, weights: parameters, lora: null }, parameters, batch };
}

/** One step of training, all tokens targets; the loss is read back as in real training. */
async function trainStep(trainee: Trainee, batch: Batch, state: ReturnType<typeof initAdamW>): Promise<void> {
  const { loss, gradients } = gradientsOf(trainee, batch, ROWS * TOKENS);
  const norm2 = squaredNorm(gradients);
  updateAdamW(trainee.parameters, gradients, norm2, state, { ...ADAMW, learningRate: 1e-3 });
  await loss.data();
  tf.dispose([loss, norm2, ...gradients]);
}

async function benchDecoder(width: number, inner: number, seconds: number): Promise<string[]> {
  const decoderConfig = config(width, inner);
  const { decoder, parameters, batch } = setUp(decoderConfig);
  const state = initAdamW(parameters);
  const train = await best(seconds, () => trainStep({ decoder, parameters }, batch, state));
  const lora = createLora(decoderConfig, { rank: 8, alpha: 16, targets: ['q_proj', 'v_proj'] }, Random.of('bench', 'lora'));
  const adapted = { decoder: { ...decoder, lora }, parameters: loraParameters(lora) };
  const loraState = initAdamW(adapted.parameters);
  const tune = await best(seconds, () => trainStep(adapted, batch, loraState));
  const score = await best(seconds, async () => {
    const loss = tf.tidy(() => {
      const logits = forward(decoder, tf.tensor2d(batch.ids, [ROWS, TOKENS], 'int32'));
      return crossEntropy(logits, tf.tensor1d(batch.targets, 'int32'), tf.ones([ROWS * TOKENS]));
    });
    await loss.data();
    loss.dispose();
  });
  const random = Random.of('bench', 'prompts');
  const prompts = Array.from({ length: 64 }, (_, i) => ({ ids: Array.from({ length: 96 }, () => random.int(512)), seed: `${i}` }));
  let generated = 0;
  const options = { temperature: 0.8, topK: 0, topP: 1, maxTokens: 24, isEnd: () => false };
  const answer = await best(seconds, async () => {
    generated = 0;
    for await (const { ids } of generate(decoder, prompts, options)) generated += ids.length;
  });
  const perSecond = (tokens: number, time: number): string => Math.round(tokens / time).toLocaleString('en');
  const tokens = ROWS * TOKENS;
  return [
    `d=${width}, F=${inner}, ${Math.round(parameterCount(decoderConfig) / 1000)} k`,
    ...[train, tune, score].map((time) => perSecond(tokens, time)),
    perSecond(generated, answer),
  ];
}

/** Times each kernel of the active backend while `run` runs; milliseconds and calls by name. */
async function profile(run: () => Promise<void>): Promise<Map<string, { ms: number; calls: number }>> {
  const times = new Map<string, { ms: number; calls: number }>();
  const kernels = tf.getKernelsForBackend('wasm');
  for (const kernel of kernels) {
    const entry = { ms: 0, calls: 0 };
    times.set(kernel.kernelName, entry);
    tf.unregisterKernel(kernel.kernelName, 'wasm');
    tf.registerKernel({
      ...kernel,
      kernelFunc: (parameters) => {
        const before = now();
        const result = kernel.kernelFunc(parameters);
        entry.ms += now() - before;
        entry.calls++;
        return result;
      },
    });
  }
  await run();
  for (const kernel of kernels) {
    tf.unregisterKernel(kernel.kernelName, 'wasm');
    tf.registerKernel(kernel);
  }
  return times;
}

async function profileTraining(width: number, inner: number): Promise<void> {
  const { decoder, parameters, batch } = setUp(config(width, inner));
  const state = initAdamW(parameters);
  const steps = 10;
  for (let i = 0; i < 5; i++) await trainStep({ decoder, parameters }, batch, state);
  const before = now();
  const times = await profile(async () => {
    for (let i = 0; i < steps; i++) await trainStep({ decoder, parameters }, batch, state);
  });
  const total = (now() - before) / steps;
  const used = [...times].filter(([, { calls }]) => calls > 0).toSorted(([, a], [, b]) => b.ms - a.ms);
  const inside = used.reduce((sum, [, { ms }]) => sum + ms, 0) / steps;
  print(
    [`kernel in a training step, d=${width}`, 'ms', 'calls'],
    [
      ...used.map(([name, { ms, calls }]) => [name, (ms / steps).toFixed(2), String(calls / steps)]),
      ['outside of kernels', (total - inside).toFixed(2), ''],
      ['whole step', total.toFixed(2), ''],
    ],
  );
}

/** A table with aligned columns. */
function print(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join(' | ')} |`;
  const rule = `|${widths.map((width, i) => (i === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  console.log([line(head), rule, ...rows.map(line), ''].join('\n'));
}

export async function main(args: readonly string[]): Promise<number> {
  await startWasm();
  if (args.includes('--cpu')) now = processorTime;
  const load = loadavg()[0]?.toFixed(1) ?? '?';
  console.log(`${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores (one used), Node ${process.version}, load ${load}\n`);
  if (args.includes('--profile')) {
    await profileTraining(64, 176);
    await profileTraining(96, 256);
  } else {
    print(
      ['matrix product', 'GFLOP/s'],
      [
        await benchProduct(1, 2048, 64, 64, 'NN'),
        await benchProduct(1, 2048, 64, 64, 'NT'),
        await benchProduct(1, 64, 2048, 64, 'TN'),
        await benchProduct(1, 2048, 64, 176, 'NT'),
        await benchProduct(1, 2048, 176, 64, 'NT'),
        await benchProduct(1, 2048, 64, 512, 'NT'),
        await benchProduct(1, 512, 512, 512, 'NN'),
        await benchProduct(64, 128, 16, 128, 'NT'),
        await benchProduct(64, 128, 128, 16, 'NN'),
      ],
    );
    print(
      ['decoder, 4 layers, vocabulary 512, tok/s', 'train', 'train LoRA', 'score', 'generate'],
      [await benchDecoder(64, 176, 3), await benchDecoder(96, 256, 3)],
    );
  }
  return 0;
}
