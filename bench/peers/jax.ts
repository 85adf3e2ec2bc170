/**
 * The peer `@jax-js/jax`: the same decoder in its own functions, loss, gradients and Adam in one jit. Its optimiser library is not in
 * the registry, so Adam is written in its array functions. Knows nothing of our engine.
 */
import { blockUntilReady, defaultDevice, init, jit, nn, numpy as np, tree, valueAndGrad, type JaxArray } from '@jax-js/jax';
import { EPSILON, THETA } from '../../src/lab/measure/shapes.ts';
import type { Batch, LlamaShape, Operation, Trainer, Weights, Work } from '../../src/lab/measure/parts.ts';
import type { Subject } from '../subject.ts';

type Parameters = Record<string, JaxArray>;

const ADAM = { rate: 1e-3, beta1: 0.9, beta2: 0.95, epsilon: 1e-8 };

function take(parameters: Parameters, name: string): JaxArray {
  const found = parameters[name];
  if (found === undefined) throw new Error(`no parameter ${name}`);
  return found;
}

/** x / rms(x) * gain over the last axis. */
function rmsNorm(x: JaxArray, gain: JaxArray): JaxArray {
  const scale = np.sqrt(np.square(x.ref).mean(-1, { keepdims: true }).add(EPSILON));
  return x.div(scale).mul(gain);
}

/** [B,T,h,E], angles [T,1,E/2]. */
function rope(x: JaxArray, cos: JaxArray, sin: JaxArray, half: number): JaxArray {
  const first = x.ref.slice([], [], [], [0, half]);
  const second = x.slice([], [], [], [half, 2 * half]);
  const a = first.ref.mul(cos.ref).sub(second.ref.mul(sin.ref));
  return np.concatenate([a, second.mul(cos).add(first.mul(sin))], -1);
}

/** The mean negative log-likelihood as a function of parameters, ids and targets [B*T]. */
function lossOf({ V, D, F, L, H, K }: LlamaShape, B: number, T: number) {
  const E = D / H;
  const angle = (f: (x: number) => number): Float32Array =>
    Float32Array.from({ length: (T * E) / 2 }, (_, i) => f(Math.floor(i / (E / 2)) * THETA ** ((-2 * (i % (E / 2))) / E)));
  const [cos, sin] = [Math.cos, Math.sin].map((f) => np.array(angle(f), { shape: [T, 1, E / 2] })) as [JaxArray, JaxArray];
  return (parameters: Parameters, ids: JaxArray, targets: JaxArray): JaxArray => {
    const linear = (x: JaxArray, name: string): JaxArray => np.matmul(x, take(parameters, name).transpose());
    const table = take(parameters, 'model.embed_tokens.weight');
    let x = table.ref.slice(ids); // [M,D]
    for (let layer = 0; layer < L; layer++) {
      const path = `model.layers.${layer}`;
      const h = rmsNorm(x.ref, take(parameters, `${path}.input_layernorm.weight`));
      const heads = (n: number, name: string, from: JaxArray): JaxArray =>
        linear(from, `${path}.self_attn.${name}.weight`).reshape([B, T, n, E]);
      const q = rope(heads(H, 'q_proj', h.ref), cos.ref, sin.ref, E / 2);
      const k = rope(heads(K, 'k_proj', h.ref), cos.ref, sin.ref, E / 2);
      const v = heads(K, 'v_proj', h);
      const attended = nn.dotProductAttention(q, k, v, { isCausal: true }).reshape([B * T, D]);
      x = x.add(linear(attended, `${path}.self_attn.o_proj.weight`));
      const g = rmsNorm(x.ref, take(parameters, `${path}.post_attention_layernorm.weight`));
      const inner = nn.silu(linear(g.ref, `${path}.mlp.gate_proj.weight`)).mul(linear(g, `${path}.mlp.up_proj.weight`)); // [M,F]
      if (inner.shape[1] !== F) throw new Error('jax-js: unexpected inner width');
      x = x.add(linear(inner, `${path}.mlp.down_proj.weight`));
    }
    const logits = np.matmul(rmsNorm(x, take(parameters, 'model.norm.weight')), table.transpose()); // [M,V]
    return nn.logSoftmax(logits, -1).mul(nn.oneHot(targets, V)).sum(-1).mean().mul(-1);
  };
}

