/**
 * How long the answers of a round still take, told by those that are there: when each came, and how many tokens it has. Answers are made in batches,
 * in which all grow by a token at a time: the short ones come first, the longest ends the batch, and then the next one is read. Pure; knows no run.
 */
import type { Sample } from '../../contracts/records.ts';

/** An answer that is there: milliseconds of answering until it came, its tokens, and about how many were read before them. */
export type Arrival = { readonly ms: number; readonly tokens: number; readonly read: number };

export type Missing = {
  /** Answers that are not there. */
  readonly count: number;
  /** Milliseconds of answering so far. */
  readonly gone: number;
  /** Tokens after which an answer is cut. */
  readonly longest: number;
  /** Answers that are made together, as far as the plan knows. */
  readonly together: number;
};

/** Arrivals batch by batch: one that is shorter than the one before it is of the next. */
function batchesOf(arrivals: readonly Arrival[]): readonly (readonly [Arrival, ...Arrival[]])[] {
  const batches: [Arrival, ...Arrival[]][] = [];
  for (const arrival of arrivals) {
    const batch = batches.at(-1);
    if (batch === undefined || arrival.tokens < (batch.at(-1)?.tokens ?? 0)) batches.push([arrival]);
    else batch.push(arrival);
  }
  return batches;
}

/** 1 + 1/2 + … + 1/n: the last of n ends after so many mean lifetimes, if each token is as likely to be the last one as any other. */
const harmonic = (n: number): number => Array.from({ length: n }, (_, i) => 1 / (i + 1)).reduce((sum, part) => sum + part, 0);

/** Milliseconds that the missing answers take; null while none is there to tell by. */
export function answeringLeft(arrivals: readonly Arrival[], { count, gone, longest, together: planned }: Missing): number | null {
  const batches = batchesOf(arrivals);
  const now = batches.at(-1);
  const latest = arrivals.at(-1);
  if (now === undefined || latest === undefined) return null;
  const ends = batches.map((batch) => batch.at(-1) as Arrival);
  // a token of a whole batch; as long as all came at once, one that is read takes as long
  const between = { ms: 0, tokens: 0 };
  for (const [i, [first]] of batches.entries()) {
    const end = ends[i] as Arrival;
    between.ms += end.ms - first.ms;
    between.tokens += end.tokens - first.tokens;
  }
  const steps = ends.reduce((sum, { tokens }) => sum + tokens, 0);
  const step =
    between.tokens > 0
      ? between.ms / between.tokens
      : latest.ms / (steps + (batches.length * arrivals.reduce((sum, { read }) => sum + read, 0)) / arrivals.length);
  // how many are made together: as in the batch before, else as many as are planned
  const together = Math.max(now.length, batches.at(-2)?.length ?? planned);
  const size = Math.min(together, now.length + count);
  const open = size - now.length;
  // what comes before the first token of a batch is the reading of its prompts
  const reading = batches.reduce((sum, [first], i) => sum + Math.max(0, first.ms - (ends[i - 1]?.ms ?? 0) - step * first.tokens), 0);
  const readEach = reading / (arrivals.length + open);
  const grown = Math.min(longest, latest.tokens + (step > 0 ? (gone - latest.ms) / step : 0));
  const ended = arrivals.filter(({ tokens }) => tokens < longest).length;
  const written = arrivals.reduce((sum, { tokens }) => sum + tokens, 0) + open * grown;
  /** Tokens until the last of `rows` ends. */
  const untilLast = (rows: number): number => (rows === 0 ? 0 : ended === 0 ? longest : (harmonic(rows) * written) / ended);
  let left = step * Math.min(longest - grown, untilLast(open));
  for (let missing = count - open; missing > 0; missing -= size) {
    const rows = Math.min(size, missing);
    left += readEach * rows + step * Math.min(longest, untilLast(rows));
  }
  return left;
}

type Texts = Pick<Sample, 'pieces' | 'completion' | 'context' | 'question'>;

/** Tokens of a sample, of what was read before it, and of the question alone, as far as its own letters tell. */
export function tokensOf({ pieces, completion, context, question }: Texts): {
  readonly tokens: number;
  readonly read: number;
  readonly asked: number;
} {
  const each = Math.max(1, completion.length) / Math.max(1, pieces.length);
  return { tokens: pieces.length, read: context.length / each, asked: question.length / each };
}

/** A token that is trained on goes forward and back. */
const TRAINED = 2;

/** How many answers a trained row takes as long as; null where there is no answer. */
export function rowsOf(samples: readonly Texts[]): number | null {
  const counts = samples.map(tokensOf);
  const answered = counts.reduce((sum, { tokens, read }) => sum + tokens + read, 0);
  const trained = counts.reduce((sum, { tokens, asked }) => sum + TRAINED * (tokens + asked), 0);
  return answered === 0 ? null : trained / answered;
}
