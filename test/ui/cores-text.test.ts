/** The bar says how many cores work on the open model, and a click says why. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Cores, coresText } from '../../src/ui/cores-text.ts';

const LARGE: Cores = { machine: 4, isolation: 'isolated', small: false, workers: 1, threads: 4 };
const SMALL: Cores = { machine: 4, isolation: 'isolated', small: true, workers: 4, threads: 1 };

describe('the bar', () => {
  it.each<readonly [string, Cores, string, RegExp]>([
    ['a small model', SMALL, '4 cores', /small: 4 workers.*own copy.*fine-tuning.*one/],
    ['a small model without isolation', { ...SMALL, isolation: 'insecure' }, '4 cores', /small: 4 workers/],
    ['a small model on many cores', { ...SMALL, machine: 32, workers: 16 }, '16 of 32 cores', /16 workers/],
    ['a large model', LARGE, '4 cores', /large: 4 threads.*one copy/],
    ['a large model on many cores', { ...LARGE, machine: 64, threads: 8 }, '8 of 64 cores', /8 threads/],
    ['a single core', { ...SMALL, machine: 1, workers: 1 }, '1 core', /tells of one core/],
    ['a single core without isolation', { ...LARGE, machine: 1, threads: 1, isolation: 'insecure' }, '1 core', /tells of one core/],
    ['a small model of the user’s', { ...SMALL, workers: 1 }, '1 core', /picked or downloaded/],
    ['plain http', { ...LARGE, threads: 1, isolation: 'insecure' }, '1 core: plain http', /of 4 cores one works.*https, or from localhost/],
    ['a frame', { ...LARGE, threads: 1, isolation: 'framed' }, '1 core: inside another page', /a tab of its own/],
    ['a blocked service worker', { ...LARGE, threads: 1, isolation: 'refused' }, '1 core: not isolated', /private windows.*again may help/],
    ['isolation that is not wanted', { ...LARGE, threads: 1, isolation: 'off' }, '1 core: isolation is off', /isolate=off/],
    ['threads that do not start', { ...LARGE, threads: 1 }, '1 core', /could not be started/],
  ])('on %s', (_, cores, short, why) => {
    const text = coresText(cores);
    expect(text.short).toBe(short);
    expect(text.why).toMatch(why);
  });

  it('never claims more cores than work, and blames isolation for nothing but one core and a large model', () => {
    const any = fc.record({
      machine: fc.integer({ min: 1, max: 128 }),
      isolation: fc.constantFrom('isolated', 'insecure', 'framed', 'off', 'refused'),
      small: fc.boolean(),
      workers: fc.integer({ min: 1, max: 16 }),
      threads: fc.integer({ min: 1, max: 16 }),
    });
    fc.assert(
      fc.property(any, (cores) => {
        const { short, why } = coresText(cores);
        expect(Number.parseInt(short, 10)).toBe(Math.max(cores.workers, cores.threads));
        const blamed = short.includes(':');
        const alone = cores.workers === 1 && cores.threads === 1 && cores.machine > 1;
        expect(blamed).toBe(alone && !cores.small && cores.isolation !== 'isolated');
        expect(why).toMatch(/^[A-Z].*\.$/);
      }),
    );
  });
});
