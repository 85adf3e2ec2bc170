/** SmolLM2-135M's shape with random weights, for tests of memory. */
import { type DecoderConfig, parseConfig, weightShapes } from '../../src/files/config.ts';
import type { ModelFiles } from '../../src/model/load.ts';
import { encodedPieces, type FloatType, type StoredTensor, tensorOver } from '../../src/files/floats.ts';
import { Random } from '../../src/random.ts';
import { tinyModel } from './tiny.ts';

export const LARGE = parseConfig({
  vocab_size: 49_152,
  hidden_size: 576,
  intermediate_size: 1536,
  num_hidden_layers: 30,
  num_attention_heads: 9,
  num_key_value_heads: 3,
  max_position_embeddings: 8192,
  tie_word_embeddings: true,
  bos_token_id: 0,
  eos_token_id: 1,
  pad_token_id: 2,
});

/** A tensor as a file of this type would have it. */
export function asStored(tensor: StoredTensor, type: FloatType): StoredTensor {
  const pieces = [...encodedPieces(tensor, type)];
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return tensorOver(tensor.shape, type, bytes);
}

type TypeOf = (name: string) => FloatType;

/** Weights that are drawn fast, a million numbers over and over, in the types that `typeOf` names. */
export function repeatedWeights(config: DecoderConfig, typeOf: TypeOf = () => 'F32'): Map<string, StoredTensor> {
  const random = Random.of('large');
  const drawn = Float32Array.from({ length: 2 ** 20 }, () => 0.05 * random.normal());
  const weights = new Map<string, StoredTensor>();
  for (const [name, shape] of weightShapes(config)) {
    const data = new Float32Array(shape.reduce((product, n) => product * n, 1)).fill(1);
    if (shape.length > 1) for (let at = 0; at < data.length; at += drawn.length) data.set(drawn.subarray(0, data.length - at), at);
    weights.set(name, asStored({ shape, data }, typeOf(name)));
  }
  return weights;
}

/** The model, or its first layers, with a byte tokenizer. */
export function largeModel(layers = LARGE.num_hidden_layers, typeOf?: TypeOf): ModelFiles {
  const config = { ...LARGE, num_hidden_layers: layers };
  return { config, tokenizer: tinyModel().tokenizer, weights: repeatedWeights(config, typeOf) };
}
