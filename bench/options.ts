/** The command line of the benchmark. Knows nothing of what is measured. */
import { parseArgs } from 'node:util';
import type { BackendName } from '../src/contracts/engine.ts';

export type BenchOptions = {
  readonly runtime: 'chrome' | 'node';
  /** Null for both. */
  readonly backend: BackendName | null;
  readonly only: string;
  readonly figures: boolean;
  readonly quick: boolean;
  readonly large: boolean;
  /** No other program. */
  readonly alone: boolean;
  readonly cpu: boolean;
  readonly profile: boolean;
  /** PyTorch too. */
  readonly pytorch: boolean;
  /** The commit to be measured beside this one. */
  readonly against: string | null;
  /** Where the rows go besides the screen: a file, or STDOUT. */
  readonly json: string | null;
};

/** The place of `--json` without a file: the standard output. */
export const STDOUT = '-';

export const HELP = `npm run bench [-- options]
  --runtime chrome|node   where to measure (chrome)
  --backend wasm|webgpu   only this backend
  --only TEXT             only rows of which “what, shape, subject” contains this; a peer's ratio needs our row too
  --figures               only what the figures ask for, on the CPU
  --quick                 shorter, less exact, and no 10 M and 135 M decoders where the device is slow
  --large                 SmolLM2-135M's shape also on a software adapter, and also for the others
  --alone                 this project and the device alone: nothing is installed
  --pytorch               also PyTorch on the CPU, natively, by the python3 that is there; says what it needs
  --against COMMIT        also that commit of this project, in turn with this one, in Node
  --json [FILE]           also writes the rows and what they say of the figures asked for; without a file, to the standard output
  --cpu                   Node: the processor's time instead of the clock's, for a busy machine
  --profile               Node: the time of each of our CPU kernels in a training step`;

/** `--json` without a file gets its place. */
function withPlaces(args: readonly string[]): string[] {
  return args.flatMap((arg, i) => (arg === '--json' && (args[i + 1] ?? '--').startsWith('--') ? [`--json=${STDOUT}`] : [arg]));
}

/** Reads the arguments; a text that says what is wrong instead, or the help. */
export function readOptions(args: readonly string[]): BenchOptions | string {
  const flag = { type: 'boolean', default: false } as const;
  const text = { type: 'string' } as const;
  const options = {
    runtime: text,
    backend: text,
    only: text,
    json: text,
    figures: flag,
    quick: flag,
    large: flag,
    alone: flag,
    pytorch: flag,
    against: text,
    cpu: flag,
    profile: flag,
    help: flag,
  };
  try {
    const { values } = parseArgs({ args: withPlaces(args), options });
    const { runtime = values.profile || values.cpu ? 'node' : 'chrome', backend = null, only = '', json = null, against = null } = values;
    if (values.help) return HELP;
    if (runtime !== 'chrome' && runtime !== 'node') return `--runtime is chrome or node, not “${runtime}”.`;
    if (backend !== null && backend !== 'wasm' && backend !== 'webgpu') return `--backend is wasm or webgpu, not “${backend}”.`;
    const { figures, quick, large, alone, pytorch, cpu, profile } = values;
    if (runtime === 'chrome' && (cpu || profile)) return '--cpu and --profile are for --runtime node.';
    return { runtime, backend, only, json, figures, quick, large, alone, pytorch, against, cpu, profile };
  } catch (error) {
    return `${error instanceof Error ? error.message : String(error)}\n${HELP}`;
  }
}
