/**
 * One job: one subject on one backend measures one decoder, or the single operations. Runs in a worker of the page or in a process of
 * Node and hands over each row as soon as it has it. Knows no page and no command line.
 */
import type { BackendName } from '../src/contracts/engine.ts';
import { reasonOf, type Bench } from './bench.ts';
import { measureBits } from './measure-bits.ts';
import { measureDecoder } from './measure-decoder.ts';
import { measureOperations } from './measure-operations.ts';
import type { Clock } from '../src/lab/measure/clock.ts';
import { BITS, isAskedFor } from '../scripts/speed.ts';
import type { Measured, RowOfJob } from './row.ts';
import { SHAPES, type DeviceKind } from '../src/lab/measure/shapes.ts';
import type { LlamaShape } from '../src/lab/measure/parts.ts';
import type { Subject } from './subject.ts';

/** Where a subject can be measured, and whether in single operations, in whole decoders or in both. */
type Reach = {
  readonly backends: readonly BackendName[];
  readonly node: boolean;
  readonly operations: boolean;
  readonly decoders: boolean;
};
const BOTH = ['wasm', 'webgpu'] as const;

/** The subjects in the order of the table. */
const SUBJECTS = {
  'the device': { backends: BOTH, node: true, operations: true, decoders: false },
  ours: { backends: BOTH, node: true, operations: true, decoders: true },
  'stock tfjs': { backends: BOTH, node: true, operations: true, decoders: true },
  'jax-js': { backends: BOTH, node: true, operations: true, decoders: true },
  'genai-nanogpt': { backends: ['webgpu'], node: false, operations: false, decoders: true },
  'transformers.js': { backends: BOTH, node: false, operations: false, decoders: true },
} as const satisfies Record<string, Reach>;
type SubjectName = keyof typeof SUBJECTS;

/** Who takes part in one part of the benchmark. */
export function subjectsOf(part: string, backend: BackendName, runtime: 'chrome' | 'node'): readonly SubjectName[] {
  const takesPart = ({ backends, node, operations, decoders }: Reach): boolean =>
    backends.includes(backend) && (node || runtime === 'chrome') && (shapeOf(part) === null ? operations : decoders);
  return (Object.keys(SUBJECTS) as SubjectName[]).filter((name) => takesPart(SUBJECTS[name]));
}

export type Job = {
  readonly subject: SubjectName;
  readonly backend: BackendName;
  /** How many threads share the work; ours alone knows more than one. */
  readonly threads: number;
  /** The key of a decoder, `operations`, or `same bits`. */
  readonly part: string;
  /** Measure only rows of which name, shape and subject contain this; empty for all. */
  readonly only: string;
  /** Measure only what the figures ask for. */
  readonly figures: boolean;
  readonly quick: boolean;
  readonly kind: DeviceKind;
};

/** Does it need memory that threads share? */
export function isShared({ threads, part }: Job): boolean {
  return threads > 1 || part === BITS;
}

/** What a worker offers, through Comlink. */
export type JobWorker = { readonly run: (job: Job, emit: (row: RowOfJob) => void) => Promise<void> };

/** Loaded on demand, because two of them in one global would share tfjs' registry of kernels. */
async function load(name: SubjectName): Promise<Subject> {
  switch (name) {
    case 'the device':
      return (await import('./device.ts')).subject;
    case 'ours':
      return (await import('./ours.ts')).subject;
    case 'stock tfjs':
      return (await import('./stock.ts')).subject;
    case 'jax-js':
      return (await import('./peers/jax.ts')).subject;
    case 'genai-nanogpt':
      return (await import('./peers/nanogpt.ts')).subject;
    case 'transformers.js':
      return (await import('./peers/transformers.ts')).subject;
    default:
      return name satisfies never;
  }
}

/** Large enough for threads to share its products, small enough to be trained with eight of them on two cores. */
const BITS_SHAPE = SHAPES.find(({ key }) => key === '10 M') as LlamaShape;

/** The decoder of a part; null for the operations. */
function shapeOf(part: string): LlamaShape | null {
  return SHAPES.find(({ key }) => key === part) ?? null;
}

/** Measures; a subject that fails leaves one row that says why. */
export async function runJob(job: Job, clock: Clock, emit: (row: RowOfJob) => void): Promise<void> {
  const { backend, part, only, figures, quick, kind, threads } = job;
  const send = ({ note, ...row }: Measured, standing?: string): void =>
    emit({ threads, ...row, backend, subject: job.subject, note: note ?? standing ?? null });
  try {
    const subject = await load(job.subject);
    await subject.open(backend, threads);
    const bench: Bench = {
      clock,
      seconds: quick ? 0.3 : part === 'operations' ? 0.5 : 2,
      kind,
      quick,
      backend,
      threads,
      wants: (name, shape) =>
        (!figures || isAskedFor(name, shape)) && `${name}, ${shape}, ${job.subject}`.toLowerCase().includes(only.toLowerCase()),
      emit: (row) => send(row, subject.note),
    };
    if (part === BITS) return await measureBits(BITS_SHAPE, bench);
    const shape = shapeOf(part);
    await (shape === null ? measureOperations(subject, bench) : measureDecoder(subject, shape, bench));
  } catch (error) {
    send({ name: 'start', shape: part, value: null, unit: '', note: `${job.subject}: ${reasonOf(error)}` });
  }
}
