/**
 * The peer tfjs as it comes: the same decoder in plain operations, `tf.variableGrads` and `tf.train.adam`, written as a good user would:
 * weights in the layout that its fast product wants, no tensor moved that need not be. Knows nothing of our engine and must not share a
 * worker with it, because tfjs keeps its kernels in a global registry.
 */
import * as tf from '@tensorflow/tfjs';
import type { BackendName } from '../src/contracts/engine.ts';
import { EPSILON, THETA } from '../src/lab/measure/shapes.ts';
import { work } from '../src/lab/measure/tf-work.ts';
import type { Batch, LlamaShape, Operation, Trainer, Weights, Work } from '../src/lab/measure/parts.ts';
import type { Subject } from './subject.ts';

/** Plain tensors, whatever the declaration of `applyGradients` says. */
type Gradients = Parameters<ReturnType<typeof tf.train.adam>['applyGradients']>[0];

let active: BackendName = 'wasm';

async function open(backend: BackendName): Promise<void> {
  active = backend;
  if (backend === 'webgpu') await import('@tensorflow/tfjs-backend-webgpu');
  else {
    const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
    if ('WorkerGlobalScope' in globalThis) {
      const [simd, plain, threaded] = await Promise.all([
        import('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url'),
        import('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url'),
        import('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url'),
      ]);
      setWasmPaths({
        'tfjs-backend-wasm-simd.wasm': simd.default,
        'tfjs-backend-wasm.wasm': plain.default,
        'tfjs-backend-wasm-threaded-simd.wasm': threaded.default,
      });
    }
  }
  if (!(await tf.setBackend(backend))) throw new Error(`tfjs could not start its ${backend} backend`);
  await tf.ready();
}

/** Everything that does not change from step to step. */
type Constants = {
  readonly cos: tf.Tensor;
  readonly sin: tf.Tensor;
  readonly mask: tf.Tensor;
  readonly oneHot: tf.Tensor;
  readonly ids: tf.Tensor;
};

function constantsOf({ V, D, H, K }: LlamaShape, { T, ids, targets }: Batch): Constants {
  const half = D / H / 2;
  const angle = (f: (x: number) => number): tf.Tensor => {
    const values = Float32Array.from({ length: T * half }, (_, i) => f(Math.floor(i / half) * THETA ** (-(i % half) / half)));
    return tf.tidy(() => tf.tile(tf.tensor(values, [1, 1, T, half]), [1, 1, 1, 2])); // [1,1,T,E]
  };
  const future = Float32Array.from({ length: T * T }, (_, i) => (i % T > Math.floor(i / T) ? -1e30 : 0));
  return tf.tidy(() => ({
    cos: angle(Math.cos),
    sin: angle(Math.sin),
    mask: tf.tile(tf.tensor(future, [1, T, T]), [1, H / K, 1]), // [1,G*T,T]
    oneHot: tf.oneHot(tf.tensor1d(targets, 'int32'), V).toFloat(), // [M,V]
    // The gradient of a lookup exists on WebGPU only; on the CPU a product with a one-hot matrix does the same.
    ids: active === 'webgpu' ? tf.tensor1d(ids, 'int32') : tf.oneHot(tf.tensor1d(ids, 'int32'), V).toFloat(),
  }));
}

const rmsNorm = (x: tf.Tensor, gain: tf.Tensor): tf.Tensor =>
  tf.mul(tf.mul(x, tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), EPSILON))), gain);

/** [B,h,T,E] */
function rope(x: tf.Tensor, { cos, sin }: Constants): tf.Tensor {
  const [first, second] = tf.split(x, 2, -1) as [tf.Tensor, tf.Tensor];
  return tf.add(tf.mul(x, cos), tf.mul(tf.concat([tf.neg(second), first], -1), sin));
}

/** Causal attention with the query heads of one key head folded into rows: q [B,H,T,E], k and v [B,K,T,E] -> [B*T,D]. */
function attention(q: tf.Tensor, k: tf.Tensor, v: tf.Tensor, mask: tf.Tensor): tf.Tensor {
  const [B, H, T, E] = q.shape as [number, number, number, number];
  const K = k.shape[1] as number;
  const folded = tf.reshape(q, [B * K, (H / K) * T, E]);
  const scores = tf.mul(tf.matMul(folded, tf.reshape(k, [B * K, T, E]), false, true), 1 / Math.sqrt(E));
  const out = tf.matMul(tf.softmax(tf.add(scores, mask)), tf.reshape(v, [B * K, T, E]));
  return tf.reshape(tf.transpose(tf.reshape(out, [B, H, T, E]), [0, 2, 1, 3]), [B * T, H * E]);
}

