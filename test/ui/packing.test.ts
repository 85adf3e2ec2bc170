/** What is packed to be taken home, as the page follows it: how far it is, the time left, and a page that is as it was after a Cancel. */
import { signal } from '@preact/signals';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Failure } from '../../src/errors.ts';
import type { HomeEvent } from '../../src/protocol/models.ts';
import { underWayText } from '../../src/ui/page/under-way.tsx';
import { createPacking } from '../../src/ui/session/packing.ts';

const problem = signal<Failure | null>(null);
let packing: ReturnType<typeof createPacking>;
let send: (event: HomeEvent) => void;
let cancelled: number;

beforeEach(() => {
  vi.useFakeTimers();
  [problem.value, cancelled] = [null, 0];
  const takeHome = async (): Promise<ReadableStream<HomeEvent>> =>
    new ReadableStream({ start: (controller) => void (send = (event) => controller.enqueue(event)), cancel: () => void cancelled++ });
  packing = createPacking({ takeHome }, problem);
});
afterEach(() => void vi.useRealTimers());

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const take = () => packing.takeHome('run-1', 2, ['merged'], true, 'F16');

test('a whole model says how far it is, and the time left', async () => {
  const taken = take();
  await pass(20_000);
  send({ type: 'progress', part: 'comparing', done: 2, total: 8 });
  await pass(20_000);
  send({ type: 'progress', part: 'comparing', done: 4, total: 8 });
  await pass(0);
  expect(packing.packed.value === null ? '' : underWayText(packing.packed.value)).toBe('50%, about 20 s left');
  const made = { files: [], note: 'As float16.' };
  send({ type: 'made', made });
  expect(await taken).toEqual(made);
  expect([packing.packing.value, packing.packed.value]).toEqual([false, null]);
});

test('cancelled it ends at once, nothing is saved and nothing is said to be wrong', async () => {
  const taken = take();
  await pass(1000);
  packing.cancelPacking();
  expect(await taken).toBeUndefined();
  expect([cancelled, packing.packing.value, packing.packed.value, problem.value]).toEqual([1, false, null, null]);
  const again = take();
  await pass(0);
  send({ type: 'failed', failure: { code: 'EXPORT_RANGE', message: '', detail: 'a weight' } });
  expect(await again).toBeUndefined();
  expect(problem.value).toMatchObject({ code: 'EXPORT_RANGE' });
});
