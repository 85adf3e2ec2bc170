/** One writer a run, whatever the browser's locks do; where they do nothing, nobody is kept out. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { lockRun } from '../../src/store/lock.ts';

afterEach(() => vi.unstubAllGlobals());

type Request = (name: string, options: object, held: (lock: object | null) => Promise<void>) => Promise<unknown>;
const browser = (request: Request): void => void vi.stubGlobal('navigator', { locks: { request } });
const refusal = new DOMException('The request was denied.', 'SecurityError');

describe('the lock of a run', () => {
  test('keeps a second writer out until the first one frees it', async () => {
    const taken = new Set<string>();
    browser(async (name, _, held) => {
      if (taken.has(name)) return held(null);
      taken.add(name);
      await held({});
      taken.delete(name);
    });
    const free = await lockRun('run-1');
    await expect(lockRun('run-1')).rejects.toEqual(expect.objectContaining({ code: 'RUN_LOCKED' }));
    await (
      await lockRun('run-2')
    )();
    await free();
    await (
      await lockRun('run-1')
    )();
  });

  test.each<[string, () => void]>([
    ['are missing', () => vi.stubGlobal('navigator', {})],
    ['reject', () => browser(() => Promise.reject(refusal))],
    [
      'throw',
      () =>
        browser(() => {
          throw refusal;
        }),
    ],
  ])('is given to everybody where locks %s', async (_, stub) => {
    stub();
    const free = await lockRun('run-1');
    await (
      await lockRun('run-1')
    )();
    await free();
  });

  test('that was taken away from its holder is freed without an error', async () => {
    let steal: (error: DOMException) => void = () => {};
    browser((_, __, held) => {
      void held({});
      return new Promise((_, reject) => (steal = reject));
    });
    const free = await lockRun('run-1');
    steal(new DOMException('stolen', 'AbortError'));
    await expect(free()).resolves.toBeUndefined();
  });
});
