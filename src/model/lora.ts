/**
 * Low-rank adapters (Hu et al., arXiv 2106.09685) on any of the decoder's linear layers: y = x W^T + s (x A^T) B^T.
 * Creates them, merges them into weights for generation, and speaks the format of the PEFT library. Knows no training.
 */
import * as tf from '@tensorflow/tfjs';
import { product } from '../engine/ops/product.ts';
import { AppError } from '../errors.ts';
import type { Random } from '../random.ts';
import { LINEARS, linearPath, linearShapes } from './config.ts';
import type { DecoderConfig, LinearName } from './config.ts';
import type { StoredTensor } from './safetensors.ts';

/** A is [rank, in], B is [out, rank]. */
export type LoraPair = { readonly a: tf.Variable; readonly b: tf.Variable };
export type LoraOptions = { readonly rank: number; readonly alpha: number; readonly targets: readonly LinearName[] };
/** The pairs by the checkpoint's name of the layer, and their common factor s = alpha / rank. */
export type Lora = LoraOptions & { readonly scale: number; readonly pairs: ReadonlyMap<string, LoraPair> };

const PEFT_PREFIX = 'base_model.model.';

/** Name and shape of both halves of every pair, as PEFT names them, in a fixed order. */
export function loraShapes(config: DecoderConfig, { rank, targets }: LoraOptions): ReadonlyMap<string, readonly number[]> {
  const linears = linearShapes(config);
  const shapes = new Map<string, readonly number[]>();
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    for (const name of LINEARS.filter((name) => targets.includes(name))) {
      const [out, into] = linears[name];
      shapes.set(`${PEFT_PREFIX}${linearPath(layer, name)}.lora_A.weight`, [rank, into]);
      shapes.set(`${PEFT_PREFIX}${linearPath(layer, name)}.lora_B.weight`, [out, rank]);
    }
  }
  return shapes;
}

/** The start values: A uniform in +-1/sqrt(in) (Kaiming with a = sqrt(5), as PEFT), B zero, so that nothing changes yet. */
export function initialLora(config: DecoderConfig, options: LoraOptions, random: Random): ReadonlyMap<string, StoredTensor> {
  const tensors = new Map<string, StoredTensor>();
  for (const [name, shape] of loraShapes(config, options)) {
    const data = new Float32Array(shape.reduce((product, n) => product * n, 1));
    if (name.endsWith('.lora_A.weight')) {
      const stream = random.fork(name);
      const bound = 1 / Math.sqrt(shape[1] as number);
      for (let i = 0; i < data.length; i++) data[i] = bound * (2 * stream.next() - 1);
    }
    tensors.set(name, { shape, data });
  }
  return tensors;
}

/** Checks stored halves against the model. Errors: MODEL_MISMATCH names a half that is missing, of another shape or not asked for. */
export function checkLora(config: DecoderConfig, options: LoraOptions, tensors: ReadonlyMap<string, StoredTensor>): void {
  const shapes = loraShapes(config, options);
  for (const [name, shape] of shapes) {
    const found = tensors.get(name);
    if (found === undefined) throw new AppError('MODEL_MISMATCH', `the adapter has no ${name}`);
    if (found.shape.join() !== shape.join()) {
      throw new AppError('MODEL_MISMATCH', `${name} is [${found.shape.join()}], the model needs [${shape.join()}]`);
    }
  }
  for (const name of tensors.keys())
    if (!shapes.has(name)) throw new AppError('MODEL_MISMATCH', `the adapter has ${name}, which is no target`);
}

/** An adapter with the values of `tensors`, or with new start values from a random stream. Errors: MODEL_MISMATCH. */
export function createLora(config: DecoderConfig, options: LoraOptions, from: Random | ReadonlyMap<string, StoredTensor>): Lora {
  const tensors = from instanceof Map ? (from as ReadonlyMap<string, StoredTensor>) : initialLora(config, options, from as Random);
  checkLora(config, options, tensors);
  const variable = (name: string): tf.Variable => {
    const { shape, data } = tensors.get(name) as StoredTensor;
    return tf.tidy(() => tf.variable(tf.tensor(data, [...shape])));
  };
  const pairs = new Map<string, LoraPair>();
  for (const name of tensors.keys()) {
    if (!name.endsWith('.lora_A.weight')) continue;
    const path = name.slice(PEFT_PREFIX.length, -'.lora_A.weight'.length);
    pairs.set(path, { a: variable(name), b: variable(`${PEFT_PREFIX}${path}.lora_B.weight`) });
  }
  return { ...options, scale: options.alpha / options.rank, pairs };
}

