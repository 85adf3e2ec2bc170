/** SHA-256 with and without the browser's own digest, which a page over plain http does not have. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { Sha256, sha256 } from '../src/digest.ts';

afterEach(() => vi.unstubAllGlobals());

const expected = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const someBytes = fc.uint8Array({ maxLength: 300 }).map((bytes) => new Uint8Array(bytes));

test('is the same with the browser’s digest, without it, and in pieces', async () => {
  await fc.assert(
    fc.asyncProperty(someBytes, fc.array(fc.nat(300)), async (bytes, cuts) => {
      vi.unstubAllGlobals();
      expect(await sha256(bytes)).toBe(expected(bytes));
      vi.stubGlobal('crypto', { subtle: undefined });
      expect(await sha256(bytes)).toBe(expected(bytes));
      const hash = new Sha256();
      const ends = [...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
      for (const [i, end] of ends.entries()) hash.update(bytes.subarray(ends[i - 1] ?? 0, end));
      expect(hash.hex()).toBe(expected(bytes));
    }),
  );
});

test('without the browser’s digest, bytes of several pieces are hashed with turns for others between', async () => {
  vi.stubGlobal('crypto', undefined);
  const bytes = new Uint8Array(9 * 1024 * 1024).fill(3);
  let turns = 0;
  const timer = setInterval(() => turns++);
  expect(await sha256(bytes)).toBe(expected(bytes));
  clearInterval(timer);
  expect(turns).toBeGreaterThan(0);
});
