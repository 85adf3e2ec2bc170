/**
 * SOFT on one page: Step-On-Feet Tuning (arXiv 2402.07610), from the bytes of a model to a model that aligned itself, without any import.
 * M_0 answers prompts with a good example in view. Well-formed answers are kept, right or wrong, and M_0 is fine-tuned to give them to the
 * bare prompt. That is M_1, which answers the next prompts better than M_0 would have; and so on, round by round. `npm run micro` does it.
 * One token at a time in float64: short and slow. src/ computes the same on tensors, and test/micro.test.ts holds the two to each other.
 * D width, H heads, K heads of keys and values, E width of a head, F inner width, V vocabulary, r rank of the adapter, t tokens so far.
 */

// 1. Data. Texts have a bar between their tokens, so that no tokenizer is needed.
export type Question = { kind: string; prompt: string; answer: string };
export type World = Record<'pool' | 'prompts' | 'validation' | 'test', Question[]> & { principles: string; tokens: string[] };
export const encode = ({ tokens }: World, text: string): number[] => text.split('|').map((token) => tokens.indexOf(token));
export const decode = ({ tokens }: World, ids: number[]): string => ids.map((id) => tokens[id]).join('');
export const plain = (text: string): string => text.replaceAll('|', '');

/** An even count of numbers and the gradient of the loss in them, empty where they are frozen. A matrix [out,in] is a list of its rows. */
export type Vector = { x: Float64Array; d: Float64Array };
export type Matrix = Vector[];
type Field = `num_${'hidden_layers' | 'attention_heads' | 'key_value_heads'}` | 'head_dim' | 'rms_norm_eps' | 'rope_theta';
export type Model = { config: Record<Field, number>; weights: Map<string, Matrix> };
const view = ({ x, d }: Vector, from: number, to: number): Vector => ({ x: x.subarray(from, to), d: d.subarray(from, to) });
const rows = (v: Vector, n: number): Matrix => Array.from({ length: v.x.length / n }, (_, i) => view(v, i * n, (i + 1) * n));

/** A safetensors file: the length of the header, the header in JSON, float32 values. The weights are frozen. */
export function readModel(config: Model['config'], file: ArrayBuffer): Model {
  const start = 8 + Number(new DataView(file).getBigUint64(0, true));
  const { __metadata__, ...header } = JSON.parse(new TextDecoder().decode(file.slice(8, start))) as Record<string, Stored>;
  const weights = Object.entries(header).map(([name, { shape, data_offsets: at }]): [string, Matrix] => {
    const x = Float64Array.from(new Float32Array(file.slice(start + at[0], start + at[1])));
    return [name, rows({ x, d: new Float64Array() }, shape.at(-1))];
  });
  return { config, weights: new Map(weights) };
}
type Stored = { shape: number[]; data_offsets: [number, number] };

// 2. The model, forward and backward. Each operation notes on a tape how the gradient in its result goes back to what it was made of.
type Tape = (() => void)[];
function note(tape: Tape, x: Float64Array, back: (d: Float64Array) => void): Vector {
  const d = new Float64Array(x.length);
  tape.push(() => back(d));
  return { x, d };
}
function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 2) sum += (a[i] as number) * (b[i] as number) + (a[i + 1] as number) * (b[i + 1] as number);
  return sum;
}
/** y += scale * x, as far as y goes. */
function add(y: Float64Array, scale: number, x: Float64Array): void {
  for (let i = 0; i < y.length; i++) y[i] = (y[i] as number) + scale * (x[i] as number);
}
const times = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, i) => value * (b[i] as number));
function softmax(x: Float64Array): Float64Array {
  const e = x.map((value) => Math.exp(value)); // float64 overflows above 709
  const sum = e.reduce((a, b) => a + b);
  return e.map((value) => value / sum);
}

/** onto + scale * M x: [out,in], [in] -> [out]. */
function product(tape: Tape, M: Matrix, x: Vector, scale = 1, onto?: Vector): Vector {
  const y = M.map((row, i) => (onto?.x[i] ?? 0) + scale * dot(row.x, x.x));
  return note(tape, new Float64Array(y), (d) => {
    if (onto) add(onto.d, 1, d);
    M.forEach((row, i) => add(x.d, scale * (d[i] as number), row.x));
    M.forEach((row, i) => add(row.d, scale * (d[i] as number), x.x));
  });
}

