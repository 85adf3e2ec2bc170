/**
 * The special tokens that transformers has by the class of a tokenizer alone, where no file of a checkpoint says anything of them. Which class
 * that is hangs on tokenizer_config.json, config.json and the family of the model, as in its AutoTokenizer (5.24). Knows no file and no text.
 */

/** What decides on the class: whatever stands in the files, unread. */
export type ClassFiles = {
  /** `tokenizer_class` of tokenizer_config.json; config.json has the same field for where it is missing there. */
  readonly named: unknown;
  readonly modelConfig: unknown;
  /** The parsed tokenizer.json. */
  readonly tokenizer: unknown;
};

type Names = Readonly<Record<string, string>>;

const END = '<|endoftext|>';
const PIECES: Names = { bos_token: '<s>', eos_token: '</s>', unk_token: '<unk>' };
const QWEN: Names = { eos_token: END, unk_token: END, pad_token: END };
/** The classes that checkpoints of the families name; of every other class transformers takes what the files say. */
const CLASSES: Readonly<Record<string, Names>> = {
  GPT2Tokenizer: { bos_token: END, eos_token: END, unk_token: END },
  GPTNeoXTokenizer: { bos_token: END, eos_token: END, unk_token: END, pad_token: '<|padding|>' },
  LlamaTokenizer: PIECES,
  CodeLlamaTokenizer: {
    ...PIECES,
    prefix_token: '▁<PRE>',
    middle_token: '▁<MID>',
    suffix_token: '▁<SUF>',
    eot_token: '▁<EOT>',
    fill_token: '<FILL_ME>',
  },
  Qwen2Tokenizer: QWEN,
  GemmaTokenizer: { bos_token: '<bos>', eos_token: '<eos>', unk_token: '<unk>', pad_token: '<pad>', mask_token: '<mask>' },
};

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;

/** Tokens by the names of their fields. */
export function classTokens({ named, modelConfig, tokenizer }: ClassFiles): Names {
  const family = fieldOf(modelConfig, 'model_type');
  // whatever it is said to be
  if (family === 'qwen2') return QWEN;
  const said = named ?? fieldOf(modelConfig, 'tokenizer_class') ?? (family === 'qwen3' ? 'Qwen2Tokenizer' : null);
  const name = typeof said === 'string' ? said.replace(/Fast$/, '') : '';
  // that of Llama 3 is no LlamaTokenizer, even where it says so
  if (name === 'LlamaTokenizer' && isByteLevel(tokenizer)) return {};
  return Object.hasOwn(CLASSES, name) ? (CLASSES[name] as Names) : {};
}

function isByteLevel(tokenizer: unknown): boolean {
  const parts = ['normalizer', 'pre_tokenizer', 'post_processor', 'decoder'].map((part) => fieldOf(tokenizer, part));
  return JSON.stringify(parts).includes('"ByteLevel"');
}
