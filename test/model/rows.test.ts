/** Rows that are answered at a time where nobody tells the memory: they grow while there is room, and stay where there is none. */
import { describe, expect, it } from 'vitest';
import { GrowingRows } from '../../src/model/rows.ts';

const STEPS = [
  { rows: 8, bytes: 100 },
  { rows: 16, bytes: 200 },
  { rows: 32, bytes: 400 },
];

describe('rows', () => {
  it('begin small, double after each batch that was answered, and end where there is no more room', async () => {
    const asked: number[] = [];
    const rows = new GrowingRows(STEPS, async (bytes) => asked.push(bytes) > 0 && bytes <= 200);
    expect(rows.now).toBe(8);
    const seen = [];
    for (let batch = 0; batch < 5; batch++) seen.push(await rows.next(100));
    expect(seen).toEqual([8, 16, 16, 16, 16]);
    // what did not fit is not tried again
    expect(asked).toEqual([200, 400]);
  });

  it('do not grow for fewer texts than they are', async () => {
    const rows = new GrowingRows(STEPS, async () => true);
    const seen = [];
    for (const waiting of [100, 8, 9, 16, 17, 100]) seen.push(await rows.next(waiting));
    expect(seen).toEqual([8, 8, 16, 16, 32, 32]);
  });

  it('are one where there are no steps', async () => {
    const rows = new GrowingRows([], async () => true);
    expect([rows.now, await rows.next(9)]).toEqual([1, 1]);
  });
});