/** One step of Adam over all parameters; everything is handed over. */
function adam(parameters: Parameters, gradients: Parameters, m: Parameters, v: Parameters, c1: JaxArray, c2: JaxArray) {
  const { rate, beta1, beta2, epsilon } = ADAM;
  const next: [Parameters, Parameters, Parameters] = [{}, {}, {}];
  for (const [name, p] of Object.entries(parameters)) {
    const g = take(gradients, name);
    const m1 = take(m, name)
      .mul(beta1)
      .add(g.ref.mul(1 - beta1));
    const v1 = take(v, name)
      .mul(beta2)
      .add(np.square(g).mul(1 - beta2));
    next[0][name] = p.sub(
      m1.ref
        .mul(c1.ref)
        .mul(rate)
        .div(np.sqrt(v1.ref.mul(c2.ref)).add(epsilon)),
    );
    next[1][name] = m1;
    next[2][name] = v1;
  }
  c1.dispose();
  c2.dispose();
  return next;
}

function trainer(shape: LlamaShape, weights: Weights, { B, T, ids, targets }: Batch): Promise<Trainer> {
  const valueAndGradients = valueAndGrad(lossOf(shape, B, T));
  const update = jit((p: Parameters, m: Parameters, v: Parameters, c1: JaxArray, c2: JaxArray, inputs: JaxArray, outputs: JaxArray) => {
    const [loss, gradients] = valueAndGradients(tree.ref(p), inputs, outputs);
    return [loss, ...adam(p, gradients, m, v, c1, c2)] as const;
  });
  let parameters: Parameters = {};
  let [m, v]: [Parameters, Parameters] = [{}, {}];
  for (const [name, { shape: dims, data }] of weights) {
    parameters[name] = np.array(data, { shape: dims });
    m[name] = np.zeros(dims);
    v[name] = np.zeros(dims);
  }
  const [inputs, outputs] = [np.array(ids, { dtype: 'int32' }), np.array(targets, { dtype: 'int32' })];
  let step = 0;
  return Promise.resolve({
    step: async () => {
      step++;
      const [c1, c2] = [np.array(1 / (1 - ADAM.beta1 ** step)), np.array(1 / (1 - ADAM.beta2 ** step))];
      const [loss, ...state] = update(parameters, m, v, c1, c2, inputs.ref, outputs.ref);
      [parameters, m, v] = state;
      return (await loss.data())[0] ?? NaN; // reading one output of a jit runs all of it
    },
    dispose: () => {
      for (const some of [parameters, m, v, inputs, outputs]) tree.dispose(some);
      update.dispose();
    },
  });
}

function operation(wanted: Operation): Work | null {
  if (wanted.kind !== 'product') return null;
  const { batch, M, K, N, storage } = wanted;
  const a = np.array(new Float32Array(batch * M * K).fill(0.1), { shape: storage === 'TN' ? [batch, K, M] : [batch, M, K] });
  const b = np.array(new Float32Array(batch * K * N).fill(0.1), { shape: storage === 'NT' ? [batch, N, K] : [batch, K, N] });
  // Nothing that is never read is run: each product also reads the one before, which costs little beside it.
  const call = jit((x: JaxArray, y: JaxArray, before: JaxArray) =>
    np.matmul(storage === 'TN' ? x.transpose([0, 2, 1]) : x, storage === 'NT' ? y.transpose([0, 2, 1]) : y).add(before.mul(1e-30)),
  );
  let last = np.array(new Float32Array(batch * M * N), { shape: [batch, M, N] });
  return {
    run: () => {
      last = call(a.ref, b.ref, last);
    },
    sync: async () => void (await blockUntilReady(last)),
    dispose: () => {
      for (const x of [a, b, last]) x.dispose();
      call.dispose();
    },
  };
}

export const subject: Subject = {
  name: 'jax-js',
  open: async (backend) => {
    if (!(await init(backend)).includes(backend)) throw new Error(`jax-js has no ${backend} here`);
    defaultDevice(backend);
  },
  operation,
  trainer: (shape, weights, batch, mode) => {
    if (mode === 'lora') throw new Error('not written for jax-js');
    return trainer(shape, weights, batch);
  },
};
