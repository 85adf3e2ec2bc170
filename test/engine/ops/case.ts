/** One example of one operation with its ground truth, and the tools that run it. Knows no operation. */
import * as tf from '@tensorflow/tfjs';
import { expect } from 'vitest';
import { Random } from '../../../src/random.ts';
import type { Numbers } from '../../support/plain-ops.ts';

export type Input = { readonly shape: readonly number[]; readonly values: Float32Array | Int32Array };
export type Inputs = { readonly [name: string]: Input };
export type Tensors = { readonly [name: string]: tf.Tensor };
export type Values = { readonly [name: string]: Numbers };

export type Gradient = {
  /** The inputs that have a gradient. */
  readonly of: readonly string[];
  /** Their gradients, in that order, when `dy` reaches the first result. */
  readonly run: (tensors: Tensors, dy: tf.Tensor) => tf.Tensor[];
  /** The operation computes the gradient of the sum of its first result only. */
  readonly ones?: boolean;
};

export type Case = {
  readonly name: string;
  readonly inputs: Inputs;
  /** Inputs that the operation changes in place; their new values count as further results. */
  readonly changed?: readonly string[];
  readonly run: (tensors: Tensors) => tf.Tensor[];
  /** Every result and every changed input, in double precision. */
  readonly plain: (values: Values) => (readonly number[])[];
  readonly gradient?: Gradient;
};

export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Standard normal numbers times `scale`, the same for the same label. */
export function normal(label: string, shape: readonly number[], scale = 1): Input {
  const random = Random.of('ops', label);
  return { shape, values: Float32Array.from({ length: sizeOf(shape) }, () => scale * random.normal()) };
}

export function integers(values: readonly number[]): Input {
  return { shape: [values.length], values: Int32Array.from(values) };
}

/** Whole numbers below `below`, the same for the same label. */
export function drawn(label: string, count: number, below: number): Input {
  const random = Random.of('ops', label);
  return integers(Array.from({ length: count }, () => random.int(below)));
}

export function tensorOf({ shape, values }: Input): tf.Tensor {
  return tf.tensor(values, [...shape], values instanceof Int32Array ? 'int32' : 'float32');
}

/** The entry called `name`, which must exist. */
export function pick<T>(record: { readonly [name: string]: T }, name: string): T {
  const value = record[name];
  if (value === undefined) throw new RangeError(`no ${name}`);
  return value;
}

export const valuesOf = (inputs: Inputs): Values => Object.fromEntries(Object.entries(inputs).map(([name, { values }]) => [name, values]));

/** The largest error that was found, and what was allowed there. */
export type Found = { readonly error: number; readonly allowed: number };
let found: Found = { error: 0, allowed: 0 };

/** The error that came nearest to what is allowed (or went farthest beyond) since the last call; nothing was compared where `allowed` is 0. */
export function takeFound(): Found {
  const taken = found;
  found = { error: 0, allowed: 0 };
  return taken;
}

/** Fails unless every number is within `tolerance` of what is expected, relative to the largest expected one (at least 1). */
export function expectClose(actual: Numbers, expected: Numbers, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  let [scale, worst] = [1, 0];
  for (const value of expected) scale = Math.max(scale, Math.abs(value));
  for (const [i, value] of expected.entries()) {
    const error = Math.abs((actual[i] ?? Number.NaN) - value) / scale;
    if (!(error <= worst)) worst = error; // NaN stays
  }
  if (found.allowed === 0 || !(worst / tolerance <= found.error / found.allowed)) found = { error: worst, allowed: tolerance };
  expect(worst).toBeLessThanOrEqual(tolerance);
}

/** Fails if a number that the operation had to leave alone has changed, be it in the last bit. */
export function expectKept(actual: Numbers, before: Numbers, expected: Numbers): void {
  const touched = Array.from(before).filter((value, i) => expected[i] === value && actual[i] !== value);
  expect(touched).toEqual([]);
}

/** Runs `compute` on fresh tensors of the inputs; the values of its results, then those of the inputs in `changed`. */
export async function evaluate(
  inputs: Inputs,
  compute: (tensors: Tensors) => tf.Tensor[],
  changed: readonly string[] = [],
): Promise<Numbers[]> {
  const tensors = Object.fromEntries(
    Object.entries(inputs).map(([name, input]) => {
      const tensor = tensorOf(input);
      if (!changed.includes(name)) return [name, tensor];
      const variable = tf.variable(tensor, false);
      tensor.dispose();
      return [name, variable];
    }),
  );
  const results = tf.tidy(() => compute(tensors));
  const read = [...results, ...changed.map((name) => pick(tensors, name))];
  const values = await Promise.all(read.map(async (result) => (await result.data()) as Float32Array));
  tf.dispose([results, tensors]);
  return values;
}

/** The results of the operation and its changed inputs. */
export const forward = ({ inputs, run, changed }: Case): Promise<Numbers[]> => evaluate(inputs, run, changed);

/** What reaches the first result in the tests of gradients. */
export function outerOf({ name, inputs, plain }: Case, { ones = false }: Gradient): Input {
  const size = plain(valuesOf(inputs))[0]?.length ?? 0;
  return ones ? { shape: [size], values: new Float32Array(size).fill(1) } : normal(`${name} dy`, [size]);
}

async function withOuter(example: Case, dy: Input, gradients: (tensors: Tensors, dy: tf.Tensor) => tf.Tensor[]): Promise<Numbers[]> {
  let shape: number[] = [];
  await evaluate(example.inputs, (tensors) => {
    const [first] = example.run(tensors);
    shape = first?.shape ?? [];
    return [];
  });
  return evaluate({ ...example.inputs, dy: { shape, values: dy.values } }, (tensors) => gradients(tensors, pick(tensors, 'dy')));
}

/** The gradients of sum(dy * first result) from the operations for gradients. */
export const backward = (example: Case, { run }: Gradient, dy: Input): Promise<Numbers[]> => withOuter(example, dy, run);

/** The same from tfjs' tape, for which the operation must run its plain version. */
export function taped(example: Case, { of }: Gradient, dy: Input): Promise<Numbers[]> {
  return withOuter(example, dy, (tensors, outer) => {
    const f = (...xs: tf.Tensor[]): tf.Tensor =>
      example.run({ ...tensors, ...Object.fromEntries(of.map((name, i) => [name, xs[i] as tf.Tensor])) })[0] as tf.Tensor;
    return tf.grads(f)(
      of.map((name) => pick(tensors, name)),
      outer,
    );
  });
}

/** The same from central differences of the plain loops, in double precision. */
export function differences({ inputs, plain }: Case, { of }: Gradient, dy: Input): number[][] {
  const step = 1e-4;
  const values = valuesOf(inputs);
  const loss = (changed: Values): number =>
    (plain({ ...values, ...changed })[0] ?? []).reduce((total, y, i) => total + y * (dy.values[i] ?? Number.NaN), 0);
  return of.map((name) => {
    const x = Float64Array.from(pick(values, name));
    return Array.from(x, (value, i) => {
      const [up, down] = [x.slice(), x.slice()];
      [up[i], down[i]] = [value + step, value - step];
      return (loss({ [name]: up }) - loss({ [name]: down })) / (2 * step);
    });
  });
}
