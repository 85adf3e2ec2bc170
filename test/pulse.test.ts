/** Long work tells that it goes on, though its event loop does not turn; work that hangs tells nothing. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { inParts, now, turn, useBudget } from '../src/engine/work.ts';
import { onPulse, pulse } from '../src/pulse.ts';

let clock: number;
let heard: number[];
beforeEach(() => {
  clock = 0;
  heard = [];
  vi.spyOn(performance, 'now').mockImplementation(() => clock);
  onPulse(() => heard.push(clock));
  useBudget({ operations: 1600 });
});
afterEach(() => {
  onPulse(null);
  useBudget();
  vi.restoreAllMocks();
});

const gaps = (until: number): readonly number[] => [...heard, until].map((at, i) => at - (heard[i - 1] ?? 0));

test('work that is computed in one go on a very slow machine is heard of every few seconds', () => {
  now(inParts(200, 100, (_, count) => void (clock += 400 * count)));
  expect(clock).toBe(80_000);
  // at most a budget of work at a time, which is sixteen units here
  expect(Math.max(...gaps(clock))).toBeLessThanOrEqual(16 * 400);
});

test('small operations are heard of no more often than once a second, whatever they take', () => {
  now(inParts(100_000, 1, (_, count) => void (clock += count)));
  expect(heard.length).toBeGreaterThan(50);
  expect(Math.min(...gaps(Infinity))).toBeGreaterThanOrEqual(900);
});

test('what hangs is not heard of', () => {
  now(inParts(1, 1, () => void (clock += 60_000)));
  expect(heard).toEqual([]);
});

test('a turn of the event loop is heard of, for a timer may wait', async () => {
  clock = 5000;
  await turn();
  expect(heard).toEqual([5000]);
});

test('where nobody listens it costs nothing', () => {
  onPulse(null);
  clock = 5000;
  pulse();
  expect(heard).toEqual([]);
});
