/** How times are taken, here and in the benchmark: the fastest of several calls. Knows nothing of what is timed. */
import type { Work } from './parts.ts';

/** Milliseconds since some moment. */
export type Clock = () => number;

export const wallClock: Clock = () => performance.now();

/** A timed call is repeated until it lasts so many milliseconds, so that waiting for its end counts for little. */
const LONG = 20;
const MOST_REPEATS = 4096;

/** Seconds of the fastest of the calls that fit into `seconds`, at least one, after `warm` to warm up: other programs only ever slow a call down. */
export async function best(clock: Clock, seconds: number, run: () => unknown, warm = 2): Promise<number> {
  for (let i = 0; i < warm; i++) await run();
  let fastest = Infinity;
  const start = performance.now();
  do {
    const before = clock();
    await run();
    fastest = Math.min(fastest, clock() - before);
  } while (performance.now() - start < 1000 * seconds);
  return fastest / 1000;
}

/** Seconds of one run of something short: as many runs in one timed call as make the wait at its end small. */
export async function secondsOf({ run, sync }: Work, clock: Clock, seconds: number): Promise<number> {
  let count = 1;
  const call = async (): Promise<void> => {
    for (let i = 0; i < count; i++) run();
    await sync();
  };
  await call();
  for (;;) {
    const before = performance.now();
    await call();
    if (performance.now() - before > LONG || count >= MOST_REPEATS) break;
    count *= 2;
  }
  return (await best(clock, seconds, call, 0)) / count;
}