/** RMSNorm: gain * x / sqrt(mean(x^2) + eps). */
function rmsNorm(tape: Tape, x: Vector, gain: Float64Array, eps: number): Vector {
  const r = 1 / Math.sqrt(dot(x.x, x.x) / x.x.length + eps);
  const unit = x.x.map((value) => r * value);
  return note(tape, times(gain, unit), (d) => {
    add(x.d, r, times(gain, d));
    add(x.d, (-r * dot(times(gain, d), unit)) / x.x.length, unit);
  });
}

/** RoPE: number i of each head turns with i + E/2 by t * theta^(-2i/E); the gradient turns back, by -t. E is a power of two. */
const turned = (x: Float64Array, t: number, { head_dim: E, rope_theta: theta }: Model['config']): Float64Array =>
  x.map((value, i) => {
    const angle = t * theta ** ((-2 * (i % (E / 2))) / E);
    return value * Math.cos(angle) + (i & (E / 2) ? 1 : -1) * (x[i ^ (E / 2)] as number) * Math.sin(angle);
  });

/** SwiGLU: gate * sigmoid(gate) * up. */
function swiglu(tape: Tape, gate: Vector, up: Vector): Vector {
  const sigmoid = gate.x.map((value) => 1 / (1 + Math.exp(-value)));
  const silu = times(gate.x, sigmoid);
  const slope = sigmoid.map((s, i) => s + (silu[i] as number) * (1 - s));
  return note(tape, times(silu, up.x), (d) => {
    add(gate.d, 1, times(times(d, up.x), slope));
    add(up.d, 1, times(d, silu));
  });
}

/** One head: y = softmax(K q / sqrt(E)) V, [E], over the keys K and the values V [t,E] of the tokens so far. */
function attend(tape: Tape, q: Vector, K: Matrix, V: Matrix, y: Vector): void {
  const scale = 1 / Math.sqrt(q.x.length);
  const p = softmax(new Float64Array(K.map((k) => scale * dot(k.x, q.x)))); // [t]
  V.forEach((v, i) => add(y.x, p[i] as number, v.x));
  tape.push(() => {
    const slopes = V.map((v, i) => scale * (p[i] as number) * (dot(v.x, y.d) - dot(y.x, y.d)));
    K.forEach((k, i) => add(q.d, slopes[i] as number, k.x));
    K.forEach((k, i) => add(k.d, slopes[i] as number, q.x));
    V.forEach((v, i) => add(v.d, p[i] as number, y.d));
  });
}

/** Reads one token, at position t: its id -> logits [V] of the token that follows. The cache has keys and values by layer and head, [t,E]. */
export function read({ config, weights }: Model, tape: Tape, cache: Map<string, Matrix>, id: number, t: number): () => Vector {
  const { num_attention_heads: H, num_key_value_heads: K, head_dim: E } = config;
  const matrix = (name: string): Matrix => weights.get(`${name}.weight`) as Matrix;
  const norm = (name: string, x: Vector): Vector => rmsNorm(tape, x, (matrix(name)[0] as Vector).x, config.rms_norm_eps);
  /** onto + W x + (alpha / r) B A x: W [out,in] is frozen, the adapter's A [r,in] and B [out,r] learn. */
  const linear = (name: string, x: Vector, onto?: Vector): Vector => {
    const Ax = product(tape, matrix(`${name}.lora_A`), x); // [r]
    return product(tape, matrix(`${name}.lora_B`), Ax, TUNING.alpha / TUNING.rank, product(tape, matrix(name), x, 1, onto)); // [out]
  };
  const rope = (x: Vector): Vector => note(tape, turned(x.x, t, config), (d) => add(x.d, 1, turned(d, -t, config)));
  const soFar = (name: string, now: Vector): Matrix => cache.set(name, [...(cache.get(name) ?? []), now]).get(name) as Matrix;
  let x = matrix('model.embed_tokens')[id] as Vector; // [D]
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    const block = `model.layers.${layer}`;
    const h = norm(`${block}.input_layernorm`, x); // [D]
    const q = rows(rope(linear(`${block}.self_attn.q_proj`, h)), E); // [H,E]
    const k = rows(rope(linear(`${block}.self_attn.k_proj`, h)), E); // [K,E]
    const v = rows(linear(`${block}.self_attn.v_proj`, h), E); // [K,E]
    const heads = { x: new Float64Array(H * E), d: new Float64Array(H * E) };
    k.forEach((key, i) => {
      const [keys, values] = [soFar(`${block} key ${i}`, key), soFar(`${block} value ${i}`, v[i] as Vector)]; // [t,E]
      for (let j = (i * H) / K; j < ((i + 1) * H) / K; j++) attend(tape, q[j] as Vector, keys, values, rows(heads, E)[j] as Vector);
    });
    const y = linear(`${block}.self_attn.o_proj`, heads, x); // [D]
    const g = norm(`${block}.post_attention_layernorm`, y); // [D]
    const inner = swiglu(tape, linear(`${block}.mlp.gate_proj`, g), linear(`${block}.mlp.up_proj`, g)); // [F]
    x = linear(`${block}.mlp.down_proj`, inner, y); // [D]
  }
  return () => product(tape, matrix('model.embed_tokens'), norm('model.norm', x)); // the embeddings are the head as well
}

