/** Does this engine say the same as the CPU? Greedy answers of the bundled model, token by token. Knows no worker. */
import type { Completion, GenerateOptions, GenerateRequest } from '../../contracts/language-model.ts';
import type { EqualTokens } from '../../protocol/machine.ts';
import { DEFAULTS } from '../../run/config.ts';
import { knownWorld } from '../tasks.ts';

/** Answers, and tokens of each. */
const [ANSWERS, TOKENS] = [6, 64];

export const GREEDY: GenerateOptions = { maxTokens: TOKENS, temperature: 0, topK: 0, topP: 1, stop: [] };

/** Questions of the default world, asked cold. */
export function greedyRequests(): readonly GenerateRequest[] {
  return knownWorld(DEFAULTS.world)
    .questions.test(ANSWERS)
    .map(({ prompt, id }) => ({ prompt, seed: id }));
}

/** Tokens that agree before the first of each answer that does not: what comes after it answers something else. */
export function equalTokens(mine: readonly Completion[], theirs: readonly Completion[]): EqualTokens {
  let [equal, of] = [0, 0];
  for (const { index, pieces } of theirs) {
    const own = mine.find((completion) => completion.index === index)?.pieces ?? [];
    const apart = pieces.findIndex((piece, i) => piece !== own[i]);
    equal += apart < 0 ? pieces.length : apart;
    of += Math.max(pieces.length, own.length);
  }
  return { equal, of };
}