/** Logits [M,V]. */
function forward({ D, L, H, K }: LlamaShape, weight: (name: string) => tf.Tensor, { B, T }: Batch, constants: Constants): tf.Tensor {
  const E = D / H;
  const heads = (x: tf.Tensor, n: number): tf.Tensor => tf.transpose(tf.reshape(x, [B, T, n, E]), [0, 2, 1, 3]);
  const table = weight('model.embed_tokens.weight');
  let x: tf.Tensor = active === 'webgpu' ? tf.gather(table, constants.ids) : tf.matMul(constants.ids, table);
  for (let layer = 0; layer < L; layer++) {
    const linear = (y: tf.Tensor, name: string): tf.Tensor => tf.matMul(y, weight(`model.layers.${layer}.${name}.weight`)); // [in,out]
    const h = rmsNorm(x, weight(`model.layers.${layer}.input_layernorm.weight`));
    const q = rope(heads(linear(h, 'self_attn.q_proj'), H), constants);
    const k = rope(heads(linear(h, 'self_attn.k_proj'), K), constants);
    const v = heads(linear(h, 'self_attn.v_proj'), K);
    x = tf.add(x, linear(attention(q, k, v, constants.mask), 'self_attn.o_proj'));
    const g = rmsNorm(x, weight(`model.layers.${layer}.post_attention_layernorm.weight`));
    const gate = linear(g, 'mlp.gate_proj');
    const inner = tf.mul(tf.mul(gate, tf.sigmoid(gate)), linear(g, 'mlp.up_proj'));
    x = tf.add(x, linear(inner, 'mlp.down_proj'));
  }
  return tf.matMul(rmsNorm(x, weight('model.norm.weight')), table, false, true);
}

function variables(weights: Weights): ReadonlyMap<string, tf.Variable> {
  return new Map(
    [...weights].map(([name, { shape, data }]) => {
      const isLinear = shape.length === 2 && name !== 'model.embed_tokens.weight';
      const value = (): tf.Tensor => (isLinear ? tf.transpose(tf.tensor(data, [...shape])) : tf.tensor(data, [...shape]));
      return [name, tf.tidy(() => tf.variable(value(), true, name))];
    }),
  );
}

function trainer(shape: LlamaShape, weights: Weights, batch: Batch): Promise<Trainer> {
  const parameters = variables(weights);
  const constants = constantsOf(shape, batch);
  const optimizer = tf.train.adam(1e-3, 0.9, 0.95, 1e-8);
  const weight = (name: string): tf.Tensor => parameters.get(name) as tf.Tensor;
  const loss = (): tf.Scalar => tf.losses.softmaxCrossEntropy(constants.oneHot, forward(shape, weight, batch, constants));
  return Promise.resolve({
    step: async () => {
      const { value, grads } = tf.variableGrads(loss, [...parameters.values()]);
      optimizer.applyGradients(grads as Gradients);
      tf.dispose(grads);
      const [number] = await value.data();
      value.dispose();
      return number ?? NaN;
    },
    dispose: () => {
      optimizer.dispose();
      tf.dispose([...parameters.values(), ...Object.values(constants)]);
    },
  });
}

function operation(wanted: Operation): Work | null {
  const random = (shape: number[]): tf.Tensor => tf.randomNormal(shape, 0, 1, 'float32', 1);
  if (wanted.kind === 'product') {
    const { batch, M, K, N, storage } = wanted;
    const [a, b] = [random([batch, ...(storage === 'TN' ? [K, M] : [M, K])]), random([batch, ...(storage === 'NT' ? [N, K] : [K, N])])];
    return work(() => tf.matMul(a, b, storage === 'TN', storage === 'NT'), [a, b]);
  }
  if (wanted.kind === 'attention') {
    const { B, T, H, K, E } = wanted;
    const [q, k, v] = [random([B, H, T, E]), random([B, K, T, E]), random([B, K, T, E])];
    const { mask, ...others } = constantsOf(
      { key: '', V: 2, D: H * E, F: 1, L: 1, H, K, context: T },
      { B: 1, T, ids: new Int32Array(1), targets: new Int32Array(1) },
    );
    return work(() => attention(q, k, v, mask), [q, k, v, mask, ...Object.values(others)]);
  }
  if (wanted.kind === 'rmsnorm') {
    const [x, gain] = [random([wanted.M, wanted.D]), random([wanted.D])];
    return work(() => rmsNorm(x, gain), [x, gain]);
  }
  if (wanted.kind === 'cross-entropy') {
    const logits = random([wanted.R, wanted.V]);
    const ids = Int32Array.from({ length: wanted.R }, (_, i) => i % wanted.V);
    const targets = tf.tidy(() => tf.oneHot(tf.tensor1d(ids, 'int32'), wanted.V).toFloat());
    const gradient = tf.grad((x) => tf.losses.softmaxCrossEntropy(targets, x));
    return work(() => gradient(logits), [logits, targets]);
  }
  if (wanted.kind === 'adamw') {
    const parameter = tf.tidy(() => tf.variable(random([wanted.floats])));
    const gradient = random([wanted.floats]);
    const optimizer = tf.train.adam(1e-3);
    const step = (): tf.Tensor => {
      optimizer.applyGradients({ [parameter.name]: gradient } as unknown as Gradients);
      return tf.slice(parameter, [0], [1]);
    };
    return work(step, [parameter, gradient]);
  }
  if (wanted.kind === 'tiny') {
    const one = tf.ones([2048]); // tfjs adds smaller ones without the device
    return work(() => tf.add(one, one), [one]);
  }
  return null;
}

export const subject: Subject = {
  name: 'stock tfjs',
  open,
  operation,
  trainer: (shape, weights, batch, mode) => {
    if (mode === 'lora') throw new Error('not written for stock tfjs');
    return trainer(shape, weights, batch);
  },
};
