/** A stranger's zip: nothing that was not expected comes out of it, and nothing grows without bound. */
import { type Zippable, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { unzipped } from '../../src/files/in/zip.ts';

type Bytes = Uint8Array<ArrayBuffer>;
const text = (value: string): Bytes => new TextEncoder().encode(value);
const zip = (files: Zippable, level: 0 | 6 = 0): Bytes => zipSync(files, { level });
const any = (): boolean => true;

/** The same bytes with every `from` replaced by a `to` of the same length. */
function renamed(bytes: Bytes, from: string, to: string): Bytes {
  const made = bytes.slice();
  const [before, after] = [text(from), text(to)];
  for (let at = 0; at + before.length <= made.length; at++) if (before.every((byte, i) => made[at + i] === byte)) made.set(after, at);
  return made;
}

/** The same zip, whose list says that its first file unpacks to so many bytes. */
function claiming(bytes: Bytes, size: number): Bytes {
  const made = bytes.slice();
  const view = new DataView(made.buffer);
  for (let at = 0; at + 4 <= made.length; at++)
    if (view.getUint32(at, true) === 0x02014b50) {
      view.setUint32(at + 24, size, true);
      return made;
    }
  throw new Error('the zip has no list');
}

describe('a zip', () => {
  it('gives its files, packed or not', () => {
    for (const level of [0, 6] as const) {
      const files = unzipped(zip({ 'a.txt': text('one '.repeat(50)), 'b/c.txt': text('') }, level), any);
      expect([...files.keys()]).toEqual(['a.txt', 'b/c.txt']);
      expect(new TextDecoder().decode(files.get('a.txt'))).toBe('one '.repeat(50));
    }
  });

  it.each<readonly [string, () => Bytes, string, RegExp]>([
    ['is none', () => text('holiday'), 'IMPORT_FORMAT', /no zip that can be read/],
    ['has a name that was not expected', () => zip({ 'x.js': text('1') }), 'IMPORT_FORMAT', /x\.js.* does not belong/],
    ['has a name twice', () => renamed(zip({ 'a.txt': text('1'), 'b.txt': text('2') }), 'b.txt', 'a.txt'), 'IMPORT_FORMAT', /twice/],
    [
      'has too many files',
      () => zip(Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`${i}.txt`, text('1')]))),
      'IMPORT_LIMIT',
      /more than 64/,
    ],
    ['would fill the memory', () => claiming(zip({ 'a.txt': text('1') }), 2 ** 30), 'IMPORT_LIMIT', /unpacks to more than/],
    ['would grow a thousand times', () => zip({ 'a.txt': new Uint8Array(2 ** 22) }, 6), 'IMPORT_LIMIT', /more than 100 times/],
    ['has a file of another size than it says', () => claiming(zip({ 'a.txt': text('12345') }), 4), 'IMPORT_FORMAT', /not as large/],
  ])('that %s is refused', (_, make, code, detail) => {
    let error: unknown;
    try {
      unzipped(make(), (name) => name.endsWith('.txt'));
    } catch (reason) {
      error = reason;
    }
    expect(error).toMatchObject({ code, detail: expect.stringMatching(detail) as unknown });
  });
});
