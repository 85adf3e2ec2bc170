/** A random model of a few thousand parameters as the files of a checkpoint, one of each family, for tests that bring their own model. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { trainTokenizer } from '../../scripts/bpe.ts';
import { parseConfig, renderConfig, type Family } from '../../src/files/config.ts';
import { initialWeights } from '../../src/model/init.ts';
import { writeSafetensors } from '../../src/files/safetensors.ts';
import { Random } from '../../src/random.ts';
import { repeatedWeights } from './large-model.ts';

const KIT = join(import.meta.dirname, '../../public/kits/english');
/** What the page calls that of the family llama, whose files name it nowhere. */
export const UNNAMED = 'llama-81K-7604';
const VOCABULARY = 1024;
const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

/** Byte pairs of the kit's own texts, so that its demonstrations are not thousands of tokens; the names of no special token clash. */
function tokenizer(): Record<string, unknown> {
  const texts = ['prompts.jsonl', 'demonstrations.jsonl'].map((name) => readFileSync(join(KIT, name), 'utf8'));
  const text = JSON.stringify(trainTokenizer(texts, VOCABULARY));
  const renamed = text.replaceAll('<|bos|>', '<s>').replaceAll('<|eos|>', '<|im_end|>').replaceAll('<|pad|>', '<|im_start|>');
  return JSON.parse(renamed) as Record<string, unknown>;
}

const TEMPLATE =
  "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}" +
  '{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}';

let shared: string | null = null;

/** A shape that is too large for every core to hold a copy: 21 million parameters. */
export const BROAD = { hidden_size: 768, intermediate_size: 2048, num_hidden_layers: 3, num_attention_heads: 12, num_key_value_heads: 6 };

/** The files of a model that reads `context` tokens; `template` null leaves the chat template out. */
export function randomModel(
  family: Family,
  {
    template = TEMPLATE,
    context = 4096,
    shape,
  }: { readonly template?: string | null; readonly context?: number; readonly shape?: typeof BROAD } = {},
): Map<string, Uint8Array<ArrayBuffer>> {
  shared ??= JSON.stringify(tokenizer());
  const config = parseConfig({
    model_type: family,
    vocab_size: VOCABULARY,
    hidden_size: 32,
    intermediate_size: 48,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    rms_norm_eps: 1e-5,
    max_position_embeddings: context,
    tie_word_embeddings: family !== 'llama',
    bos_token_id: 0,
    eos_token_id: 1,
    pad_token_id: 2,
    ...shape,
  });
  // nulls as Qwen's own files have them: what they leave out the class of the tokenizer brings
  const special = { bos_token: '<s>', eos_token: '<|im_end|>', pad_token: '<|im_start|>', unk_token: null, add_bos_token: false };
  return new Map([
    ['config.json', bytesOf(renderConfig(config))],
    ['tokenizer.json', bytesOf(shared)],
    ['tokenizer_config.json', bytesOf(JSON.stringify(template === null ? special : { ...special, chat_template: template }))],
    ['generation_config.json', bytesOf(JSON.stringify({ eos_token_id: 1 }))],
    ['model.safetensors', writeSafetensors(shape === undefined ? initialWeights(config, Random.of(family)) : repeatedWeights(config))],
  ]);
}
