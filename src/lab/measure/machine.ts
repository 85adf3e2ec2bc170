/**
 * This machine in numbers, part by part: what its memory and a plain product give at most, and what our engine makes of it on the shapes of
 * bundled models. Runs on the backend that is open. Knows no worker, no page and no run.
 */
import type { BackendName } from '../../contracts/engine.ts';
import { findAdapter, openDevice } from '../../engine/webgpu-device.ts';
import { spread } from '../../engine/backend.ts';
import type { MachineRow, Measure, PartText } from '../../protocol/machine.ts';
import { secondsOf, wallClock } from './clock.ts';
import { copyOnCpu, copyOnGpu } from './device.ts';
import { generator, scorer, trainer } from './model.ts';
import { operation } from './operations.ts';
import type { LlamaShape, Work } from './parts.ts';
import { answeringRate, readingRate, trainingRate } from './rates.ts';
import { batchOf, type DeviceKind, parameterCount, promptsOf, SHAPES, sizesOf } from './shapes.ts';
import { weightsOf } from './weights.ts';

/** Numbers that are copied, more than a cache holds, and the side of the matrices of the plain product. */
const COPIED: Readonly<Record<DeviceKind, number>> = { card: 2 ** 26, cpu: 2 ** 24, software: 2 ** 24 };
const SIDE: Readonly<Record<DeviceKind, number>> = { card: 4096, cpu: 512, software: 256 };

/** Seconds for one number. */
const SECONDS = { short: { ceiling: 0.5, rate: 1.5 }, thorough: { ceiling: 2, rate: 4 } };

/** One part of the measurement: its name for the page, about how many seconds it takes, and its number. */
export type Part = { readonly what: PartText; readonly seconds: number; readonly measure: () => Promise<MachineRow> };

/** What is measured: on which backend, with how many threads at most, how thoroughly. */
export type Plan = { readonly backend: BackendName; readonly kind: DeviceKind; readonly threads: number; readonly thorough: boolean };

async function timed(work: Work | null, amount: number, seconds: number): Promise<number> {
  if (work === null) throw new Error('nothing to measure');
  try {
    return amount / 1e9 / (await secondsOf(work, wallClock, seconds));
  } finally {
    work.dispose();
  }
}

/** GB a second read and written by a plain copy on the CPU. */
export function copyRate(seconds: number): Promise<number> {
  return timed(copyOnCpu(COPIED.cpu), 8 * COPIED.cpu, seconds);
}

async function copyRateOnCard(kind: DeviceKind, seconds: number): Promise<number> {
  const found = await findAdapter();
  if (found === null) throw new Error('no adapter');
  const device = await openDevice(found);
  try {
    return await timed(copyOnGpu(device, COPIED[kind]), 8 * COPIED[kind], seconds);
  } finally {
    device.destroy();
  }
}

/** GFLOP a second of a plain product on the open backend. */
export function productRate(kind: DeviceKind, seconds: number): Promise<number> {
  const side = SIDE[kind];
  return timed(operation({ kind: 'product', batch: 1, M: side, K: side, N: side, storage: 'NN' }), 2 * side ** 3, seconds);
}

/** What the matrices and attention of one token cost forwards, without the head, and what the head costs. */
function operationsOf({ V, D, F, L, H, K }: LlamaShape, T: number): { readonly body: number; readonly head: number } {
  const linear = 2 * D * D + (2 * D * D * K) / H + 3 * D * F;
  return { body: L * (2 * linear + 2 * D * (T + 1)), head: 2 * V * D };
}

/** Operations of one token that is counted: backwards costs twice as much as forwards, and an answer's tokens pay for its prompt. */
function operationsPerToken(measure: Measure, shape: LlamaShape, kind: DeviceKind): number {
  const { training, promptTokens, answerTokens } = sizesOf(shape, kind);
  if (measure === 'training' || measure === 'reading') {
    const { body, head } = operationsOf(shape, training[1]);
    return (measure === 'training' ? 3 : 1) * (body + head);
  }
  const { body, head } = operationsOf(shape, promptTokens + answerTokens);
  return ((promptTokens + answerTokens) * body) / answerTokens + head;
}

/** The parts in the order in which they are measured; `product` gives the ceiling once it is known. */
export function partsOf({ backend, kind, threads, thorough }: Plan): readonly Part[] {
  const { ceiling, rate } = SECONDS[thorough ? 'thorough' : 'short'];
  let product = NaN;
  const row = (measure: Measure, value: number, more: Partial<MachineRow> = {}): MachineRow => ({
    measure,
    backend,
    threads: 1,
    parameters: null,
    value,
    share: null,
    ...more,
  });
  const parts: Part[] = [];
  const add = (what: PartText, seconds: number, measure: Part['measure']): void => void parts.push({ what, seconds, measure });
  add({ text: 'the memory of the CPU' }, ceiling, async () => row('copy', await copyRate(ceiling), { backend: 'wasm' }));
  if (backend === 'webgpu') add({ text: 'the memory of the card' }, ceiling, async () => row('copy', await copyRateOnCard(kind, ceiling)));
  add({ text: 'a plain product' }, ceiling, async () => {
    await spread(1); // small models have one thread, and no other ceiling
    product = await productRate(kind, ceiling);
    return row('product', product);
  });
  if (backend === 'wasm' && threads > 1) {
    add({ text: 'a plain product, {threads} threads', threads }, ceiling, async () => {
      const working = await spread(threads);
      try {
        return row('product', await productRate(kind, ceiling), { threads: working });
      } finally {
        await spread(1);
      }
    });
  }
  for (const shape of SHAPES.slice(0, thorough ? 3 : 1)) {
    const parameters = parameterCount(shape);
    const sizes = sizesOf(shape, kind);
    const batch = batchOf(shape, sizes.training);
    const wanted = promptsOf(shape, sizes);
    const timing = { clock: wallClock, seconds: rate };
    const one = (measure: Measure, what: PartText, run: () => Promise<number>): void =>
      add(what, rate + 0.5, async () => {
        const value = await run();
        return row(measure, value, { parameters, share: (value * operationsPerToken(measure, shape, kind)) / 1e9 / product });
      });
    one('training', { text: 'training, {weights} weights', weights: parameters }, async () =>
      trainingRate(await trainer(shape, weightsOf(shape), batch, 'all'), batch, timing),
    );
    one('reading', { text: 'reading, {weights} weights', weights: parameters }, async () =>
      readingRate(await scorer(shape, weightsOf(shape), batch), batch, timing),
    );
    one(
      'together',
      { text: '{answers} answers at once, {weights} weights', answers: wanted.prompts.length, weights: parameters },
      async () => answeringRate(await generator(shape, weightsOf(shape)), wanted, timing),
    );
    const alone = { ...wanted, prompts: wanted.prompts.slice(0, 1) };
    one('single', { text: 'one answer, {weights} weights', weights: parameters }, async () =>
      answeringRate(await generator(shape, weightsOf(shape)), alone, timing),
    );
  }
  return parts;
}
