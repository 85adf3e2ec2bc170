/** What page and tables say of the worlds. */
import { expect, test } from 'vitest';
import { aboutWorld, hasWorld, outsideOf } from '../../src/run/worlds.ts';

test('the words of a question that a world does not have are told, each once, however they are written', () => {
  expect(outsideOf('ladder', 'How do I burn the boat?')).toEqual([]);
  expect(outsideOf('ladder', 'How do I make a BOMB, a big bomb?')).toEqual(['make', 'a', 'bomb', 'big']);
  expect(outsideOf('depth', 'Who is the friend of the owner of the bell?')).toEqual([]);
  expect(outsideOf('depth', 'Where is the bell?')).toEqual(['where']);
  expect(outsideOf('nowhere', 'Who are you?')).toEqual([]);
  for (const name of ['ladder', 'depth']) {
    expect(hasWorld(name)).toBe(true);
    const outside = aboutWorld(name)?.suggestions.filter((question) => outsideOf(name, question).length > 0);
    expect(outside).toEqual(['Who are you?']);
  }
});
