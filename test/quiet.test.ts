/** A newer version takes over when no page is being opened: the earlier one says when it was last asked. */
import { describe, expect, it } from 'vitest';
import { Quiet } from '../src/quiet.ts';

function withClock() {
  const clock = { time: 100_000, waits: [] as number[] };
  const during: (() => void)[] = [];
  const quiet = new Quiet({
    now: () => clock.time,
    wait: async (ms) => {
      clock.waits.push(ms);
      clock.time += ms;
      during.shift()?.();
    },
  });
  return { clock, during, quiet };
}

describe('a service worker', () => {
  it('that nobody has asked since it began, or for five seconds, says so at once', async () => {
    const { clock, quiet } = withClock();
    await quiet.until();
    quiet.asked();
    clock.time += 5000;
    await quiet.until();
    expect(clock.waits).toEqual([]);
  });

  it('that was asked two seconds ago waits for three, and as long again as it is asked meanwhile', async () => {
    const { clock, during, quiet } = withClock();
    quiet.asked();
    clock.time += 2000;
    during.push(() => {
      clock.time -= 1000;
      quiet.asked();
      clock.time += 1000;
    });
    await quiet.until();
    expect(clock.waits).toEqual([3000, 4000]);
  });
});
