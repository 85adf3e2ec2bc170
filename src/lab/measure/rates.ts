/** Tokens a second of a decoder that learns, reads or answers, whoever's it is. Each ends what it is given. Knows no program. */
import { best, type Clock } from './clock.ts';
import type { Batch, Generator, Prompts, Trainer } from './parts.ts';

/** Steps on one batch after which the loss must have fallen, before the time of training counts. */
const CHECKED = 3;

type Timing = { readonly clock: Clock; readonly seconds: number };

/**
 * Of the fastest step after the first, which compiles; throws unless the loss falls. What warms up is timed too: a step of a software adapter
 * takes seconds, and only the fastest counts.
 */
export async function trainingRate(
  { step, dispose }: Trainer,
  { B, T }: Pick<Batch, 'B' | 'T'>,
  { clock, seconds }: Timing,
  tell: (losses: readonly number[]) => void = () => {},
): Promise<number> {
  try {
    const losses = [await step()];
    let fastest = Infinity;
    const timed = async (): Promise<void> => void losses.push(await step());
    for (let i = 0; i < CHECKED; i++) fastest = Math.min(fastest, await best(clock, 0, timed, 0));
    tell(losses);
    if (!((losses.at(-1) ?? NaN) < (losses[0] ?? NaN))) throw new Error(`the loss does not fall: ${losses.join(' ')}`);
    const more = fastest > seconds ? fastest : await best(clock, seconds, timed, 0);
    return (B * T) / Math.min(fastest, more);
  } finally {
    await dispose();
  }
}

/** Of the fastest reading of a batch. */
export async function readingRate(
  { step, dispose }: Trainer,
  { B, T }: Pick<Batch, 'B' | 'T'>,
  { clock, seconds }: Timing,
): Promise<number> {
  try {
    return (B * T) / (await best(clock, seconds, step));
  } finally {
    await dispose();
  }
}

/** Of the tokens that are written, prompts included in the time. */
export async function answeringRate(
  { generate, dispose }: Pick<Generator, 'generate' | 'dispose'>,
  wanted: Prompts,
  { clock, seconds }: Timing,
): Promise<number> {
  try {
    return (wanted.prompts.length * wanted.tokens) / (await best(clock, seconds, () => generate(wanted), 1));
  } finally {
    dispose();
  }
}
