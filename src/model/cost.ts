/**
 * What a run costs: how much memory a run needs, from the model's shape and the settings alone, and how long it takes, from a short
 * measurement; and what does not fit. Knows no tensor and no device: limits come in as numbers.
 *
 * Bytes count the float32 tensors that are alive at the same time in the phase that needs most: answering (weights, adapter, cache)
 * or training (weights, adapter, optimiser, kept activations, what a step holds besides).
 */
import { type DecoderConfig, linearShapes, parameterCount, weightShapes } from '../files/config.ts';
import type { LoraOptions } from '../files/lora.ts';
import { loraShapes } from './lora.ts';
import { STACK_NAMES, STACKS, stackShape } from './stack.ts';

/** The numbers that decide about memory. */
export type Sizes = {
  /** The adapter, or null when every weight is trained. */
  readonly lora: LoraOptions | null;
  /** Does each round begin a fresh adapter, on weights of its own with those before added? */
  readonly restarts?: boolean;
  /** Bytes of a number in a frozen matrix on the device: 4 for float32, 2 packed, between them where some are packed. */
  readonly weightBytes: number;
  /** The same where adapters of before have been added to it; 4 where nothing is said. */
  readonly summedBytes?: 4 | 2;
  /** Rows of a training batch, and tokens of the longest row. */
  readonly trainRows: number;
  readonly trainTokens: number;
  /** Prompts answered at a time, and the longest prompt with its answer, beyond what all prompts begin with. */
  readonly answerRows: number;
  readonly answerTokens: number;
  /** Tokens that all prompts begin with, which are held once; none where nothing is said. */
  readonly sharedTokens?: number;
  /** Tokens of the longest prompt beyond them, where some are shared. */
  readonly promptTokens?: number;
  /** Tokens of the longest text that is only scored, where that is longer. */
  readonly scoredTokens?: number;
};

/** What something is for, and its bytes. */
type Part = {
  readonly name: 'weights' | 'adapter' | 'optimiser' | 'activations' | 'step' | 'cache' | 'chat';
  readonly bytes: number;
};

type Memory = { readonly training: readonly Part[]; readonly answering: readonly Part[]; readonly largestTensor: number };

/** What the device offers, in bytes; null where the browser does not tell. */
export type Limits = { readonly memory: number | null; readonly tensor: number | null; readonly storage: number | null };

/** A round in numbers: what is answered, scored and trained on. */
export type Work = {
  readonly prompts: number;
  /** Tokens that all prompts begin with, which are read once. */
  readonly sharedTokens: number;
  /** Tokens of an average prompt with its demonstrations beyond them, and of an average answer, as often as it is answered. */
  readonly promptTokens: number;
  readonly answerTokens: number;
  /** Tokens of an average training row, and how often each is seen. */
  readonly rowTokens: number;
  readonly epochs: number;
  /** Tokens read and written for validation and tests after the round. */
  readonly scored: { readonly read: number; readonly written: number };
  /** Held-out answers that are kept of the base and of each round. */
  readonly heldOut: number;
};

/** Measured tokens a second: reading a prompt, writing an answer (over a whole batch), training. */
type Speeds = { readonly reading: number; readonly writing: number; readonly training: number };

type Cost = {
  readonly memory: Memory;
  /** Bytes of the phase that needs most. */
  readonly peak: number;
  /** Bytes of the stored samples, adapters and held-out answers of the whole run. */
  readonly stored: number;
  readonly secondsARound: number | null;
  /** Of these, what goes into the answers, and into measuring. */
  readonly secondsAnswering: number | null;
  readonly secondsMeasuring: number | null;
  /** What does not fit; empty when everything does. */
  readonly tooMuch: readonly { readonly what: 'memory' | 'tensor' | 'storage'; readonly needs: number; readonly has: number }[];
};

const FLOAT = 4;
/** Logits that exist at a time: more rows than fit are done in parts, so that a large vocabulary needs no [R,V]. */
export const LOGITS = 2 ** 23;
/** Tokens that are read at a time at most, and at least where there are as many: more would not be faster, fewer would read weights too often. */
const [MOST_AT_ONCE, LEAST_AT_ONCE] = [4096, 512];
/** Bytes that a step should take for these tokens, inside of a block: of a wide model fewer are read at a time. */
const STEP_BYTES = 2 ** 25;
/** Bytes that a training step should keep of the tokens that it goes forward and back with at a time. */
const KEPT_BYTES = 2 ** 28;
/** Tokens that prompts begin with in common: fewer are not worth a pass of their own, and are read with each prompt. */
export const WORTH_SHARING = 8;
/** Prompts that are read together at most: more would be padded to the longest of too many. */
export const READ_ROWS = 16;
/** Tokens of a question and its answer in the chat. */
const CHAT_TOKENS = 512;
/** A stored sample: its texts and numbers, a generous mean. */
const SAMPLE_BYTES = 6_000;

