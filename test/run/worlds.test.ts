/** What page and tables say of the worlds. */
import { expect, test } from 'vitest';
import { aboutWorld, alignedOn, hasWorld, kindsOf, outsideOf } from '../../src/run/worlds.ts';

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

test('who is aligned on a kind, and on what a writer is, are told of a world of writers alone', () => {
  const writers = aboutWorld('ladder')?.writers;
  if (writers === undefined) throw new Error('ladder has writers');
  const best = writers.names.at(-1) ?? '';
  for (const { kind, rung } of writers.kinds) expect(alignedOn('ladder', kind)).toEqual(writers.names.slice(rung));
  expect(kindsOf('ladder', best)).toEqual(writers.kinds.map(({ kind }) => kind));
  expect([alignedOn('ladder', 'own'), alignedOn('nowhere', 'help'), kindsOf('nowhere', best), kindsOf('ladder', 'nobody')]).toEqual([
    [],
    [],
    [],
    [],
  ]);
});
