/** Where the time of a training step goes: each kernel of the CPU backend with its milliseconds and calls. */
import * as tf from '@tensorflow/tfjs';
import { subject } from './ours.ts';
import type { Clock } from '../src/lab/measure/clock.ts';
import { batchOf, describe, sizesOf } from '../src/lab/measure/shapes.ts';
import type { LlamaShape } from '../src/lab/measure/parts.ts';
import { weightsOf } from '../src/lab/measure/weights.ts';

const [WARM, STEPS] = [5, 10];

type Entry = { ms: number; calls: number };

/** Times each kernel while `run` runs. */
async function timed(clock: Clock, run: () => Promise<void>): Promise<ReadonlyMap<string, Entry>> {
  const times = new Map<string, Entry>();
  const kernels = tf.getKernelsForBackend('wasm');
  for (const kernel of kernels) {
    const entry: Entry = { ms: 0, calls: 0 };
    times.set(kernel.kernelName, entry);
    tf.unregisterKernel(kernel.kernelName, 'wasm');
    tf.registerKernel({
      ...kernel,
      kernelFunc: (parameters) => {
        const before = clock();
        const result = kernel.kernelFunc(parameters);
        entry.ms += clock() - before;
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

/** One line a kernel, the slowest first, then what is outside of kernels. */
export async function profile(clock: Clock, shape: LlamaShape): Promise<string> {
  const trainer = await subject.trainer?.(shape, weightsOf(shape), batchOf(shape, sizesOf(shape, 'cpu').training), 'all');
  if (trainer === undefined) throw new Error('nothing to train');
  for (let i = 0; i < WARM; i++) await trainer.step();
  const before = clock();
  const times = await timed(clock, async () => {
    for (let i = 0; i < STEPS; i++) await trainer.step();
  });
  const total = (clock() - before) / STEPS;
  await trainer.dispose();
  const used = [...times].filter(([, { calls }]) => calls > 0).toSorted(([, a], [, b]) => b.ms - a.ms);
  const inside = used.reduce((sum, [, { ms }]) => sum + ms, 0) / STEPS;
  const line = (name: string, ms: number, calls: string) => `${name.padEnd(28)} ${ms.toFixed(2).padStart(8)} ms ${calls.padStart(6)}`;
  return [
    `training step, ${describe(shape)}`,
    ...used.map(([name, { ms, calls }]) => line(name, ms / STEPS, String(calls / STEPS))),
    line('outside of kernels', total - inside, ''),
    line('whole step', total, ''),
  ].join('\n');
}
