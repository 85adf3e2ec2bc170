/** Measures single operations against a ceiling, a large copy, on the active backend. Knows no subject in particular. */
import { reasonOf, type Bench } from './bench.ts';
import { secondsOf } from '../src/lab/measure/clock.ts';
import type { DeviceKind } from '../src/lab/measure/shapes.ts';
import type { Operation, Work } from '../src/lab/measure/parts.ts';
import type { Subject } from './subject.ts';

type Unit = 'GFLOP/s' | 'GB/s' | 'us';
type Case = {
  readonly name: string;
  readonly shape: string;
  readonly unit: Unit;
  /** Of the unit, in one call, by 10^9. */ readonly amount: number;
  readonly operation: Operation;
};

function product(batch: number, M: number, K: number, N: number, storage: 'NN' | 'NT' | 'TN'): Case {
  const shape = `${batch > 1 ? `${batch} x ` : ''}[${M},${K}]x[${K},${N}] ${storage}`;
  return {
    name: 'matrix product',
    shape,
    unit: 'GFLOP/s',
    amount: (2 * batch * M * K * N) / 1e9,
    operation: { kind: 'product', batch, M, K, N, storage },
  };
}

/** Small ones as in the bundled model, then the ceiling: as large as the device takes without tiring. */
function cases(kind: DeviceKind): readonly Case[] {
  const copied = { card: 2 ** 26, cpu: 2 ** 24, software: 2 ** 24 }[kind]; // more than a cache holds
  const floats = { card: 2 ** 24, cpu: 2 ** 22, software: 2 ** 20 }[kind];
  const rows = { card: 8192, cpu: 2048, software: 256 }[kind];
  const side = { card: 4096, cpu: 512, software: 256 }[kind];
  const [B, T, H, K, E] = kind === 'software' ? [1, 128, 4, 2, 16] : kind === 'cpu' ? [16, 128, 4, 2, 16] : [16, 512, 12, 4, 64];
  const D = kind === 'card' ? 576 : 128;
  const V = kind === 'card' ? 4096 : 512;
  return [
    {
      name: 'copy',
      shape: `${(4 * copied) / 2 ** 20} MiB`,
      unit: 'GB/s',
      amount: (8 * copied) / 1e9,
      operation: { kind: 'copy', floats: copied },
    },
    ...(['NN', 'NT', 'TN'] as const).map((storage) => product(1, side, side, side, storage)),
    product(1, rows, 64, 64, 'NT'),
    product(1, 64, rows, 64, 'TN'),
    product(1, rows, 64, 176, 'NT'),
    product(1, rows, 176, 64, 'NN'),
    product(1, rows, 64, 512, 'NT'),
    product(kind === 'software' ? 4 : 64, 128, 16, 128, 'NT'),
    {
      name: 'attention',
      shape: `${B} x ${T}, ${H} heads of ${E}, ${K} keys`,
      unit: 'GFLOP/s',
      amount: (2 * B * H * T * (T + 1) * E) / 1e9, // scores and values of the lower triangle
      operation: { kind: 'attention', B, T, H, K, E },
    },
    { name: 'rmsnorm', shape: `[${rows},${D}]`, unit: 'GB/s', amount: (8 * rows * D) / 1e9, operation: { kind: 'rmsnorm', M: rows, D } },
    {
      name: 'cross-entropy with gradient',
      shape: `[${rows},${V}]`,
      unit: 'GB/s',
      amount: (8 * rows * V) / 1e9,
      operation: { kind: 'cross-entropy', R: rows, V },
    },
    {
      name: 'adamw',
      shape: `${floats / 2 ** 20} Mi numbers`,
      unit: 'GB/s',
      amount: (28 * floats) / 1e9,
      operation: { kind: 'adamw', floats },
    },
    { name: 'smallest call', shape: 'sum of two [2048]', unit: 'us', amount: 0, operation: { kind: 'tiny' } },
  ];
}

export async function measureOperations(subject: Subject, bench: Bench): Promise<void> {
  for (const { name, shape, unit, amount, operation } of cases(bench.kind)) {
    if (!bench.wants(name, shape) || subject.operation === undefined) continue;
    let work: Work | null = null;
    try {
      work = subject.operation(operation);
      if (work === null) continue;
      const time = await secondsOf(work, bench.clock, bench.seconds);
      bench.emit({ name, shape, unit, value: unit === 'us' ? 1e6 * time : amount / time });
    } catch (error) {
      bench.emit({ name, shape, unit, value: null, note: `${subject.name}: ${reasonOf(error)}` });
    } finally {
      work?.dispose();
    }
  }
}