/** A kept answer to a held-out question, with the question and the log-likelihoods of its choices: a generous mean. */
const HELD_OUT_BYTES = 400;

/** Weights of a small model: it is copied for every core, its adapter is merged for answering, its matrices stay float32. */
const SMALL = 2 ** 24;

/** Whether a model is small enough to be held several times: by helpers, and once more with its adapter merged for answering. */
export function isSmall(config: DecoderConfig): boolean {
  return parameterCount(config) <= SMALL;
}

/** Bytes that a token takes inside of a block while it is read: the inner layer's two halves and product, and what comes in and out. */
function stepBytes({ hidden_size: D, intermediate_size: F }: DecoderConfig): number {
  return FLOAT * (3 * F + 4 * D);
}

/** Tokens that are read at a time, of as many rows as they make, one at least. */
export function tokensAtOnce(config: DecoderConfig): number {
  return Math.min(MOST_AT_ONCE, Math.max(LEAST_AT_ONCE, Math.floor(STEP_BYTES / stepBytes(config))));
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);
const sum = (values: Iterable<number>): number => {
  let total = 0;
  for (const value of values) total += value;
  return total;
};

/** Numbers that the forward pass keeps of one token in one block (`BlockTrace` of src/model/decoder.ts). */
function keptNumbers(config: DecoderConfig, lora: LoraOptions | null): number {
  const { hidden_size: D, intermediate_size: F, num_attention_heads: H, num_key_value_heads: K, head_dim: E } = config;
  const lows = STACK_NAMES.map((stack) =>
    lora !== null && STACKS[stack].some((name) => lora.targets.includes(name)) ? STACKS[stack].length * lora.rank : 0,
  );
  return 4 * D + (H + 2 * K) * E + H * E + H + 3 * F + sum(lows);
}

/** Bytes that a step keeps of one token. */
function keptBytes(config: DecoderConfig, lora: LoraOptions | null): number {
  return FLOAT * (config.num_hidden_layers * keptNumbers(config, lora) + config.hidden_size);
}

/** Tokens with which a training step goes forward and back at a time; one row at least, however long it is. */
export function trainedAtOnce(config: DecoderConfig): number {
  return Math.floor(KEPT_BYTES / keptBytes(config, null));
}

/** The bytes of every part in both phases. */
export function memoryOf(config: DecoderConfig, sizes: Sizes): Memory {
  const {
    lora,
    restarts = false,
    weightBytes,
    summedBytes = FLOAT,
    trainRows,
    trainTokens,
    answerRows,
    answerTokens,
    sharedTokens = 0,
    promptTokens = answerTokens,
    scoredTokens = 0,
  } = sizes;
  const { vocab_size: V, hidden_size: D, intermediate_size: F, num_hidden_layers: L, num_key_value_heads: K, head_dim: E } = config;
  const M = Math.min(trainRows * trainTokens, Math.max(trainTokens, trainedAtOnce(config)));
  const own = sum([...weightShapes(config)].map(([, shape]) => sizeOf(shape) * (lora !== null && shape.length > 1 ? weightBytes : FLOAT)));
  // The layers with an adapter, as whole stacks.
  const adapted =
    lora === null
      ? 0
      : sum(
          STACK_NAMES.filter((stack) => STACKS[stack].some((name) => lora.targets.includes(name))).map(
            (stack) => L * (stackShape(config, stack).ends.at(-1) as number) * stackShape(config, stack).into,
          ),
        );
  const extra = restarts ? summedBytes * adapted : 0;
  const weights = own + extra;
  const trained = lora === null ? parameterCount(config) : sum([...loraShapes(config, lora).values()].map(sizeOf));
  const rows = Math.max(1, Math.min(M, Math.floor(LOGITS / V)));
  // Beside what is kept: the gradients of the widest layer, or the logits of one part with the hidden states around them.
  const step = FLOAT * Math.max(M * (3 * F + D), rows * V + 3 * M * D);
  const merged = isSmall(config) ? FLOAT * adapted : 0;
  // A question asked meanwhile: it reads the frozen weights of the run; where those are trained, it has its own.
  const chat = isSmall(config) ? 0 : (lora === null ? own : FLOAT * trained + extra) + FLOAT * 2 * L * CHAT_TOKENS * K * E;
  const training: Part[] = [
    { name: 'weights', bytes: weights },
    { name: 'adapter', bytes: lora === null ? 0 : FLOAT * trained },
    // both moments and the gradients, and those of a part
    { name: 'optimiser', bytes: (M < trainRows * trainTokens ? 4 : 3) * FLOAT * trained },
    { name: 'activations', bytes: M * keptBytes(config, lora) },
    { name: 'step', bytes: step },
    { name: 'chat', bytes: chat },
  ];
  const longest = Math.max(sharedTokens + answerTokens, scoredTokens);
  const readTokens = Math.max(longest, Math.min(answerRows * longest, scoredTokens + tokensAtOnce(config)));
  const scoredRows = Math.min(readTokens, Math.floor(LOGITS / V));
  // What is shared: where it is read, in each part of the rows that is read in one go, and in what the parts become, layer by layer.
  const together = Math.max(1, Math.min(READ_ROWS, Math.floor(tokensAtOnce(config) / promptTokens)));
  const copies = sharedTokens === 0 ? 0 : 1 + Math.ceil(answerRows / together);
  const places = L * (answerRows * answerTokens + copies * sharedTokens) + sharedTokens;
  // For answers; or, while texts are scored, for what they begin with: what takes its place does so layer by layer.
  const cache = FLOAT * 2 * K * E * Math.max(places, (L + 1) * scoredTokens);
  const answering: Part[] = [
    { name: 'weights', bytes: weights },
    { name: 'adapter', bytes: (lora === null ? 0 : FLOAT * trained) + merged },
    { name: 'cache', bytes: cache },
    { name: 'step', bytes: FLOAT * Math.max(answerRows, scoredRows) * V + readTokens * stepBytes(config) },
    { name: 'chat', bytes: chat },
  ];
  const widest = Math.max(...Object.values(linearShapes(config)).map(([out]) => out));
  const largestTensor = Math.max(
    FLOAT * M * Math.max(2 * F, widest),
    FLOAT * rows * V,
    V * D * weightBytes,
    FLOAT * (answerRows * answerTokens + sharedTokens) * K * E,
    FLOAT * readTokens * 2 * F,
  );
  return { training, answering, largestTensor };
}

