/**
 * The probes of a kit: questions that no round is chosen by, asked once at the end of the base and of the returned round. What of the plain
 * facts is still known, what a benchmark says, and how the model puts things in its own words. Knows no training and no rounds.
 */
import type { LanguageModel } from '../contracts/language-model.ts';
import type { Probed, ProbeScore, SaidAnswer } from '../contracts/records.ts';
import type { Question, Task } from '../contracts/task.ts';
import { mean } from '../numbers.ts';
import { measureByLikelihood } from './likelihood.ts';
import { packMarks } from '../marks.ts';
import { truthfulness } from './truthful.ts';

/** Questions with answers to choose from, of which `kind` names the set, and questions to answer freely. */
export type ProbeQuestions = { readonly asked: readonly Question[]; readonly open: readonly Question[] };

type Progress = { readonly done: number; readonly total: number };

/** Asks all of them, zero-shot and greedily. Yields how many are in. */
export async function* probe(
  model: LanguageModel,
  task: Task,
  { asked, open }: ProbeQuestions,
  { seed, maxTokens }: { readonly seed: number; readonly maxTokens: number },
): AsyncGenerator<Progress, Probed> {
  const total = asked.length + open.length;
  const choosing = measureByLikelihood(model, task, asked, { settings: ['zeroShot'], seed });
  let step = await choosing.next();
  for (; step.done !== true; step = await choosing.next()) yield { done: step.value.done, total };
  const { answers } = step.value;
  const ofSet = (name: string): ProbeScore => {
    const at = asked.flatMap(({ kind }, i) => (kind === name ? [i] : []));
    const own = at.flatMap((i) => answers[i] ?? []);
    const marks = own.map(({ mark }) => mark);
    const questions = at.flatMap((i) => asked[i] ?? []);
    return { share: mean(marks), marks: packMarks(marks), ...truthfulness(task, questions, own) };
  };
  const said: SaidAnswer[] = [];
  const requests = open.map((question) => ({
    prompt: task.context(question, { demonstrations: [], principles: false }),
    seed: question.id,
  }));
  const options = { maxTokens, temperature: 0, topK: 0, topP: 1, stop: [task.stop] };
  let done = asked.length;
  for await (const { index, text, pieces, finish } of model.generate(requests, options)) {
    const question = open[index];
    if (question === undefined) continue;
    const { id, kind, text: words } = question;
    const row = { id, kind, question: words, text: task.said(text), tokens: pieces.length, ended: finish === 'stop' };
    said[index] = { ...row, declines: task.refuses(text) };
    yield { done: ++done, total };
  }
  return { sets: Object.fromEntries([...new Set(asked.map(({ kind }) => kind))].map((name) => [name, ofSet(name)])), said };
}
