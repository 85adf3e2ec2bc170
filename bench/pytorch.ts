/** The peer PyTorch, in a Python of its own: what it is asked to measure of a decoder, the same as ours. Knows nothing of how it does so. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { isAskedFor, PYTORCH } from '../scripts/speed.ts';
import type { LlamaShape } from '../src/lab/measure/parts.ts';
import { batchOf, describe, LORA, NAMES, promptsOf, sizesOf } from '../src/lab/measure/shapes.ts';
import { shapeFields } from '../src/lab/measure/weights.ts';
import type { RowOfJob } from './row.ts';

const SCRIPT = join(import.meta.dirname, 'peers/pytorch.py');

type Job = {
  readonly shape: LlamaShape;
  readonly threads: number;
  readonly seconds: number;
  readonly only: string;
  readonly figures: boolean;
};

/** What is measured of a decoder on the CPU, under the names that ours has. All weights of a large one are not trained there. */
function measurementsOf({ shape, only, figures }: Job): readonly { readonly name: string }[] {
  const sizes = sizesOf(shape, 'cpu');
  const [rows] = sizes.training;
  const { ids, targets } = batchOf(shape, sizes.training);
  const { prompts, tokens } = promptsOf(shape, sizes);
  const config = shapeFields(shape);
  const batch = { config, rows, ids: [...ids], targets: [...targets] };
  const all = [
    ...(sizes.trainsAll ? [{ name: NAMES.training(sizes), kind: 'all', ...batch }] : []),
    { name: NAMES.lora(sizes), kind: 'lora', rank: LORA.rank, alpha: LORA.alpha, ...batch },
    { name: NAMES.reading(sizes), kind: 'reading', ...batch },
    { name: NAMES.atOnce(sizes), kind: 'answering', config, prompts, tokens },
    { name: NAMES.oneByOne(sizes), kind: 'answering', config, prompts: prompts.slice(0, 1), tokens },
  ];
  const asked = all.filter(({ name }) => !figures || isAskedFor(name, describe(shape)));
  return asked.filter(({ name }) => `${name}, ${describe(shape)}, ${PYTORCH}`.toLowerCase().includes(only.toLowerCase()));
}

/** Measures with so many threads; where Python has no PyTorch, one row says what it needs. */
export function measurePyTorch(job: Job, milliseconds: number, emit: (row: RowOfJob) => void): Promise<void> {
  const { shape, threads, seconds } = job;
  const measurements = measurementsOf(job);
  if (measurements.length === 0) return Promise.resolve();
  const row = (name: string, value: number | null, note: string): void =>
    emit({ name, shape: describe(shape), subject: PYTORCH, backend: 'wasm', threads, value, unit: 'tok/s', note });
  const child = spawn(process.env['PYTHON'] ?? 'python3', [SCRIPT], { stdio: ['pipe', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (text: Buffer) => (errors = `${errors}${text.toString()}`.slice(-1000)));
  const missing = new Set(measurements.map(({ name }) => name));
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { name, value, note } = JSON.parse(line) as { readonly name: string; readonly value: number | null; readonly note: string };
    missing.delete(name);
    row(name, value, note);
  });
  return new Promise<void>((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), milliseconds);
    const end = (reason: string): void => {
      clearTimeout(timer);
      for (const name of missing) row(name, null, reason);
      missing.clear();
      resolve();
    };
    child.on('error', (error) => end(`PyTorch is not measured: there is no python3 (${error.message}); PYTHON names another interpreter`));
    child.on('close', (code) => end(errors.trim() === '' ? `the script ended with ${code ?? 'a signal'}` : errors.trim().slice(-300)));
    child.stdin.on('error', () => {}); // it ended before it read: `close` says why
    child.stdin.end(JSON.stringify({ threads, seconds, measurements }));
  });
}
