/** Which runs are shown for the model that is open: those of the same weights and the same kit. */
import { expect, it } from 'vitest';
import { isSameModel, type RunModel } from '../../src/run/records.ts';

const model = (fingerprint: string, hash?: string, name = 'mine'): RunModel => ({
  name,
  fingerprint,
  ...(hash === undefined ? {} : { kit: { name: 'kit', hash } }),
});

it.each([
  ['of the same weights with the same kit', model('w', 'k'), true],
  ['of the same weights under another name', model('w', 'k', 'renamed'), true],
  ['of the same weights, from before the kit was remembered', model('w'), true],
  ['of the same weights with another kit', model('w', 'other'), false],
  ['of other weights', model('v', 'k'), false],
  ['of other weights, from before the kit was remembered', model('v'), false],
])('a run %s', (_, other, same) => {
  expect(isSameModel(model('w', 'k'), other)).toBe(same);
  expect(isSameModel(other, model('w', 'k'))).toBe(same);
});

it.each<[string | undefined, string | undefined, boolean]>([
  ['a', 'a', true],
  ['a', 'b', false],
  [undefined, 'b', true],
  ['a', undefined, true],
])('weights that begin as %s and as %s are the same: %s', (mine, other, same) => {
  const of = (weights: string | undefined) => ({ ...model('w', 'k'), ...(weights === undefined ? {} : { weights }) });
  expect(isSameModel(of(mine), of(other))).toBe(same);
  expect(isSameModel(of(mine), { ...of(mine), fingerprint: 'v' })).toBe(false);
});