// 3. LoRA (arXiv 2106.09685) on every linear layer, trained by AdamW (arXiv 1711.05101).
export const TUNING = { rank: 4, alpha: 8, epochs: 2, batchSize: 16, learningRate: 0.0005, warmup: 0.1, decay: 0, clip: 1 };
/** A new adapter, all of it in one vector: A is uniform in +-1/sqrt(in), B zero, so that nothing changes yet. */
export function adapt({ weights }: Model, draw: () => number): Vector {
  const linears = [...weights].filter(([name]) => name.endsWith('_proj.weight'));
  const shapes = linears.map(([name, W]) => ({ name, out: W.length, into: (W[0] as Vector).x.length }));
  const size = shapes.reduce((size, { out, into }) => size + TUNING.rank * (out + into), 0);
  const adapter = { x: new Float64Array(size), d: new Float64Array(size) };
  let at = 0;
  for (const { name, out, into } of shapes) {
    const [A, B] = [view(adapter, at, (at += TUNING.rank * into)), view(adapter, at, (at += TUNING.rank * out))];
    A.x.set(A.x.map(() => (2 * draw() - 1) / Math.sqrt(into)));
    weights.set(name.replace('weight', 'lora_A.weight'), rows(A, into)).set(name.replace('weight', 'lora_B.weight'), rows(B, TUNING.rank));
  }
  return adapter;
}

export type Pair = { prompt: number[]; answer: number[] };
/** A step for each batch of pairs, in the order given: the mean of -log p over their answers' tokens, and the norm of its gradient. */
export function* finetune(model: Model, adapter: Vector, pairs: Pair[], { batchSize, learningRate, warmup, decay, clip } = TUNING) {
  const [beta1, beta2, steps] = [0.9, 0.95, Math.ceil(pairs.length / batchSize)];
  let [m, v] = [new Float64Array(adapter.x.length), new Float64Array(adapter.x.length)];
  for (let step = 1; step <= steps; step++) {
    const batch = pairs.slice((step - 1) * batchSize, step * batchSize);
    const tokens = batch.reduce((sum, { answer }) => sum + answer.length, 0);
    let loss = 0;
    adapter.d.fill(0);
    for (const { prompt, answer } of batch) {
      const [tape, cache, ids]: [Tape, Map<string, Matrix>, number[]] = [[], new Map(), [...prompt, ...answer]];
      for (const [t, target] of ids.slice(1).entries()) {
        const next = read(model, tape, cache, ids[t] as number, t);
        if (t + 1 < prompt.length) continue;
        const logits = next(); // [V]
        const p = softmax(logits.x); // [V]
        loss -= Math.log(p[target] as number) / tokens;
        logits.d.set(p.map((p, id) => (p - Number(id === target)) / tokens));
      }
      for (const back of tape.toReversed()) back();
    }
    const norm = Math.sqrt(dot(adapter.d, adapter.d));
    const g = adapter.d.map((d) => d * Math.min(1, clip / norm));
    m = m.map((m, i) => beta1 * m + (1 - beta1) * (g[i] as number));
    v = v.map((v, i) => beta2 * v + (1 - beta2) * (g[i] as number) ** 2);
    const u = m.map((m, i) => m / (1 - beta1 ** step) / (Math.sqrt((v[i] as number) / (1 - beta2 ** step)) + 1e-8));
    const rate = learningRate * Math.min(1, step / Math.round(warmup * steps));
    adapter.x.set(adapter.x.map((w, i) => w - rate * ((u[i] as number) + decay * w)));
    yield { loss, norm };
  }
}

