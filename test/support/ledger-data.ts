/** Made-up rows of a run, small and easy to tell apart, for the tests of the store. */
import type { AdapterState } from '../../src/contracts/language-model.ts';
import { DEFAULTS } from '../../src/run/config.ts';
import type { HeldOutAnswer, HeldOutAnswers, Measured, RoundResult, Sample } from '../../src/contracts/records.ts';
import type { RunResult } from '../../src/run/records.ts';
import { sha256 } from '../../src/digest.ts';

export const BASE: Measured = {
  scores: { zeroShot: 0.5, oneShot: 0.6, fewShot: 0.7 },
  validation: 0.55,
  byKind: { fact: 0.5 },
  outOfDistribution: 0.4,
  extras: null,
};

export function sampleOf(run: string, round: number, index: number, change: Partial<Sample> = {}): Sample {
  return {
    run,
    round,
    index,
    promptId: `p${index}`,
    kind: 'fact',
    question: 'Where is the bell?',
    demonstrationIds: ['d1', 'd2'],
    context: 'User: Where is the bell?\nBot:',
    completion: ' The bell is in the tower.\n',
    pieces: [' The', ' bell'],
    logProbs: [-0.25, -0.5],
    perplexity: Math.exp(0.375),
    difficulty: null,
    verdict: 'kept',
    aligned: true,
    order: null,
    seed: `7/round ${round}/p${index}`,
    ...change,
  };
}

export function resultOf(round: number): RoundResult {
  const counts = { round, prompts: 4, kept: 3, labelQuality: 0.75, validation: 0.5 + round / 10, trainLoss: [2, 1], byKind: { fact: 0.9 } };
  return { ...counts, zeroShot: 0.6, oneShot: 0.7, fewShot: 0.8, outOfDistribution: 0.5, extras: null };
}

/** The answers by which a round was measured, one of them chosen among two. */
export function heldOutOf(round: number): HeldOutAnswers {
  const answer = (id: string): HeldOutAnswer => ({
    id,
    kind: 'fact',
    question: 'Where is the bell?',
    text: ` It is ${round}.\n`,
    mark: round % 2,
  });
  const choices = [
    { logLikelihood: -1.5 - round, tokens: 3 },
    { logLikelihood: -2.25, tokens: 4 },
  ];
  return { validation: [answer('v0')], test: [answer('t0'), { ...answer('t1'), mark: 0.5, choices }] };
}

export async function adapterOf(fill: number, length = 1000): Promise<AdapterState> {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = i * 31 + fill * 7 + (i >>> 8) + (i >>> 20);
  return { bytes, hash: await sha256(bytes) };
}

export const RESULT: RunResult = {
  seed: 7,
  method: 'soft+',
  backend: 'wasm',
  device: 'CPU',
  commit: 'unknown',
  sessions: [{ backend: 'wasm', device: 'CPU', commit: 'unknown', workers: 1, seconds: 3 }],
  seconds: 3,
  firstSampleSeconds: 1,
  base: BASE.scores,
  rounds: [],
  bestRound: 0,
  adapterHash: '',
  baseMeasured: BASE,
  config: DEFAULTS,
};
