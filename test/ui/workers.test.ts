/** A worker that is silent for long is dead, and what waits for it ends; one that is merely slow is left to its work. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { connect } from '../../src/ui/session/workers.ts';

class SilentWorker extends EventTarget {
  ended = false;
  #asked = '';
  postMessage({ id }: { readonly id: string }): void {
    this.#asked = id;
  }
  answer(): void {
    this.dispatchEvent(new MessageEvent('message', { data: { id: this.#asked, type: 'RAW', value: { ok: true } } }));
  }
  terminate(): void {
    this.ended = true;
  }
  beat(): void {
    this.dispatchEvent(new MessageEvent('message', { data: { beat: true } }));
  }
}

let worker: SilentWorker;
const asked = () => {
  const deaths: string[] = [];
  const workers = connect({ lm: () => (worker = new SilentWorker()) as unknown as Worker });
  workers.onDeath(({ detail }) => deaths.push(detail));
  const plan = workers.lm.plan({} as never);
  return { deaths, plan };
};
const wait = (seconds: number) => vi.advanceTimersByTimeAsync(1000 * seconds);

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test('a worker that falls silent at work is dead after twenty seconds, and the call that waits for it says so', async () => {
  const { deaths, plan } = asked();
  for (let i = 0; i < 5; i++) {
    await wait(1);
    worker.beat();
  }
  await wait(20);
  expect([worker.ended, deaths]).toEqual([false, []]);
  await wait(1);
  expect(worker.ended).toBe(true);
  expect(deaths).toEqual(['no sign of life for 21 s']);
  expect(await plan).toMatchObject({ ok: false, failure: { code: 'WORKER_DIED' } });
});

test('a worker on a starved machine, heard of every fifteen seconds, lives for an hour', async () => {
  const { deaths } = asked();
  for (let at = 0; at < 3600; at += 15) {
    await wait(15);
    worker.beat();
  }
  expect([worker.ended, deaths]).toEqual([false, []]);
});

test('a worker at rest is dead after five seconds of silence, or after three times what it was silent for and lived', async () => {
  for (const [silent, limit] of [
    [1, 5],
    [6, 18],
  ] as const) {
    const { deaths, plan } = asked();
    await wait(1);
    worker.beat();
    await wait(silent);
    worker.beat();
    worker.answer();
    expect(await plan).toEqual({ ok: true });
    await wait(limit);
    expect(deaths).toEqual([]);
    await wait(1);
    expect(deaths).toEqual([`no sign of life for ${limit + 1} s`]);
  }
});
