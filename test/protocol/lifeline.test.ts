/** Whoever waits for a worker hears of its end, once, whatever ended it. */
import { describe, expect, test } from 'vitest';
import type { Failure } from '../../src/errors.ts';
import { Lifeline } from '../../src/protocol/lifeline.ts';

/** A worker of which only its end and its errors are known. */
function start() {
  const worker = Object.assign(new EventTarget(), { terminated: 0, terminate: () => void worker.terminated++ });
  const deaths: Failure[] = [];
  const line = new Lifeline(worker as unknown as Worker, 'WORKER_DIED', (failure) => deaths.push(failure));
  return { worker, deaths, line };
}

const never = (): Promise<never> => new Promise(() => {});

describe('a call to a worker', () => {
  test('comes to what the worker answers, and is waited for no longer', async () => {
    const { line, deaths } = start();
    const answer = line.until(async () => 7);
    expect(line.busy).toBe(true);
    expect(await answer).toBe(7);
    await expect(line.until(() => Promise.reject(new Error('refused')))).rejects.toThrow('refused');
    expect([line.busy, deaths]).toEqual([false, []]);
  });

  test.each([
    ['breaks down', Object.assign(new Event('error'), { message: 'out of memory' }), 'out of memory'],
    ['cannot be loaded', new Event('error'), 'the worker could not be loaded'],
    ['says what cannot be read', new Event('messageerror'), 'a message could not be read'],
  ])('ends when the worker %s, which is ended and told of once', async (_, event, detail) => {
    const { worker, line, deaths } = start();
    const heard: string[] = [];
    line.watch((failure) => heard.push(failure.detail));
    line.watch((failure) => heard.push(failure.detail))();
    const calls = [line.until(never), line.until(never)];
    worker.dispatchEvent(event);
    worker.dispatchEvent(event);
    line.die('again');
    for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'WORKER_DIED', detail });
    expect(deaths).toMatchObject([{ code: 'WORKER_DIED', detail }]);
    expect([heard, worker.terminated, line.ended, line.busy]).toEqual([[detail], 1, true, false]);
  });

  test('ends when the worker is ended on purpose, which is no death; a later one is not made', async () => {
    const { worker, line, deaths } = start();
    const call = line.until(never);
    line.end('closed by the page');
    await expect(call).rejects.toMatchObject({ code: 'WORKER_DIED', detail: 'closed by the page' });
    let made = 0;
    await expect(line.until(async () => made++)).rejects.toMatchObject({ detail: 'the worker is gone' });
    worker.dispatchEvent(new Event('error'));
    expect([made, deaths, worker.terminated]).toEqual([0, [], 1]);
  });
});
