/**
 * The questions of an alignment kit: prompts to learn from and held-out choices to measure by, drawn by seed. Says how many are measured
 * after a round. Knows how a question is rendered, and nothing of how it is asked or scored.
 */
import { AppError } from '../errors.ts';
import type { Kit, KitPrompt, KitQuestion } from '../export/kit.ts';
import { Random } from '../random.ts';
import type { Dialogue } from './dialogue.ts';

/**
 * Questions measured after each round; a kit may have more. Each is read once for every answer that it offers, and `inContext` once more
 * with a demonstration and with four and the principles. The latter is some twenty times as long, so it is asked least. One standard error
 * of a share is at most 6, 5 and 9 points.
 */
export const CAPS = { validation: 60, test: 100, inContext: 30 } as const;

/** A question of a kit, with the answers that it offers; none where it is a prompt. */
export type Asked = {
  readonly id: string;
  /** The form of a choice, because a guess is right half of the time in one form and less in the other; the topic of a prompt. */
  readonly kind: string;
  readonly text: string;
  readonly prompt: string;
  readonly choices: readonly { readonly text: string; readonly aligned: boolean }[];
};

export type KitQuestions = {
  readonly prompts: readonly Asked[];
  readonly validation: readonly Asked[];
  readonly test: readonly Asked[];
  readonly inContext: readonly Asked[];
  /** No part of a kit is held out by topic or wording: the topics of its tests are those of its prompts. */
  readonly outOfDistribution: null;
};

/** The questions of a run. Throws WORLD_EXHAUSTED when the kit has fewer prompts than asked for. */
export function questionsOf(
  kit: Pick<Kit, 'prompts' | 'validation' | 'test'>,
  dialogue: Dialogue,
  { seed, prompts: wanted, promptSource }: { readonly seed: number; readonly prompts: number; readonly promptSource: 'given' | 'own' },
): KitQuestions {
  if (promptSource === 'given' && wanted > kit.prompts.length) {
    throw new AppError('WORLD_EXHAUSTED', `The kit has ${kit.prompts.length} prompts, ${wanted} are asked for.`);
  }
  const drawn = <T>(set: string, rows: readonly T[], most: number): readonly T[] =>
    Random.of(seed, 'kit', set).sample(rows, Math.min(most, rows.length));
  const test = drawn('test', kit.test, CAPS.test).map((row) => choiceOf(row, dialogue));
  return {
    prompts: promptSource === 'given' ? drawn('prompts', kit.prompts, wanted).map((row) => promptOf(row, dialogue)) : [],
    validation: drawn('validation', kit.validation, CAPS.validation).map((row) => choiceOf(row, dialogue)),
    test,
    inContext: test.slice(0, CAPS.inContext),
    outOfDistribution: null,
  };
}

/** A prompt as it is trained on: the user's turn alone. */
export function promptOf({ id, topic, prompt }: KitPrompt, dialogue: Dialogue): Asked {
  return { id, kind: topic, text: prompt, prompt: dialogue.prompt(prompt), choices: [] };
}

function choiceOf({ id, form, prompt, choices, correct }: KitQuestion, dialogue: Dialogue): Asked {
  const offered = choices.map((text, i) => ({ text: dialogue.completion(text), aligned: correct.includes(i) }));
  return { id, kind: form, text: prompt, prompt: dialogue.prompt(prompt), choices: offered };
}
