/**
 * What an operation is: one tfjs kernel name, a version in plain tf ops that runs on any backend and is the reference in
 * tests, a gradient told in terms of other operations, and kernels for the backends where they pay.
 * An operation without a kernel for the active backend runs its reference, and the tape goes through the plain ops.
 * Knows no operation and no kernel.
 */
import * as tf from '@tensorflow/tfjs';

/** The tensors that an operation reads, by name. */
export type Inputs = { readonly [name: string]: tf.Tensor };

/**
 * A kernel of one backend: reads `inputs`, returns the outputs in order (none for an operation that works in place).
 * Every output is a new tensor of the backend.
 */
export type OpKernel<I extends Inputs = Inputs, A extends object = object> = (
  inputs: { readonly [name in keyof I]: tf.TensorInfo },
  attributes: A,
  backend: tf.KernelBackend,
) => tf.TensorInfo[];

/** What the tape kept for the gradient: the inputs named in `saves` and all outputs if `savesOutputs`. */
export type Saved<I extends Inputs, O extends tf.Tensor[]> = { readonly inputs: I; readonly outputs: O };

export type OpDefinition<I extends Inputs, A extends object, O extends tf.Tensor[]> = {
  readonly name: string;
  readonly reference: (inputs: I, attributes: A) => O;
  /** Inputs that the gradient reads. */
  readonly saves?: readonly (keyof I & string)[];
  /** How many outputs there are, if the gradient reads them. */
  readonly savesOutputs?: number;
  /** For each input that may be trained, a closure that is called only when that gradient is wanted; never returns `dy` itself. */
  readonly gradient?: (dy: tf.Tensor, saved: Saved<I, O>, attributes: A) => { [name in keyof I]?: () => tf.Tensor };
  readonly kernels?: { readonly [backend: string]: OpKernel<I, A> };
};

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
      kernel(inputs as { readonly [key in keyof I]: tf.TensorInfo }, attrs as A, active as tf.KernelBackend),
  });
}

/** Whether operation `name` would run a kernel of its own now. */
export function hasKernel(name: string): boolean {
  return !referenceOnly && tf.getKernel(name, tf.getBackend()) !== undefined;
}

function registerGradientOf<I extends Inputs, A extends object, O extends tf.Tensor[]>(definition: OpDefinition<I, A, O>): void {
  const { name, gradient, saves = [], savesOutputs = 0 } = definition;
  if (gradient === undefined) return;
  if (tf.getGradient(name) !== undefined) tf.unregisterGradient(name);
  tf.registerGradient({
    kernelName: name,
    inputsToSave: [...saves],
    outputsToSave: Array.from({ length: savesOutputs }, () => true),
    gradFunc: (dy, saved, attributes) => {
      const inputs = Object.fromEntries(saves.map((key, i) => [key, saved[i]])) as unknown as I;
      const outputs = saved.slice(saves.length) as O;
      // An operation has one output that is differentiated, the first; the others are by-products for its own gradient.
      const first = Array.isArray(dy) ? (dy[0] as tf.Tensor) : dy;
      return gradient(first, { inputs, outputs }, attributes as unknown as A) as Record<string, () => tf.Tensor>;
    },
  });
}

/** Defines an operation and returns the function that runs it: kernel if there is one, reference otherwise. */
export function defineOp<I extends Inputs, A extends object, O extends tf.Tensor[]>(
  definition: OpDefinition<I, A, O>,
): (inputs: I, attributes: A) => O {
  const { name, reference, kernels = {} } = definition;
  registerGradientOf(definition);
  for (const [backend, kernel] of Object.entries(kernels)) registerOpKernel(name, backend, kernel);
  return (inputs, attributes) => {
    if (!hasKernel(name)) return tf.tidy(() => reference(inputs, attributes));
    const outputs: unknown = tf.engine().runKernel(name, inputs, attributes as tf.NamedAttrMap);
    return outputs as O;
  };
}
