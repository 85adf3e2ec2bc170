/**
 * The decoding steps of a batch as single operations, on a graphics card and for a small model: the weights lie one after the other in one
 * tensor, the cache of all layers in another. Knows no prompts.
 */
import * as tf from '@tensorflow/tfjs';
import { isOnProcessor } from '../engine/backend.ts';
import { decode, type DecodeAttributes, decodesAtOnce, type Part, partsOf, type StepShape } from '../engine/ops/decode.ts';
import { embed } from '../engine/ops/embed.ts';
import type { Sampling } from '../engine/ops/sample.ts';
import { now, tidy, type Work } from '../engine/work.ts';
import { type DecoderConfig, parameterCount } from '../files/config.ts';
import { type Cache, disposeCache } from './cache.ts';
import { type Decoder, frequenciesOf, headGains, headWeight, innerNorm, inputNorm, weightOf } from './decoder.ts';
import { STACK_NAMES, type StackName, stackPath } from './stack.ts';

/** Beyond it arithmetic costs more than dispatches. */
const MOST_PARAMETERS = 2 ** 20;
/**
 * Each row reads all weights by itself, so with many rows products of all of them at a time are faster in spite of their dispatches: on
 * SwiftShader from about 10 rows of the bundled model on (measured); on a card, whose workgroups run side by side, later (not measured).
 */
const MOST_READ = { processor: 2 ** 21, card: 2 ** 24 };

/** The step of a model as the operation wants it described; null where the device or the size of the model does not allow it. */
export function stepOf(config: DecoderConfig): StepShape | null {
  const shape = {
    L: config.num_hidden_layers,
    D: config.hidden_size,
    H: config.num_attention_heads,
    K: config.num_key_value_heads,
    E: config.head_dim,
    F: config.intermediate_size,
    V: config.vocab_size,
    tied: config.tie_word_embeddings,
    epsilon: config.rms_norm_eps,
  };
  // the operation turns every layer alike
  return config.no_rope_layers === undefined && parameterCount(config) <= MOST_PARAMETERS && decodesAtOnce(shape) ? shape : null;
}

/** Whether the decoder is of the kind that the operation knows: nothing beside plain weights. */
function isPlain({ config, weights, lora }: Decoder): boolean {
  if (lora !== null) return false;
  return Array.from({ length: config.num_hidden_layers }, (_, layer) => layer).every(
    (layer) =>
      headGains({ weights }, layer) === null &&
      STACK_NAMES.every((stack) => {
        const path = stackPath(layer, stack);
        return weights.get(`${path}.weight`)?.dtype === 'float32' && !weights.has(`${path}.bias`);
      }),
  );
}

const stacked =
  (stack: StackName) =>
  (decoder: Decoder, layer: number): tf.Tensor =>
    weightOf(decoder, `${stackPath(layer, stack)}.weight`);
/** The weights that the parts of the arena hold. */
const WEIGHTS: Readonly<Record<Part['name'], (decoder: Decoder, layer: number) => tf.Tensor>> = {
  embedding: (decoder) => weightOf(decoder, 'model.embed_tokens.weight'),
  inputNorm: (decoder, layer) => weightOf(decoder, inputNorm(layer)),
  qkv: stacked('qkv_proj'),
  o: stacked('o_proj'),
  innerNorm: (decoder, layer) => weightOf(decoder, innerNorm(layer)),
  gateUp: stacked('gate_up_proj'),
  down: stacked('down_proj'),
  norm: (decoder) => weightOf(decoder, 'model.norm.weight'),
  head: headWeight,
};

/** The steps of a batch. Owns its cache and a copy of the weights. */
export class WholeStep {
  readonly #attributes: DecodeAttributes;
  readonly #arena: tf.Tensor; // all weights
  #cache: tf.Variable; // [B,L,2,N,K*E]

  /** Takes a cache over; null, and the cache as it was, where the device or the model does not allow it. */
  static of(decoder: Decoder, cache: Cache, { temperature, topK, topP }: Sampling): WholeStep | null {
    const shape = stepOf(decoder.config);
    const B = cache.rows;
    const worth = B > 0 && B * parameterCount(decoder.config) <= MOST_READ[isOnProcessor() ? 'processor' : 'card'];
    if (shape === null || !worth || !isPlain(decoder)) return null;
    const whole = new WholeStep(decoder, cache, { ...shape, temperature, topK, topP, frequencies: frequenciesOf(decoder.config, 0) });
    disposeCache(cache);
    return whole;
  }

  private constructor(decoder: Decoder, { layers, rows: B, shared }: Cache, attributes: DecodeAttributes) {
    const { L, K, E } = attributes;
    this.#attributes = attributes;
    this.#arena = tf.tidy(() => tf.concat(partsOf(attributes).map(({ name, layer }) => tf.reshape(WEIGHTS[name](decoder, layer), [-1]))));
    this.#cache = tf.tidy(() => {
      const each = tf.tensor1d(new Int32Array(B), 'int32'); // the first row, B times
      const whole = (half: tf.Tensor): readonly tf.Tensor[] => {
        if (shared === 0) return [tf.reshape(half, [B, -1])];
        const before = tf.reshape(tf.slice(half, [0, 0, 0], [shared, K, E]), [1, -1]);
        return [now(embed(each, before)), tf.reshape(tf.slice(half, [shared, 0, 0]), [B, -1])]; // `embed` looks up rows
      };
      const halves = layers.flatMap(({ keys, values }) => [...whole(keys), ...whole(values)]); // [B,..] each
      return tf.variable(tf.reshape(tf.concat(halves, 1), [B, L, 2, -1, K * E]), false);
    });
  }

  /** ids and positions int32 [B], uniforms [B] -> what `sample` gives. */
  next(ids: tf.Tensor, start: tf.Tensor, uniforms: tf.Tensor): Work<[ids: tf.Tensor, report: tf.Tensor]> {
    return decode({ ids, start, uniforms, arena: this.#arena, cache: this.#cache }, this.#attributes);
  }

  /** Keeps only the given rows. */
  *pack(rows: readonly number[]): Work<void> {
    const [B, ...row] = this.#cache.shape as [number, ...number[]];
    const old = this.#cache;
    this.#cache = yield* tidy(function* () {
      const picked = yield* embed(tf.tensor1d([...rows], 'int32'), tf.reshape(old, [B, -1])); // `embed` looks up rows
      return tf.variable(tf.reshape(picked, [rows.length, ...row]), false);
    });
    old.dispose();
  }

  dispose(): void {
    tf.dispose([this.#arena, this.#cache]);
  }
}
