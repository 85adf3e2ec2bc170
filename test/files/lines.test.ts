/** Files of one JSON object a line, or one list of them, as strangers write them. */
import { describe, expect, it } from 'vitest';
import { allOf, readArray, readLines } from '../../src/files/in/lines.ts';
import type { Fields } from '../../src/fields.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const name = (row: Fields): string => row.string('name');

describe('a list in one file', () => {
  it('has its bad items listed by number, and the rest can be kept', () => {
    const { rows, bad } = readArray('a.json', encode('[{"name": "a"}, 7, {"name": 1}, {"name": "b"}]'), name);
    expect(rows).toEqual(['a', 'b']);
    expect(bad).toEqual([
      { line: 2, reason: 'the file must be an object' },
      { line: 3, reason: 'name must be a string' },
    ]);
    expect(() => allOf('a.json', { rows, bad })).toThrow(
      expect.objectContaining({ detail: 'a.json: line 2: the file must be an object; line 3: name must be a string' }),
    );
  });

  it('is refused where it is no list', () => {
    expect(() => readArray('a.json', encode('{"name": "a"}'), name)).toThrow(
      expect.objectContaining({ code: 'IMPORT_FORMAT', detail: 'a.json is not a list' }),
    );
  });
});

describe('a mistake of the program', () => {
  it('is never taken for a bad line of the file', () => {
    const mistaken = (): never => {
      throw new TypeError('a mistake');
    };
    expect(() => readArray('a.json', encode('[{}]'), mistaken)).toThrow(TypeError);
    expect(() => readLines('a.jsonl', encode('{}'), mistaken)).toThrow(TypeError);
  });
});
