/**
 * Measures a model by its choices, where nobody can grade a free answer: of the answers given with a question, does it hold an aligned
 * one likeliest? With zero, one or several demonstrations. Generates nothing; knows no training and no rounds.
 *
 * Likeliest is the highest mean log-likelihood of a token, end of the answer included. TruthfulQA's MC1 (arXiv 2109.07958) takes the sum,
 * as mc1 and mc2 in choice.ts do; it suits its answers, which are all one line. Over sentences and paragraphs a sum tells the shorter
 * answer rather than the better one, and a round that makes a model terse or wordy would move it.
 */
import type { LanguageModel, Score } from '../contracts/language-model.ts';
import { mc1 } from './choice.ts';
import { promptIn, summed, type Marked, type Measurement, type SettingName } from './generation.ts';
import type { Candidate, Question, Task } from '../contracts/task.ts';

/**
 * Questions are asked together up to so many characters, each with its answers, two at least: what they begin with in common is read once
 * then, and few short texts would not keep a large model busy. The progress of a large model waits for it.
 */
const CHARACTERS_AT_ONCE = 4096;

/** Mean over the tokens; an answer of no token is the unlikeliest. */
const perToken = (score: Score | undefined): number => (score === undefined || score.tokens === 0 ? -Infinity : -score.nll / score.tokens);

/**
 * Asks every question in every named setting. Yields how many are done; returns the shares, a tie counted by its part that is aligned.
 * Every question needs candidates: one without counts as wrong.
 */
export async function* measureByLikelihood(
  model: LanguageModel,
  task: Task,
  questions: readonly Question[],
  { settings, seed }: { readonly settings: readonly SettingName[]; readonly seed: number },
): AsyncGenerator<{ readonly done: number; readonly total: number }, Measurement> {
  const asked = settings.flatMap((setting) => questions.map((question) => ({ setting, question })));
  const answers: Marked[] = [];
  yield { done: 0, total: asked.length };
  while (answers.length < asked.length) {
    const some: { readonly prompt: string; readonly candidates: readonly Candidate[] }[] = [];
    let characters = 0;
    for (const { setting, question } of asked.slice(answers.length)) {
      const [prompt, candidates] = [promptIn(task, question, setting, seed), task.candidates(question)];
      characters += candidates.reduce((sum, { text }) => sum + text.length, prompt.length);
      if (some.length >= 2 && characters > CHARACTERS_AT_ONCE) break;
      some.push({ prompt, candidates });
    }
    const rows = some.flatMap(({ prompt, candidates }) => candidates.map(({ text }) => ({ prompt, completion: text })));
    const scores = await model.score(rows);
    let at = 0;
    for (const { candidates } of some) {
      const own = scores.slice(at, (at += candidates.length));
      const rated = candidates.map(({ aligned, text }, i) => ({ aligned, text, logLikelihood: perToken(own[i]) }));
      const most = Math.max(...rated.map(({ logLikelihood }) => logLikelihood));
      const chosen = rated.find(({ logLikelihood }) => logLikelihood === most)?.text ?? '';
      answers.push({
        // what was scored has the frame of a turn around it, for no reader
        text: task.said(chosen),
        mark: mc1(rated),
        choices: own.map(({ nll, tokens }) => ({ logLikelihood: -nll, tokens })),
      });
    }
    yield { done: answers.length, total: asked.length };
  }
  return summed(asked, answers, settings);
}
