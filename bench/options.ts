/** The command line of the benchmark. Knows nothing of what is measured. */
import { parseArgs } from 'node:util';
import type { BackendName } from '../src/contracts/engine.ts';

export type BenchOptions = {
  readonly runtime: 'chrome' | 'node';
  /** Null for both. */
  readonly backend: BackendName | null;
  readonly only: string;
  readonly quick: boolean;
  readonly large: boolean;
  /** No other program. */
  readonly alone: boolean;
  readonly cpu: boolean;
  readonly profile: boolean;
  /** Where the rows go besides the screen. */
  readonly json: string | null;
};

export const HELP = `npm run bench [-- options]
  --runtime chrome|node   where to measure (chrome)
  --backend wasm|webgpu   only this backend
  --only TEXT             only rows of which “what, shape, subject” contains this; a peer's ratio needs our row too
  --quick                 shorter, less exact, and no 10 M decoder where the device is slow
  --large                 SmolLM2-135M's shape also on the CPU and on a software adapter
  --alone                 this project and the device alone: nothing is installed
  --json FILE             also writes the rows
  --cpu                   Node: the processor's time instead of the clock's, for a busy machine
  --profile               Node: the time of each of our CPU kernels in a training step`;

/** Reads the arguments; a text that says what is wrong instead, or the help. */
export function readOptions(args: readonly string[]): BenchOptions | string {
  const flag = { type: 'boolean', default: false } as const;
  const text = { type: 'string' } as const;
  const options = {
    runtime: text,
    backend: text,
    only: text,
    json: text,
    quick: flag,
    large: flag,
    alone: flag,
    cpu: flag,
    profile: flag,
    help: flag,
  };
  try {
    const { values } = parseArgs({ args: [...args], options });
    const { runtime = values.profile || values.cpu ? 'node' : 'chrome', backend = null, only = '', json = null } = values;
    if (values.help) return HELP;
    if (runtime !== 'chrome' && runtime !== 'node') return `--runtime is chrome or node, not “${runtime}”.`;
    if (backend !== null && backend !== 'wasm' && backend !== 'webgpu') return `--backend is wasm or webgpu, not “${backend}”.`;
    const { quick, large, alone, cpu, profile } = values;
    if (runtime === 'chrome' && (cpu || profile)) return '--cpu and --profile are for --runtime node.';
    return { runtime, backend, only, json, quick, large, alone, cpu, profile };
  } catch (error) {
    return `${error instanceof Error ? error.message : String(error)}\n${HELP}`;
  }
}
