/** A model of a few thousand parameters with a byte tokenizer, random but always the same, for tests in Node and in Chromium. */
import { trainTokenizer } from '../../scripts/bpe.ts';
import { Random } from '../../src/random.ts';
import { parseConfig } from '../../src/files/config.ts';
import { initialWeights } from '../../src/model/init.ts';
import type { ModelFiles } from '../../src/model/load.ts';
import { Tokenizer } from '../../src/text/tokenizer/tokenizer.ts';

/** 259 ids: the bytes and the three special tokens. */
export const TINY = parseConfig({
  vocab_size: 259,
  hidden_size: 16,
  intermediate_size: 24,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  rms_norm_eps: 1e-5,
  max_position_embeddings: 64,
  tie_word_embeddings: true,
  bos_token_id: 0,
  eos_token_id: 1,
  pad_token_id: 2,
});

/** Weights large enough that the logits differ clearly. */
export function tinyModel(seed = 1): ModelFiles {
  const weights = new Map(initialWeights(TINY, Random.of(seed)));
  for (const { shape, data } of weights.values())
    if (shape.length > 1) for (let i = 0; i < data.length; i++) data[i] = (data[i] as number) * 3;
  return { config: TINY, tokenizer: new Tokenizer(trainTokenizer([], 259)), weights };
}
