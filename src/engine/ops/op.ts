/**
 * What an operation is: one name, a version in plain tf ops that runs on any backend and is the reference in tests, a kernel for the CPU
 * whose arithmetic comes in parts, and kernels for other backends, which register themselves. An operation without a kernel for the active
 * backend runs its reference. Operations are work (src/engine/work.ts): they stop where the event loop should turn.
 * Gradients are operations of their own: the decoder's backward pass calls them, no tape is needed. The plain versions of the
 * forward operations are differentiable by tfjs' tape, which is what tests hold the gradients against.
 * Knows no operation and no kernel.
 */
import * as tf from '@tensorflow/tfjs';
import { together } from '../wasm.ts';
import { done, fits, inParts, manyDispatches, type Work, worthSharing } from '../work.ts';

/** The tensors that an operation reads or changes in place, by name; one that may be left out is undefined then. */
type Inputs = { readonly [name: string]: tf.Tensor | undefined };

/** The same as a kernel sees them. */
type Operands<I extends Inputs> = {
  readonly [name in keyof I]: undefined extends I[name] ? tf.TensorInfo | undefined : tf.TensorInfo;
};

/** A kernel of one backend: returns the outputs in order (none for an operation that works in place), each a new tensor of the backend. */
type OpKernel<I extends Inputs = Inputs, A extends object = object> = (
  inputs: Operands<I>,
  attributes: A,
  backend: tf.KernelBackend,
) => tf.TensorInfo[];

/**
 * Arithmetic that can be divided: `units` units of about `cost` operations each, done in ascending order by calls of `run`; where they are
 * `apart`, no unit reads what another one writes and `run` only calls kernels, so that threads may do them at the same time.
 */
export type Stage = {
  readonly units: number;
  readonly cost: number;
  readonly run: (from: number, count: number) => void;
  readonly apart?: true;
};

/** A kernel of the CPU backend: its outputs, not computed yet, and the stages that compute them. However they are divided, the bits are the same. */
export type CpuKernel<I extends Inputs = Inputs, A extends object = object> = (
  inputs: Operands<I>,
  attributes: A,
  backend: tf.KernelBackend,
) => { readonly outputs: readonly tf.TensorInfo[]; readonly stages: readonly Stage[] };

type OpDefinition<I extends Inputs, A extends object, O extends tf.Tensor[]> = {
  readonly name: string;
  readonly reference: (inputs: I, attributes: A) => O;
  readonly cpu?: CpuKernel<I, A>;
};

const CPU = 'wasm';
const onCpu = new Set<string>();
let referenceOnly = false;

/** Forces the plain-op versions everywhere; for tests. */
export function useReference(on: boolean): void {
  referenceOnly = on;
}

/** Registers the kernel of operation `name` for `backend`, replacing an earlier one. Shapes and outputs as in the operation's reference. */
export function registerOpKernel<I extends Inputs, A extends object>(name: string, backend: string, kernel: OpKernel<I, A>): void {
  if (tf.getKernel(name, backend) !== undefined) tf.unregisterKernel(name, backend);
  tf.registerKernel({
    kernelName: name,
    backendName: backend,
    kernelFunc: ({ inputs, attrs, backend: active }) =>
      kernel(inputs as unknown as Operands<I>, attrs as unknown as A, active as tf.KernelBackend),
  });
}

/** Whether operation `name` would run a kernel of its own now. */
export function hasKernel(name: string): boolean {
  if (referenceOnly) return false;
  const backend = tf.getBackend();
  return backend === CPU ? onCpu.has(name) : tf.getKernel(name, backend) !== undefined;
}

/** The same data under a new tensor, for a kernel that overwrites its input: the input must not be used afterwards. */
export function sameData({ dataId, dtype }: tf.TensorInfo, shape: readonly number[], backend: tf.KernelBackend): tf.TensorInfo {
  backend.incRef(dataId);
  return { dataId, dtype, shape: [...shape] };
}

/** Defines an operation and returns the function that runs it: kernel if there is one, reference otherwise. */
export function defineOp<I extends Inputs, A extends object, O extends tf.Tensor[]>(
  definition: OpDefinition<I, A, O>,
): (inputs: I, attributes: A) => Work<O> {
  return defined(definition, (outputs) => outputs);
}

/** The same for an operation with one output, which it gives as it is. */
export function defineSingle<I extends Inputs, A extends object>(
  definition: OpDefinition<I, A, [tf.Tensor]>,
): (inputs: I, attributes: A) => Work<tf.Tensor> {
  return defined(definition, ([output]) => output);
}

/** What fits before the next turn of the event loop is done in the call; else the work is done as it is asked for. */
function defined<I extends Inputs, A extends object, O extends tf.Tensor[], R>(
  { name, reference, cpu }: OpDefinition<I, A, O>,
  pick: (outputs: O) => R,
): (inputs: I, attributes: A) => Work<R> {
  if (cpu !== undefined) onCpu.add(name);
  return (inputs, attributes) => {
    if (!hasKernel(name)) return done(pick(tf.tidy(() => reference(inputs, attributes))));
    const engine = tf.engine();
    if (cpu !== undefined && tf.getBackend() === CPU) {
      const { outputs, stages } = cpu(inputs as unknown as Operands<I>, attributes, tf.backend());
      // tensors before the first stop, so that an end there frees them
      const made = pick(outputs.map((info) => engine.makeTensorFromTensorInfo(info)) as O);
      let operations = 0;
      for (const { units, cost } of stages) operations += units * cost;
      if (!fits(operations)) return divided(stages, made);
      for (const stage of stages) perform(stage, 0, stage.units);
      return done(made);
    }
    const given = Object.fromEntries(Object.entries(inputs).filter(([, tensor]) => tensor !== undefined)) as tf.NamedTensorMap;
    const outputs = pick(engine.runKernel(name, given, attributes as tf.NamedAttrMap) as unknown as O);
    return manyDispatches() ? afterATurn(outputs) : done(outputs);
  };
}

/** Does units of a stage, if there are any, by all threads where that pays. */
function perform({ cost, run, apart }: Stage, from: number, count: number): void {
  if (apart === true && count > 1 && worthSharing(count * cost)) together(from, count, run);
  else if (count > 0) run(from, count);
}

function* divided<R>(stages: readonly Stage[], result: R): Work<R> {
  for (const stage of stages) yield* inParts(stage.units, stage.cost, (from, count) => perform(stage, from, count));
  return result;
}

function* afterATurn<R>(result: R): Work<R> {
  yield;
  return result;
}