/** The sum of some parts, in bytes. */
export const bytesOf = (parts: readonly Part[]): number => sum(parts.map(({ bytes }) => bytes));

/** Seconds that a round takes at the measured speeds: for its answers, for these and its training, and for its measurement. */
export function secondsOf(work: Work, speeds: Speeds): Readonly<Record<'answering' | 'learning' | 'measuring', number>> {
  const { prompts, sharedTokens, promptTokens, answerTokens, rowTokens, epochs, scored } = work;
  const answering = (sharedTokens + prompts * promptTokens) / speeds.reading + (prompts * answerTokens) / speeds.writing;
  return {
    answering,
    learning: answering + (prompts * rowTokens * epochs) / speeds.training,
    measuring: scored.read / speeds.reading + scored.written / speeds.writing,
  };
}

function shortages(memory: Memory, stored: number, limits: Limits): Cost['tooMuch'] {
  const peak = Math.max(bytesOf(memory.training), bytesOf(memory.answering));
  const needs = { memory: peak, tensor: memory.largestTensor, storage: stored };
  return (['memory', 'tensor', 'storage'] as const).flatMap((what) => {
    const has = limits[what];
    return has !== null && needs[what] > has ? [{ what, needs: needs[what], has }] : [];
  });
}

/**
 * Plans a run of `rounds` rounds: its memory, its stored bytes and, when speeds were measured, its time; and what does not fit.
 */
export function costOf(config: DecoderConfig, sizes: Sizes, work: Work, rounds: number, limits: Limits, speeds: Speeds | null): Cost {
  const memory = memoryOf(config, sizes);
  const trained = sizes.lora === null ? parameterCount(config) : sum([...loraShapes(config, sizes.lora).values()].map(sizeOf));
  // With restarts the weights of round t are the adapters of t rounds.
  const kept = sizes.lora !== null && sizes.restarts === true ? (rounds * (rounds + 1)) / 2 : rounds;
  const stored = rounds * work.prompts * SAMPLE_BYTES + kept * FLOAT * trained + (rounds + 1) * work.heldOut * HELD_OUT_BYTES;
  const tooMuch = shortages(memory, stored, limits);
  const seconds = speeds === null ? null : secondsOf(work, speeds);
  return {
    memory,
    peak: Math.max(bytesOf(memory.training), bytesOf(memory.answering)),
    stored,
    secondsARound: seconds === null ? null : seconds.learning + seconds.measuring,
    secondsAnswering: seconds?.answering ?? null,
    secondsMeasuring: seconds?.measuring ?? null,
    tooMuch,
  };
}
