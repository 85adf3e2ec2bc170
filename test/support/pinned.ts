/**
 * Texts that a program makes, pinned in a folder, one file each, so that a change shows in a diff. `npx vitest run --project node FILE -u`
 * renews them, and takes away what nothing makes any more. Knows no kernel and no chart.
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';

/** Declares the tests that the files of `folder` with names that end so are exactly those of `made`, by name. */
export function testPins(folder: string, extension: `.${string}`, made: ReadonlyMap<string, string>): void {
  mkdirSync(folder, { recursive: true });
  const before = readdirSync(folder).filter((name) => name.endsWith(extension));
  const stale = before.filter((name) => !made.has(name));
  const renewing = inject('renewing');

  test.each([...made.keys()].toSorted())('%s is what is pinned', async (name) => {
    if (!renewing) expect(before, 'it is not pinned yet').toContain(name);
    await expect(made.get(name)).toMatchFileSnapshot(join(folder, name));
  });

  test('are all that is pinned', () => {
    if (renewing) for (const name of stale) rmSync(join(folder, name));
    else expect(stale).toEqual([]);
  });
}
