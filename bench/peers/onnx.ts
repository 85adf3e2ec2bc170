/**
 * The decoder as an ONNX graph with a key-value cache, of the fused operators that ONNX Runtime has for this family, and the files that
 * transformers.js wants beside it. Knows no runtime.
 */
import { EPSILON, THETA } from '../../src/lab/measure/shapes.ts';
import type { LlamaShape, Weights } from '../../src/lab/measure/parts.ts';
import { shapeFields } from '../../src/lab/measure/weights.ts';
import { Float, message, type Message } from './protobuf.ts';

const [FLOAT, INT32, INT64] = [1, 6, 7];
const FUSED = 'com.microsoft';

type Attribute = number | Float;
type Dimensions = readonly (number | string)[];

function attribute(name: string, value: Attribute): Message {
  return value instanceof Float ? message([1, name], [2, value], [20, 1]) : message([1, name], [3, value], [20, 2]);
}

function tensor(name: string, type: number, dims: readonly number[], data: ArrayBufferView<ArrayBuffer>): Message {
  const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return message(...dims.map((n) => [1, n] as const), [2, type], [8, name], [9, raw]);
}

function typed(name: string, type: number, dims: Dimensions): Message {
  const shape = message(...dims.map((n) => [1, typeof n === 'number' ? message([1, n]) : message([2, n])] as const));
  return message([1, name], [2, message([1, message([1, type], [2, shape])])]);
}

