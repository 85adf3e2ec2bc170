/** A recipe of fine-tuning for tests, and rows as often as they are to be seen. */
import type { FinetuneOptions } from '../../src/contracts/language-model.ts';

export const TRAINING: FinetuneOptions = { batchSize: 4, learningRate: 0.01, warmup: 0, schedule: 'constant', weightDecay: 0, clip: 1 };

export function repeated<T>(rows: readonly T[], times: number): readonly T[] {
  return Array.from({ length: times }, () => rows).flat();
}