/** The trainable halves by their PEFT names. */
export function loraParameters(lora: Lora): ReadonlyMap<string, tf.Variable> {
  const parameters = new Map<string, tf.Variable>();
  for (const [path, { a, b }] of lora.pairs) {
    parameters.set(`${PEFT_PREFIX}${path}.lora_A.weight`, a);
    parameters.set(`${PEFT_PREFIX}${path}.lora_B.weight`, b);
  }
  return parameters;
}

/** W + s B A for the adapted layers as new tensors, by the names of the weights; the caller disposes of them. */
export function mergedWeights(weights: ReadonlyMap<string, tf.Tensor>, lora: Lora): ReadonlyMap<string, tf.Tensor> {
  const merged = new Map<string, tf.Tensor>();
  for (const [path, { a, b }] of lora.pairs) {
    const name = `${path}.weight`;
    // Not tf.matMul: on wasm it keeps a packed copy of its second operand, which goes stale when the optimiser writes in place.
    const change = tf.tidy(() => tf.mul(product(b, a), lora.scale)); // [out,rank] x [rank,in]
    merged.set(name, tf.add(weights.get(name) as tf.Tensor, change));
    change.dispose();
  }
  return merged;
}

/** The text of PEFT's `adapter_config.json`. `base` names the base model. */
export function renderAdapterConfig({ rank, alpha, targets }: LoraOptions, base: string): string {
  const config = {
    alpha_pattern: {},
    auto_mapping: null,
    base_model_name_or_path: base,
    bias: 'none',
    exclude_modules: null,
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    layers_pattern: null,
    layers_to_transform: null,
    lora_alpha: alpha,
    lora_bias: false,
    lora_dropout: 0,
    modules_to_save: null,
    peft_type: 'LORA',
    r: rank,
    rank_pattern: {},
    revision: null,
    target_modules: [...targets].sort(),
    task_type: 'CAUSAL_LM',
    use_dora: false,
    use_rslora: false,
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

/** Keys of an adapter_config.json that change the arithmetic, with the values under which they do not. */
const NEUTRAL: Readonly<Record<string, readonly string[]>> = {
  peft_type: ['"LORA"'],
  bias: ['"none"'],
  use_dora: ['false'],
  use_qalora: ['false'],
  lora_bias: ['false'],
  fan_in_fan_out: ['false'],
  layer_replication: ['null'],
  layers_to_transform: ['null'],
  modules_to_save: ['null', '[]'],
  alpha_pattern: ['{}', 'null'],
  rank_pattern: ['{}', 'null'],
};

/** Reads a parsed adapter_config.json. Errors: MODEL_MISMATCH names what is missing or not supported. */
export function parseAdapterConfig(json: unknown): LoraOptions {
  const refuse = (detail: string): never => {
    throw new AppError('MODEL_MISMATCH', `adapter_config.json: ${detail}`);
  };
  if (typeof json !== 'object' || json === null) return refuse('is not an object');
  const fields = new Map<string, unknown>(Object.entries(json));
  for (const [key, allowed] of Object.entries(NEUTRAL)) {
    const value = JSON.stringify(fields.get(key));
    if (value === undefined ? key === 'peft_type' : !allowed.includes(value)) refuse(`${key} is ${value}; only ${allowed[0]} is supported`);
  }
  const [rank, alpha, modules] = [fields.get('r'), fields.get('lora_alpha'), fields.get('target_modules')];
  if (typeof rank !== 'number' || !Number.isInteger(rank) || rank < 1) return refuse('r must be a whole number from 1');
  if (typeof alpha !== 'number' || !(alpha > 0)) return refuse('lora_alpha must be a positive number');
  if (!Array.isArray(modules) || modules.length === 0) return refuse('target_modules must be a list');
  const targets = LINEARS.filter((name) => modules.includes(name));
  if (targets.length !== new Set(modules).size) refuse(`target_modules may name ${LINEARS.join(', ')} only`);
  // rsLoRA scales by alpha / sqrt(r): the same as a larger alpha.
  return { rank, alpha: fields.get('use_rslora') === true ? alpha * Math.sqrt(rank) : alpha, targets };
}