function transposed(data: Float32Array, rows: number, columns: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(data.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = data[i * columns + j] ?? 0;
  return out;
}

/** The bytes of `model.onnx`. */
export function onnxModel({ V, D, L, H, K, context }: LlamaShape, weights: Weights): Uint8Array<ArrayBuffer> {
  const E = D / H;
  const nodes: Message[] = [];
  const initializers: Message[] = [];
  const node = (
    op: string,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes: Record<string, Attribute> = {},
    domain = '',
  ): string => {
    nodes.push(
      message(
        ...inputs.map((name) => [1, name] as const),
        ...outputs.map((name) => [2, name] as const),
        [3, outputs[0] ?? ''],
        [4, op],
        ...Object.entries(attributes).map(([name, value]) => [5, attribute(name, value)] as const),
        [7, domain],
      ),
    );
    return outputs[0] ?? '';
  };
  const weight = (name: string): string => {
    const stored = weights.get(name);
    if (stored === undefined) throw new Error(`no weight ${name}`);
    initializers.push(tensor(name, FLOAT, stored.shape, stored.data));
    return name;
  };
  /** x W^T, with W stored as the product wants it. */
  const linear = (x: string, name: string, key: string): string => {
    const stored = weights.get(key);
    const [out, into] = stored?.shape ?? [];
    if (stored === undefined || out === undefined || into === undefined) throw new Error(`no matrix ${key}`);
    initializers.push(tensor(`${name}.matrix`, FLOAT, [into, out], transposed(stored.data, out, into)));
    return node('MatMul', [x, `${name}.matrix`], [name]);
  };
  const norm = (x: string, key: string): string =>
    node('SimplifiedLayerNormalization', [x, weight(key)], [`${key}.out`], { axis: -1, epsilon: new Float(EPSILON), stash_type: 1 });

  const angle = (f: (x: number) => number): Float32Array<ArrayBuffer> =>
    Float32Array.from({ length: (context * E) / 2 }, (_, i) => f(Math.floor(i / (E / 2)) * THETA ** ((-2 * (i % (E / 2))) / E)));
  initializers.push(tensor('cos', FLOAT, [context, E / 2], angle(Math.cos)), tensor('sin', FLOAT, [context, E / 2], angle(Math.sin)));
  initializers.push(tensor('one', INT64, [1], BigInt64Array.of(1n)), tensor('at_one', INT64, [], BigInt64Array.of(1n)));
  // seqlens_k: the tokens of each row, less one; and the length of the longest.
  node('ReduceSum', ['attention_mask', 'one'], ['row_lengths'], { keepdims: 0 });
  node('Sub', ['row_lengths', 'one'], ['last']);
  node('Cast', ['last'], ['seqlens_k'], { to: INT32 });
  node('Shape', ['attention_mask'], ['mask_shape']);
  node('Gather', ['mask_shape', 'at_one'], ['total_long'], { axis: 0 });
  node('Cast', ['total_long'], ['total'], { to: INT32 });

  let x = node('Gather', [weight('model.embed_tokens.weight'), 'input_ids'], ['embedded'], { axis: 0 });
  for (let layer = 0; layer < L; layer++) {
    const path = `model.layers.${layer}`;
    const h = norm(x, `${path}.input_layernorm.weight`);
    const [q, k, v] = ['q', 'k', 'v'].map((name) => linear(h, `${path}.${name}`, `${path}.self_attn.${name}_proj.weight`)) as [
      string,
      string,
      string,
    ];
    const past = [`past_key_values.${layer}.key`, `past_key_values.${layer}.value`];
    const heads = node(
      'GroupQueryAttention',
      [q, k, v, ...past, 'seqlens_k', 'total', 'cos', 'sin'],
      [`${path}.heads`, `present.${layer}.key`, `present.${layer}.value`],
      { num_heads: H, kv_num_heads: K, do_rotary: 1, rotary_interleaved: 0, scale: new Float(1 / Math.sqrt(E)) },
      FUSED,
    );
    x = node('Add', [x, linear(heads, `${path}.o`, `${path}.self_attn.o_proj.weight`)], [`${path}.y`]);
    const g = norm(x, `${path}.post_attention_layernorm.weight`);
    const gate = linear(g, `${path}.gate`, `${path}.mlp.gate_proj.weight`);
    const silu = node('Mul', [gate, node('Sigmoid', [gate], [`${path}.sigmoid`])], [`${path}.silu`]);
    const inner = node('Mul', [silu, linear(g, `${path}.up`, `${path}.mlp.up_proj.weight`)], [`${path}.inner`]);
    x = node('Add', [x, linear(inner, `${path}.down`, `${path}.mlp.down_proj.weight`)], [`${path}.x`]);
  }
  linear(norm(x, 'model.norm.weight'), 'logits', 'model.embed_tokens.weight');

  const caches = (prefix: string, length: string): Message[] =>
    Array.from({ length: L }, (_, layer) =>
      ['key', 'value'].map((kind) => typed(`${prefix}.${layer}.${kind}`, FLOAT, ['batch_size', K, length, E])),
    ).flat();
  const inputs = [
    typed('input_ids', INT64, ['batch_size', 'sequence_length']),
    typed('attention_mask', INT64, ['batch_size', 'total_sequence_length']),
    ...caches('past_key_values', 'past_sequence_length'),
  ];
  const outputs = [typed('logits', FLOAT, ['batch_size', 'sequence_length', V]), ...caches('present', 'total_sequence_length')];
  const graph = message(
    ...nodes.map((x) => [1, x] as const),
    [2, 'decoder'],
    ...initializers.map((x) => [5, x] as const),
    ...inputs.map((x) => [11, x] as const),
    ...outputs.map((x) => [12, x] as const),
  );
  return message([1, 8], [2, 'step-on-feet'], [7, graph], [8, message([1, ''], [2, 17])], [8, message([1, FUSED], [2, 1])]).bytes();
}

/** The text of `config.json`: no token ends a completion, so that every one has the length that is asked for. */
export function transformersConfig(shape: LlamaShape): string {
  return JSON.stringify({
    model_type: 'llama',
    architectures: ['LlamaForCausalLM'],
    ...shapeFields(shape),
    head_dim: shape.D / shape.H,
    bos_token_id: 0,
    pad_token_id: 0,
  });
}
