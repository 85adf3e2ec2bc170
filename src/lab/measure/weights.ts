/** The same start values for every subject. Knows no tensor library. */
import { parseConfig, weightShapes, type DecoderConfig } from '../../files/config.ts';
import { initialWeights } from '../../model/init.ts';
import { Random } from '../../random.ts';
import { EPSILON, parameterCount, THETA } from './shapes.ts';
import type { Weights, LlamaShape } from './parts.ts';

/** Above this many numbers a block of random numbers is repeated: drawing them all would take longer than the benchmark. */
const DRAWN = 2e7;

/** The shape in the words of a `config.json`. */
export function shapeFields({ V, D, F, L, H, K, context }: LlamaShape) {
  return {
    vocab_size: V,
    hidden_size: D,
    intermediate_size: F,
    num_hidden_layers: L,
    num_attention_heads: H,
    num_key_value_heads: K,
    max_position_embeddings: context,
    rms_norm_eps: EPSILON,
    rope_theta: THETA,
    tie_word_embeddings: true,
  };
}

/** The decoder's `config.json`, parsed. */
export function configOf(shape: LlamaShape): DecoderConfig {
  return parseConfig(shapeFields(shape));
}

/** Start values by the checkpoint's names. */
export function weightsOf(shape: LlamaShape): Weights {
  const config = configOf(shape);
  if (parameterCount(shape) <= DRAWN) return initialWeights(config, Random.of('bench'));
  const random = Random.of('bench', 'large');
  const block = Float32Array.from({ length: 65_521 }, () => 0.02 * random.normal());
  const fill = (length: number): Float32Array<ArrayBuffer> => {
    const data = new Float32Array(length);
    for (let at = 0; at < length; at += block.length) data.set(block.subarray(0, Math.min(block.length, length - at)), at);
    return data;
  };
  const size = (dims: readonly number[]): number => dims.reduce((product, n) => product * n, 1);
  return new Map(
    [...weightShapes(config)].map(([name, dims]) => [
      name,
      { shape: dims, data: dims.length === 1 ? new Float32Array(size(dims)).fill(1) : fill(size(dims)) },
    ]),
  );
}
