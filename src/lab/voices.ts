/** Asks a bundled model questions of every kind, cold and after one demonstration: a second or so of work, which touches no run. Knows no page. */
import { measure, SETTINGS } from '../evals/generation.ts';
import { unpackMarks } from '../marks.ts';
import type { ModelFiles } from '../model/load.ts';
import { mean } from '../numbers.ts';
import type { KindShares, Voices } from '../protocol/voices.ts';
import { TfLanguageModel } from '../training/language-model.ts';
import type { Weights } from './replica.ts';
import type { Tasks } from './tasks.ts';

/** Enough of the seldom kinds for bars that do not jump. */
const QUESTIONS = 200;
/** Longer than what its world's answers take. */
const LONGEST = 40;
const ASKED = ['zeroShot', 'oneShot'] as const satisfies readonly (keyof typeof SETTINGS)[];

export async function askVoices(files: ModelFiles, tasks: Tasks, { tuning, seed, state }: Weights): Promise<Voices> {
  const { task, end } = tasks;
  const questions = tasks.stock({ seed: 0, prompts: 0, questions: QUESTIONS }).test;
  using model = new TfLanguageModel(files, tuning, { seed, end });
  await model.restore(state);
  const measuring = measure(model, task, questions, { settings: ASKED, seed: 0, maxTokens: LONGEST });
  let step = await measuring.next();
  while (step.done !== true) step = await measuring.next();
  const { marks } = step.value;
  const byKind = (name: (typeof ASKED)[number]): KindShares => {
    const own = unpackMarks(marks[name] ?? '');
    const kinds = [...new Set(questions.map(({ kind }) => kind))];
    return Object.fromEntries(
      kinds.map((kind) => [kind, mean(questions.flatMap((question, i) => (question.kind === kind ? [own[i] ?? 0] : [])))]),
    );
  };
  return { cold: byKind('zeroShot'), shown: byKind('oneShot') };
}
