/** Answers of a bundled model with the writers of its world who would say them. Knows no chapter. */
import { AppError } from '../errors.ts';
import type { DrawnAnswer } from '../protocol/lesson.ts';
import type { TfLanguageModel } from '../training/language-model.ts';
import type { KnownWorld } from '../world/list.ts';

/** Tokens of an answer at most: longer than what a world's answers take. */
export const LONGEST = 40;

/** A whole completion of a world's answer. */
export const asCompletion = (answer: string): string => ` ${answer}\n`;

/** What the highest writer of a world says to a question. Throws WORLD_EXHAUSTED where nobody asks it. */
export function bestTo(world: KnownWorld, question: string): string {
  const answer = world.voicesTo?.(question).at(-1)?.answers[0];
  if (answer === undefined) throw new AppError('WORLD_EXHAUSTED', `the world does not ask “${question}”`);
  return answer;
}

/** One answer, drawn, with the writers who would say it. */
export async function drawn(
  model: TfLanguageModel,
  { task, voicesTo }: KnownWorld,
  {
    question,
    prompt,
    seed,
    temperature,
  }: { readonly question: string; readonly prompt: string; readonly seed: string; readonly temperature: number },
): Promise<{ readonly answer: DrawnAnswer; readonly whole: string; readonly finish: 'stop' | 'length' }> {
  const options = { maxTokens: LONGEST, temperature, topK: 0, topP: 1, stop: [task.stop] };
  for await (const { text, pieces, logProbs, finish } of model.generate([{ prompt, seed }], options)) {
    const said = task.said(text).trim();
    const voice = (voicesTo?.(question) ?? []).findIndex(({ answers }) => answers.includes(said));
    const tokens = pieces.map((piece, i) => ({ text: piece, chance: Math.exp(logProbs[i] ?? 0) }));
    return { answer: { text: text.trim(), tokens, voice: voice === -1 ? null : voice }, whole: text, finish };
  }
  throw new AppError('INTERNAL', 'no answer came');
}
