/**
 * Linear layers y = x W^T, several of them side by side as one matrix, with what surrounds them in a decoder: a bias, the residual
 * stream, and a low-rank adapter (Hu et al., arXiv 2106.09685). The columns of y fall into blocks, one for each layer of the
 * checkpoint; every block has its own pair A_g [rank,in], B_g [out_g,rank], and block g of y gains s (x A_g^T) B_g^T. The change
 * B A is never formed, so frozen weights need no gradient.
 *
 * All pairs of a model lie in one flat tensor, the arena: an optimiser step is then one operation. A stack of layers has its
 * A [G*rank,in] at `a` and its B [out,rank] at `b`, counted in numbers. Gradients are written into a second arena of that shape.
 *
 * A frozen weight may be packed (src/engine/packing.ts). Backends whose kernels do not read it get it unpacked for the time of the
 * operation, so no plain version below knows of it.
 */
import * as tf from '@tensorflow/tfjs';
import { withReadable } from '../packing.ts';
import { now, type Work } from '../work.ts';
import { linearGradXOnCpu, linearOnCpu, loraDownOnCpu, loraGradLowOnCpu, loraGradXOnCpu, loraLinearOnCpu } from './linear.simd.ts';
import { defineSingle, hasKernel } from './op.ts';
import { blocksOf, type Placement } from './placement.ts';
import { product } from './product.ts';

export { blocksOf, type Placement } from './placement.ts';

type LinearInputs = {
  readonly x: tf.Tensor;
  readonly weight: tf.Tensor;
  readonly bias?: tf.Tensor;
  readonly residual?: tf.Tensor;
};
type DownInputs = { readonly x: tf.Tensor; readonly arena: tf.Tensor };
type LoraInputs = LinearInputs & { readonly low: tf.Tensor; readonly arena: tf.Tensor };
type GradLowInputs = { readonly dy: tf.Tensor; readonly low: tf.Tensor; readonly arena: tf.Tensor; readonly gradients: tf.Tensor };
type GradXInputs = {
  readonly dy: tf.Tensor;
  readonly weight: tf.Tensor;
  readonly dLow: tf.Tensor;
  readonly x: tf.Tensor;
  readonly arena: tf.Tensor;
  readonly gradients: tf.Tensor;
};

type PlainGradXInputs = { readonly dy: tf.Tensor; readonly weight: tf.Tensor };

const matrix = (arena: tf.Tensor, at: number, rows: number, columns: number): tf.Tensor =>
  tf.reshape(tf.slice(arena, at, rows * columns), [rows, columns]);

/** Writes `values` into the arena from `at` on; the plain version of writing in place. */
function place(arena: tf.Tensor, at: number, values: tf.Tensor): void {
  const after = at + values.size;
  const parts = [tf.slice(arena, 0, at), tf.reshape(values, [values.size]), tf.slice(arena, after, arena.size - after)];
  (arena as tf.Variable).assign(tf.concat(parts.filter(({ size }) => size > 0)));
}

function plain({ x, weight, bias, residual }: LinearInputs): tf.Tensor {
  const y = tf.matMul(x, weight, false, true);
  return [bias, residual].reduce((sum: tf.Tensor, next) => (next === undefined ? sum : tf.add(sum, next)), y);
}

const runLinear = defineSingle<LinearInputs, object>({
  name: 'Linear',
  reference: (inputs) => [plain(inputs)],
  cpu: linearOnCpu,
});

const runDown = defineSingle<DownInputs, Placement>({
  name: 'LoraDown',
  reference: ({ x, arena }, { a, rank, scale, ends }) => [
    tf.mul(tf.matMul(x, matrix(arena, a, ends.length * rank, x.shape[1] as number), false, true), scale),
  ],
  cpu: loraDownOnCpu,
});

const runLora = defineSingle<LoraInputs, Placement>({
  name: 'LoraLinear',
  reference: ({ low, arena, ...inputs }, placement) => {
    const { b, rank, ends } = placement;
    const B = matrix(arena, b, ends.at(-1) as number, rank);
    const M = low.shape[0];
    const changes = blocksOf(placement).map(([from, width], g): tf.Tensor =>
      tf.matMul(tf.slice(low, [0, g * rank], [M, rank]), tf.slice(B, [from, 0], [width, rank]), false, true),
    );
    return [tf.add(plain(inputs), tf.concat(changes, 1))];
  },
  cpu: loraLinearOnCpu,
});

