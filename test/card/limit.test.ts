/** A check of a card keeps to its time, says what it left out, and fails where something was wrong. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { doParts, type Part, type Time } from './limit.ts';
import { type Check, type Found, reportOf, statusOf } from './report.ts';

/** A clock that goes on as work says, and wakes whoever waits. */
function clockOf(): Time & { readonly pass: (seconds: number) => Promise<void> } {
  let now = 0;
  const waiting: { readonly at: number; readonly wake: () => void }[] = [];
  return {
    now: () => now,
    at: (at) => new Promise((wake) => void waiting.push({ at, wake })),
    pass: async (seconds) => {
      now += 1000 * seconds;
      for (const { at, wake } of waiting) if (at <= now) wake();
      await new Promise((resolve) => void setImmediate(resolve));
    },
  };
}

describe('a check with a limit', () => {
  test('does its parts in their order, and misses nothing where there is time', async () => {
    const clock = clockOf();
    const order: string[] = [];
    const part = (name: string, until: number): Part => ({
      name,
      until,
      run: async () => {
        order.push(name);
        await clock.pass(10);
      },
    });
    const done = await doParts([part('a', 0.5), part('b', 1)], 100, clock);
    expect([order, done]).toEqual([['a', 'b'], { seconds: 20, missing: [], failures: {} }]);
  });

  test('ends in time whatever its parts do, and names every part that was not done', async () => {
    const times = fc.array(fc.record({ takes: fc.integer({ min: 0, max: 90 }), until: fc.integer({ min: 1, max: 10 }) }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(times, async (wanted) => {
        const clock = clockOf();
        const begun: string[] = [];
        const ended: string[] = [];
        const parts = wanted.map(({ takes, until }, i): Part => ({
          name: `${i}`,
          until: until / 10,
          run: async () => {
            begun.push(`${i}`);
            for (let second = 0; second < takes; second++) await clock.pass(1);
            ended.push(`${i}`);
          },
        }));
        const { seconds, missing } = await doParts(parts, 60, clock);
        expect(seconds).toBeLessThanOrEqual(60);
        expect([...missing, ...ended].toSorted()).toEqual(parts.map(({ name }) => name));
        expect(begun.length - ended.length).toBeLessThanOrEqual(1);
      }),
      { seed: 5 },
    );
  });

  test('goes on after a part that fails, and says why it did', async () => {
    const clock = clockOf();
    const fails: Part = { name: 'speeds', until: 1, run: () => Promise.reject(new RangeError('no memory')) };
    const leaves: Part = { name: 'run', until: 1, run: async (_, missing) => missing('half of the run') };
    expect(await doParts([fails, leaves], 60, clock)).toEqual({
      seconds: 0,
      missing: ['half of the run'],
      failures: { speeds: 'RangeError: no memory' },
    });
  });
});

describe('what a check found', () => {
  const check = (state: Check['state']): Check => ({ what: state, state, seconds: 1, reason: null, error: 1e-6, allowed: 2e-5 });
  const adapter = { name: 'acme rocket', software: false, limits: { maxBufferSize: 1 }, features: ['subgroups'] };
  const found = (...states: Check['state'][]): Found => ({
    commit: 'abc',
    machine: 'one core',
    adapter,
    firstAnswerSeconds: 1,
    measured: [],
    run: null,
    checks: states.map(check),
  });
  const done = { seconds: 5, missing: [], failures: {} };

  test('is complete and right where every test was right or did not apply', () => {
    const report = reportOf(found('right', 'right', 'left out'), done, 360);
    expect(report).toMatchObject({ complete: true, operations: { right: 2, wrong: 0, notRun: 0, leftOut: 1 }, adapter });
    expect(statusOf(report)).toBe(0);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  test('fails where a test, a part or a measurement failed', () => {
    expect(statusOf(reportOf(found('right', 'wrong'), done, 360))).toBe(1);
    expect(statusOf(reportOf(found('right'), { ...done, failures: { speeds: 'no memory' } }, 360))).toBe(1);
    const row = { name: 'matrix product', shape: 'large', unit: 'GFLOP/s', value: null };
    expect(statusOf(reportOf({ ...found('right'), measured: [row] }, done, 360))).toBe(1);
  });

  test('says what is missing, and that it is not complete', () => {
    const report = reportOf(found('right', 'not run', 'not run'), { ...done, missing: ['speeds'] }, 360);
    expect(report.missing).toEqual(['speeds', '2 tests of operations']);
    expect([report.complete, statusOf(report)]).toEqual([false, 0]);
  });
});
