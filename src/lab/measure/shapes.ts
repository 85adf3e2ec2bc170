/** The decoders that are measured, their batches by the kind of device, and the same random data for every subject. Knows no tensor library. */
import { loraOf } from '../../files/lora.ts';
import { Random } from '../../random.ts';
import type { Batch, LlamaShape, Prompts } from './parts.ts';

/** The base of the rotary positions and the epsilon of the norms, in every subject. */
export const [THETA, EPSILON] = [10_000, 1e-6];

/** `a` is the bundled model's shape, `135 M` that of SmolLM2-135M. */
export const SHAPES: readonly LlamaShape[] = [
  { key: 'a', V: 512, D: 64, F: 176, L: 4, H: 4, K: 2, context: 512 },
  { key: 'b', V: 512, D: 128, F: 352, L: 4, H: 4, K: 2, context: 512 },
  { key: '10 M', V: 512, D: 320, F: 960, L: 8, H: 10, K: 5, context: 512 },
  { key: '135 M', V: 49152, D: 576, F: 1536, L: 30, H: 9, K: 3, context: 512 },
];

/** How many numbers the weights of a decoder hold. */
export function parameterCount({ V, D, F, L, H, K }: LlamaShape): number {
  const attention = 2 * D * D + (2 * D * D * K) / H;
  return V * D + L * (attention + 3 * D * F + 2 * D) + D;
}

/** The name of a decoder in the table. */
export function describe(shape: LlamaShape): string {
  const count = parameterCount(shape);
  const size = count < 1e6 ? `${Math.round(count / 1e3)} k` : `${(count / 1e6).toFixed(count < 2e7 ? 1 : 0)} M`;
  return `${shape.key}: d=${shape.D}, ${shape.L} layers, ${size}`;
}

/** What is fast enough for which work: a graphics card, the CPU backend, or a software adapter that computes 1 GFLOP/s. */
export type DeviceKind = 'card' | 'cpu' | 'software';

/** The adapter of a run, by its default on all linear layers. */
export const LORA = loraOf({ loraRank: 8, loraTargets: 'all' });

type Sizes = {
  /** Is there room and time to train every weight? */
  readonly trainsAll: boolean;
  readonly training: readonly [B: number, T: number];
  readonly prompts: number;
  readonly promptTokens: number;
  readonly answerTokens: number;
};

type Amounts = Omit<Sizes, 'trainsAll'>;

const LARGE: Readonly<Record<DeviceKind, Amounts>> = {
  card: { training: [2, 256], prompts: 64, promptTokens: 96, answerTokens: 24 },
  cpu: { training: [2, 64], prompts: 4, promptTokens: 16, answerTokens: 4 },
  software: { training: [1, 8], prompts: 2, promptTokens: 8, answerTokens: 2 },
};
const MIDDLE: Readonly<Record<DeviceKind, Amounts>> = {
  card: { training: [8, 256], prompts: 64, promptTokens: 96, answerTokens: 24 },
  cpu: { training: [4, 128], prompts: 64, promptTokens: 32, answerTokens: 8 },
  software: { training: [1, 32], prompts: 16, promptTokens: 8, answerTokens: 2 },
};
const SMALL: Readonly<Record<DeviceKind, Amounts>> = {
  card: { training: [16, 128], prompts: 64, promptTokens: 96, answerTokens: 24 },
  cpu: { training: [16, 128], prompts: 64, promptTokens: 96, answerTokens: 24 },
  software: { training: [4, 128], prompts: 64, promptTokens: 16, answerTokens: 4 },
};

/** How much of a decoder's work one call does: the same for every subject on a device. */
export function sizesOf(shape: LlamaShape, kind: DeviceKind): Sizes {
  const count = parameterCount(shape);
  const large = count > 5e7;
  return { trainsAll: kind === 'card' || !large, ...(large ? LARGE : count > 5e6 ? MIDDLE : SMALL)[kind] };
}

const batchName = ({ training: [B, T] }: Sizes): string => `${B} x ${T}`;
const answersName = ({ promptTokens, answerTokens }: Sizes): string => `generating ${answerTokens} tokens after ${promptTokens}`;

/** What the measurements of a decoder are called, whoever makes them. */
export const NAMES = {
  training: (sizes: Sizes): string => `training step, ${batchName(sizes)}`,
  lora: (sizes: Sizes): string => `LoRA step, ${batchName(sizes)}`,
  reading: (sizes: Sizes): string => `scoring, ${batchName(sizes)}`,
  atOnce: (sizes: Sizes): string => `${answersName(sizes)}, ${sizes.prompts} at once`,
  oneByOne: (sizes: Sizes): string => `${answersName(sizes)}, one by one`,
} as const;

/** The id that every sequence begins with. */
const BEGIN = 0;

/** A batch in which every token is a target, also the one that follows the last that is read. */
export function batchOf({ V }: LlamaShape, [B, T]: readonly [B: number, T: number]): Batch {
  const random = Random.of('bench', 'ids');
  const targets = Int32Array.from({ length: B * T }, () => random.int(V));
  return { B, T, ids: targets.map((_, i) => (i % T === 0 ? BEGIN : (targets[i - 1] ?? BEGIN))), targets };
}

/** Prompts of equal length, so that no padding helps or hinders a subject. */
export function promptsOf({ V }: LlamaShape, { prompts, promptTokens, answerTokens }: Sizes): Prompts {
  const random = Random.of('bench', 'prompts');
  const draw = (): number[] => Array.from({ length: promptTokens }, (_, i) => (i === 0 ? BEGIN : random.int(V)));
  return { prompts: Array.from({ length: prompts }, draw), tokens: answerTokens };
}
