/**
 * Asks a bundled model questions of every kind, cold and after one demonstration. Answers are drawn at temperature 1: the likeliest answer would be
 * that of the commonest writer alone. Touches no run; knows no page.
 */
import { answered, promptIn, type SettingName } from '../evals/generation.ts';
import type { ModelFiles } from '../model/load.ts';
import { mean } from '../numbers.ts';
import type { KindShares, Voices } from '../protocol/voices.ts';
import { TfLanguageModel } from '../training/language-model.ts';
import { LONGEST } from './drawn.ts';
import type { Weights } from './replica.ts';
import type { Tasks } from './tasks.ts';

/** Enough of the seldom kinds for bars that do not jump. */
const QUESTIONS = 200;

export async function askVoices(files: ModelFiles, tasks: Tasks, { tuning, seed, state }: Weights): Promise<Voices> {
  const { task, end } = tasks;
  const questions = tasks.stock({ seed: 0, prompts: 0, questions: QUESTIONS }).test;
  const kinds = [...new Set(questions.map(({ kind }) => kind))];
  using model = new TfLanguageModel(files, tuning, { seed, end });
  await model.restore(state);
  const sharesOf = async (setting: SettingName): Promise<KindShares> => {
    const requests = questions.map((question) => ({ question, prompt: promptIn(task, question, setting, 0), seed: question.id }));
    const asking = answered(model, task, requests, { temperature: 1, maxTokens: LONGEST });
    let step = await asking.next();
    while (step.done !== true) step = await asking.next();
    const marks = step.value.map(({ mark }) => mark);
    const of = (kind: string): number => mean(questions.flatMap((question, i) => (question.kind === kind ? [marks[i] ?? 0] : [])));
    return Object.fromEntries(kinds.map((kind) => [kind, of(kind)]));
  };
  return { cold: await sharesOf('zeroShot'), shown: await sharesOf('oneShot') };
}
