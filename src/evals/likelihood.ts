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
import type { Question, Task } from '../contracts/task.ts';

/** Questions whose answers are scored at a time: what the progress of a large model waits for. */
const AT_ONCE = 2;

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
    const some = asked.slice(answers.length, answers.length + AT_ONCE).map(({ setting, question }) => ({
      prompt: promptIn(task, question, setting, seed),
      candidates: task.candidates(question),
    }));
    const rows = some.flatMap(({ prompt, candidates }) => candidates.map(({ text }) => ({ prompt, completion: text })));
    const scores = await model.score(rows);
    let at = 0;
    for (const { candidates } of some) {
      const own = scores.slice(at, (at += candidates.length));
      const rated = candidates.map(({ aligned, text }, i) => ({ aligned, text, logLikelihood: perToken(own[i]) }));
      const most = Math.max(...rated.map(({ logLikelihood }) => logLikelihood));
      answers.push({
        text: rated.find(({ logLikelihood }) => logLikelihood === most)?.text ?? '',
        mark: mc1(rated),
        choices: own.map(({ nll, tokens }) => ({ logLikelihood: -nll, tokens })),
      });
    }
    yield { done: answers.length, total: asked.length };
  }
  return summed(asked, answers, settings);
}
