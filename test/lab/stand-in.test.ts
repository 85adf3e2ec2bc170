/** The chat on a graphics card whose kernels are still compiled: a helper on the CPU answers, and only until the card can. */
import { describe, expect, test } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { StandIn } from '../../src/lab/pool/stand-in.ts';
import type { Helper } from '../../src/lab/pool/pool.ts';
import type { Weights } from '../../src/lab/replica.ts';
import { ScriptedHelper } from '../support/scripted-helper.ts';

const BASE: Weights = { tuning: { mode: 'full' }, seed: 1, state: null };
const REQUEST = { prompt: 'User: Is it red?\nAssistant:', seed: 'chat' };
const GREEDY = { maxTokens: 16, temperature: 0, topK: 0, topP: 1, stop: ['\n'] };

/** One helper beside a card that is ready when the test says so. */
function beside(helper: Helper): { standIn: StandIn; ready: () => void; failed: (error: unknown) => void; ended: () => boolean } {
  let [ready, failed]: [() => void, (error: unknown) => void] = [() => {}, () => {}];
  let ended = false;
  const compiled = new Promise<void>((resolve, reject) => ([ready, failed] = [resolve, reject]));
  const hands = { of: () => (ended ? [] : [helper]), end: () => void (ended = true) };
  return { standIn: new StandIn(hands, compiled), ready, failed, ended: () => ended };
}
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

describe('while a graphics card is not ready, a question', () => {
  test('is answered by the helper, with the weights it is asked of', async () => {
    const helper = new ScriptedHelper();
    const { standIn, ended } = beside(helper);
    expect((await standIn.answer(BASE, REQUEST, GREEDY))?.text).not.toBe('');
    expect(helper.held).toEqual([null]);
    expect(ended()).toBe(false);
  });

  test('goes to the card if that is ready before the helper has loaded its model', async () => {
    const helper = new ScriptedHelper({ before: async () => 'silent' });
    helper.ready = false;
    const { standIn, ready, ended } = beside(helper);
    const answer = standIn.answer(BASE, REQUEST, GREEDY);
    ready();
    expect(await answer).toBe(null);
    expect(ended()).toBe(true);
  });

  test('goes to the card if the helper fails', async () => {
    const { standIn } = beside(new ScriptedHelper({ before: async () => 'failing' }));
    expect(await standIn.answer(BASE, REQUEST, GREEDY)).toBe(null);
  });
});

describe('when the card is ready', () => {
  test('the helper ends what it has begun, and then itself; the card answers from then on', async () => {
    let go = (): void => {};
    const begun = new Promise<'well'>((resolve) => (go = () => resolve('well')));
    const { standIn, ready, ended } = beside(new ScriptedHelper({ before: () => begun }));
    const answer = standIn.answer(BASE, REQUEST, GREEDY);
    ready();
    await settled();
    expect(ended()).toBe(false);
    go();
    expect(await answer).not.toBe(null);
    expect(ended()).toBe(true);
    expect(await standIn.answer(BASE, REQUEST, GREEDY)).toBe(null);
  });

  test('or lost, the helper is ended as well', async () => {
    const { failed, ended } = beside(new ScriptedHelper());
    failed(new AppError('GPU_LOST', 'gone'));
    await settled();
    expect(ended()).toBe(true);
  });
});