const runGradLow = defineSingle<GradLowInputs, Placement>({
  name: 'LoraGradLow',
  reference: ({ dy, low, arena, gradients }, placement) => {
    const { b, rank, scale, ends } = placement;
    const B = matrix(arena, b, ends.at(-1) as number, rank);
    const M = dy.shape[0];
    const parts = blocksOf(placement).map(([from, width], g) => {
      const part = tf.slice(dy, [0, from], [M, width]);
      return {
        dB: tf.matMul(part, tf.slice(low, [0, g * rank], [M, rank]), true, false), // [width,rank]
        dLow: tf.matMul(part, tf.slice(B, [from, 0], [width, rank])), // [M,rank]
      };
    });
    place(
      gradients,
      b,
      tf.concat(
        parts.map(({ dB }): tf.Tensor => dB),
        0,
      ),
    );
    return [
      tf.mul(
        tf.concat(
          parts.map(({ dLow }): tf.Tensor => dLow),
          1,
        ),
        scale,
      ),
    ];
  },
  cpu: loraGradLowOnCpu,
});

const runGradX = defineSingle<GradXInputs, Placement>({
  name: 'LoraGradX',
  reference: ({ dy, weight, dLow, x, arena, gradients }, { a, rank, ends }) => {
    const A = matrix(arena, a, ends.length * rank, x.shape[1] as number);
    place(gradients, a, tf.matMul(dLow, x, true, false));
    return [tf.add(tf.matMul(dy, weight), tf.matMul(dLow, A))];
  },
  cpu: loraGradXOnCpu,
});

const runPlainGradX = defineSingle<PlainGradXInputs, { readonly inner: number }>({
  name: 'LinearGradX',
  reference: ({ dy, weight }) => [now(product(dy, weight))],
  cpu: linearGradXOnCpu,
});

/** What is added to a product in the same kernel: `bias` [out], `residual` [M,out]. */
type Epilogue = { readonly bias?: tf.Tensor; readonly residual?: tf.Tensor };

/** `x` [M,in] times `weight` [out,in] transposed, plus bias and residual where given -> [M,out]. */
export function linear(x: tf.Tensor, weight: tf.Tensor, epilogue: Epilogue = {}): Work<tf.Tensor> {
  return withReadable(weight, hasKernel('Linear'), (readable) => runLinear({ x, weight: readable, ...epilogue }, {}));
}

/** s x A^T for all blocks of a stack side by side: `x` [M,in] -> [M,G*rank]. The first half of an adapter, kept for its gradient. */
export function loraDown(x: tf.Tensor, arena: tf.Tensor, placement: Placement): Work<tf.Tensor> {
  return runDown({ x, arena }, placement);
}

/** `linear` with an adapter on top; `low` comes from `loraDown` on the same x. */
export function loraLinear(
  x: tf.Tensor,
  weight: tf.Tensor,
  low: tf.Tensor,
  arena: tf.Tensor,
  placement: Placement,
  epilogue: Epilogue = {},
): Work<tf.Tensor> {
  return withReadable(weight, hasKernel('LoraLinear'), (readable) => runLora({ x, weight: readable, low, arena, ...epilogue }, placement));
}

/**
 * The gradient of `loraLinear` in x, and those of the pairs, which are written into `gradients` at the places of the pairs.
 * `dy` [M,out] -> [M,in]. Bias and residual are the caller's: their gradient is dy.
 */
export function* loraLinearGrad(
  dy: tf.Tensor,
  x: tf.Tensor,
  weight: tf.Tensor,
  low: tf.Tensor,
  arena: tf.Tensor,
  gradients: tf.Variable,
  placement: Placement,
): Work<tf.Tensor> {
  const dLow = yield* runGradLow({ dy, low, arena, gradients }, placement); // s dy B, [M,G*rank]; writes dB
  const dx = yield* withReadable(weight, hasKernel('LoraGradX'), (readable) =>
    runGradX({ dy, weight: readable, dLow, x, arena, gradients }, placement),
  ); // dy W + dLow A; writes dA
  dLow.dispose();
  return dx;
}

/** The gradient of `linear` in x: `dy` [M,out] times `weight` [out,in] -> [M,in]. */
export function linearGradX(dy: tf.Tensor, weight: tf.Tensor): Work<tf.Tensor> {
  if (weight.dtype !== 'int32') return product(dy, weight);
  const inner = 2 * (weight.shape[1] as number);
  return withReadable(weight, hasKernel('LinearGradX'), (readable) => runPlainGradX({ dy, weight: readable }, { inner }));
}

/** The gradient of `linear` in its weight: [out,in]. */
export function linearGradWeight(dy: tf.Tensor, x: tf.Tensor): Work<tf.Tensor> {
  return product(dy, x, { transposeA: true });
}
