/** Where jobs run: a browser or Node. Knows neither. */
import type { EngineInfo } from '../src/contracts/engine.ts';
import type { Job } from './job.ts';
import type { RowOfJob } from './row.ts';

/** The WebGPU adapter of a runtime. */
export type Device = Pick<EngineInfo, 'device' | 'software'>;

/** Runs jobs one after the other, each in a global of its own. */
export type Runner = {
  readonly runtime: string;
  /** Null where there is no adapter. */
  readonly webgpu: Device | null;
  /** Resolves with the empty text, or with the reason for which a job ended early. */
  readonly run: (job: Job, milliseconds: number, emit: (row: RowOfJob) => void) => Promise<string>;
  readonly close: () => Promise<void>;
};
