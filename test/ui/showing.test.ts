/** A stand that begins again by itself, and a screen that stays on while a run can be watched. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createBooth, REST_MS } from '../../src/ui/session/booth.ts';
import { createWakeLock } from '../../src/ui/session/wake-lock.ts';

describe('a stand', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('begins again after two minutes in which nobody touched it and nothing ran, and again after the next two', () => {
    const page = new EventTarget();
    let [on, busy, begun] = [true, false, 0];
    const end = createBooth({ on: () => on, busy: () => busy, begin: () => begun++ }, page);
    vi.advanceTimersByTime(REST_MS - 1000);
    expect(begun).toBe(0);
    vi.advanceTimersByTime(1000);
    expect(begun).toBe(1);
    vi.advanceTimersByTime(REST_MS);
    expect(begun).toBe(2);
    for (const name of ['pointerdown', 'keydown', 'wheel']) {
      vi.advanceTimersByTime(REST_MS - 1000);
      page.dispatchEvent(new Event(name));
    }
    expect(begun).toBe(2);
    busy = true;
    vi.advanceTimersByTime(3 * REST_MS);
    [busy, on] = [false, false];
    vi.advanceTimersByTime(3 * REST_MS);
    expect(begun).toBe(2);
    on = true;
    vi.advanceTimersByTime(REST_MS);
    expect(begun).toBe(3);
    end();
    vi.advanceTimersByTime(3 * REST_MS);
    expect(begun).toBe(3);
  });
});

describe('the screen', () => {
  test('is kept on while that is wanted, asked for again, and let go', async () => {
    const calls: string[] = [];
    let refuse = false;
    const keep = createWakeLock({
      request: async () => {
        calls.push('asked');
        if (refuse) throw new DOMException('hidden', 'NotAllowedError');
        return { release: async () => void calls.push('released') };
      },
    });
    await keep(false);
    expect(calls).toEqual([]);
    await keep(true);
    await keep(true);
    expect(calls).toEqual(['asked']);
    await keep(false);
    expect(calls).toEqual(['asked', 'released']);
    refuse = true;
    await keep(true);
    await keep(false);
    refuse = false;
    await keep(true);
    expect(calls).toEqual(['asked', 'released', 'asked', 'asked']);
  });

  test('is left alone by a browser that cannot', async () => {
    await expect(createWakeLock(undefined)(true)).resolves.toBeUndefined();
  });
});
