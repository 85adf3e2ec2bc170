/** The command line of the benchmark. Knows nothing of what is measured. */
import { readCommand, WrongCall } from '../scripts/command-line.ts';
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

const COMMAND = {
  name: 'npm run bench',
  options: {
    runtime: 'text',
    backend: 'text',
    only: 'text',
    json: 'perhaps',
    figures: 'flag',
    quick: 'flag',
    large: 'flag',
    alone: 'flag',
    pytorch: 'flag',
    against: 'text',
    cpu: 'flag',
    profile: 'flag',
  },
} as const;

/** Reads the arguments; throws with a sentence that says what is wrong. */
export function readOptions(args: readonly string[]): BenchOptions {
  const given = readCommand(args, COMMAND);
  const [cpu, profile] = [given.has('cpu'), given.has('profile')];
  const runtime = given.text('runtime') ?? (profile || cpu ? 'node' : 'chrome');
  const backend = given.text('backend');
  if (runtime !== 'chrome' && runtime !== 'node') throw new WrongCall(`--runtime is chrome or node, not “${runtime}”.`);
  if (backend !== null && backend !== 'wasm' && backend !== 'webgpu') throw new WrongCall(`--backend is wasm or webgpu, not “${backend}”.`);
  if (runtime === 'chrome' && (cpu || profile)) throw new WrongCall('--cpu and --profile are for --runtime node.');
  const json = given.text('json');
  return {
    runtime,
    backend,
    only: given.text('only') ?? '',
    json: json === '' ? STDOUT : json,
    against: given.text('against'),
    figures: given.has('figures'),
    quick: given.has('quick'),
    large: given.has('large'),
    alone: given.has('alone'),
    pytorch: given.has('pytorch'),
    cpu,
    profile,
  };
}