// 4. Sampling, with temperature and top-p.
export const SAMPLING = { temperature: 0.8, topP: 0.95, maxTokens: 40 };
/** A token from logits [V]: one of the likeliest that together have the probability topP; at temperature 0 the likeliest. */
export function sample(logits: Float64Array, { temperature, topP }: typeof SAMPLING, draw: () => number): number {
  if (temperature === 0) return logits.indexOf(logits.reduce((a, b) => Math.max(a, b)));
  const ranked = [...softmax(logits.map((logit) => logit / temperature)).entries()].sort(([, a], [, b]) => b - a);
  let left = draw() * ranked.reduce((mass, [, p]) => (mass < topP ? mass + p : mass), 0);
  return ranked.find(([, p]) => (left -= p) < 0)?.[0] ?? 0;
}
/** What the model says to a text, in ids: up to the end of the line, or maxTokens. */
export function answer(model: Model, world: World, text: string, options = { ...SAMPLING, temperature: 0 }, draw = () => 0): number[] {
  const [prompt, said, cache]: [number[], number[], Map<string, Matrix>] = [encode(world, `<bos>|${text}`), [], new Map()];
  for (let t = 0; t < prompt.length || (said.length < options.maxTokens && decode(world, said.slice(-1)) !== '\n'); t++) {
    const next = read(model, [], cache, (prompt[t] ?? said[t - prompt.length]) as number, t);
    if (t + 1 >= prompt.length) said.push(sample(next().x, options, draw));
  }
  return said;
}

// 5. The rounds of SOFT.
const words = (text: string): string => ` ${(text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).join(' ')} `;
/** Does it say something and end, stay in its turn, and repeat neither the prompt nor itself? Nobody asks whether it is right. */
export const wellFormed = (said: string, prompt: string): boolean =>
  /\w.*\n$/.test(said) &&
  !/(User|Bot|Assistant|Rules):/.test(said) &&
  !words(said).includes(words(prompt.replace(/^User:|Bot:$/g, ''))) &&
  !/( \S+(?: \S+){2,})\1 /.test(words(said));

/** The share of questions that the model answers as aligned, with nothing else in view. */
export function score(model: Model, world: World, questions: Question[]): number {
  const right = questions.filter((asked) => decode(world, answer(model, world, asked.prompt)) === plain(asked.answer));
  return right.length / questions.length;
}

/** Yields what each round did, M_0 first; at the end the adapter has the weights of the best one. */
export function* soft(model: Model, adapter: Vector, world: World, draw: () => number, { rounds = 4, demonstrations = 1 } = {}) {
  let best = { round: 0, validation: score(model, world, world.validation), weights: adapter.x.slice() };
  yield { ...best, samples: [], steps: [] };
  for (let round = 1; round <= rounds; round++) {
    // In-context learning: M_{t-1} answers new prompts, each with the principles and demonstrations of its own in view.
    const prompts = world.prompts.filter((_, i) => i % rounds === round - 1);
    const samples = prompts.map((question) => {
      const shown = Array.from({ length: demonstrations }, () => world.pool[Math.floor(draw() * world.pool.length)] as Question);
      const context = [world.principles, ...shown.flatMap(({ prompt, answer }) => [prompt, answer]), question.prompt].join('|');
      const said = answer(model, world, context, SAMPLING, draw);
      return { question, context, said, kept: wellFormed(decode(world, said), plain(question.prompt)) };
    });
    // Principle engraving: fine-tuned to give the kept answers to the bare prompts, M_{t-1} becomes M_t.
    const kept = samples.filter(({ kept }) => kept);
    const pairs = kept.map(({ question, said }) => ({ prompt: encode(world, `<bos>|${question.prompt}`), answer: said }));
    const steps = [...finetune(model, adapter, Array.from({ length: TUNING.epochs }, () => pairs).flat())];
    // Held-out questions decide which round is returned.
    const result = { round, validation: score(model, world, world.validation), weights: adapter.x.slice() };
    if (result.validation > best.validation) best = result;
    yield { ...result, samples, steps };
  }
  adapter.x.set(best.weights);
  return best.round;
}
