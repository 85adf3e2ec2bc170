/** Which prompts come in which round: cut as they are, or sorted once by how hard the base model finds them. */
import type { MethodEvent } from '../contracts/events.ts';
import type { Completion } from '../contracts/language-model.ts';
import type { Saved } from '../contracts/ledger.ts';
import type { RoundResult } from '../contracts/records.ts';
import type { Question } from '../contracts/task.ts';
import { words } from '../similarity.ts';
import { demonstrate } from './demonstrations.ts';
import { needsDifficulty, perplexity, perplexityOf, sorted, split } from './difficulty.ts';
import { blocksOf, mastery, nextPart } from './gate.ts';
import type { Inputs, Orders } from './method.ts';
import { sampling, seedsOf } from './primitives/answer.ts';
import { vote } from './primitives/vote.ts';

type Curriculum = {
  /** The prompts of the round after the committed ones. */
  readonly next: (rounds: readonly RoundResult[]) => readonly Question[];
  readonly hardness: ((question: Question) => number) | null;
};

/** Fewer answers than this say little of how many agree. */
const LEAST_ANSWERS = 5;

/** The prompts of each of `count` rounds. Asks for and saves the difficulties where the order needs them and they are not saved yet. */
export async function* curriculum(
  inputs: Inputs,
  prompts: readonly Question[],
  { order, count, saved }: { readonly order: Orders; readonly count: number; readonly saved: Saved },
): AsyncGenerator<MethodEvent, Curriculum> {
  const { config, validation } = inputs;
  const { gate, gateRounds, promptsOfRound } = config;
  const gated = gate > 0 && order.across !== 'none' && promptsOfRound === 'new';
  let { difficulty } = saved;
  if (needsDifficulty(config, order) && count > 0 && difficulty === null) {
    // A gate looks at held-out questions that are as hard.
    difficulty = yield* difficulties(inputs, gated ? [...prompts, ...validation] : prompts);
    await inputs.ledger.putDifficulty(difficulty);
  }
  if (difficulty === null) return { next: cut(prompts, count, promptsOfRound), hardness: null };
  const hardness = (question: Question) => difficulty?.[question.id] ?? 0;
  const inOrder = sorted(prompts, hardness, order.across);
  if (!gated) return { next: cut(inOrder, count, promptsOfRound), hardness };
  const blocks = blocksOf(inOrder, count, gateRounds);
  const next: Curriculum['next'] = (rounds) => {
    const shareOf = (block: number, round: number) => mastery(blocks[block] ?? [], rounds[round - 1] ?? {}, { validation, hardness });
    return nextPart(blocks, rounds.length, (block, round) => shareOf(block, round) >= gate) ?? [];
  };
  return { next, hardness };
}

/** Each round its own prompts, or all the first round's. */
function cut(prompts: readonly Question[], count: number, promptsOfRound: Inputs['config']['promptsOfRound']): Curriculum['next'] {
  const subsets = split(prompts, count);
  return (rounds) => subsets[promptsOfRound === 'same' ? 0 : rounds.length] ?? [];
}

/** How hard each question is, by its id: for M_0 as it answers, or by its length. The answers are never trained on. */
async function* difficulties(
  inputs: Inputs,
  questions: readonly Question[],
): AsyncGenerator<MethodEvent, Readonly<Record<string, number>>> {
  const { config, task, model } = inputs;
  const of = (measure: (i: number) => number) => Object.fromEntries(questions.map(({ id }, i) => [id, measure(i)]));
  if (config.difficulty === 'length') return of((i) => words(questions[i]?.text ?? '').length);
  if (config.difficulty === 'agreement') {
    const times = Math.max(LEAST_ANSWERS, config.samples);
    const answers = yield* draft(inputs, questions, times);
    return of((i) => 1 - vote(answers.slice(i * times, (i + 1) * times), (text) => task.said(text)).agreement);
  }
  const drafts = yield* draft(inputs, questions, 1);
  if (config.perplexityContext === 'with') return of((i) => perplexity(drafts[i]?.logProbs ?? []));
  const rows = questions.map(({ prompt }, i) => ({ prompt, completion: task.withoutThought(drafts[i]?.text ?? '') }));
  const scores = await model.score(rows);
  return of((i) => perplexityOf(scores[i]));
}

/** So many answers of M_0 to every question, those to one next to each other, in the order of the questions, whatever came first. */
async function* draft(inputs: Inputs, questions: readonly Question[], times: number): AsyncGenerator<MethodEvent, readonly Completion[]> {
  const { config, task, model } = inputs;
  const requests = questions.flatMap((question) => {
    const { context, seed } = demonstrate(task, config, question, 'draft');
    return seedsOf(seed, times).map((own) => ({ prompt: context, seed: own }));
  });
  const drafts: Completion[] = [];
  const progress = (done: number): MethodEvent => ({ type: 'progress', phase: 'draft', round: 0, done, total: requests.length });
  let done = 0;
  yield progress(done);
  for await (const completion of model.generate(requests, sampling(inputs))) {
    drafts[completion.index] = completion;
    yield progress(++done);
  }
  return drafts;
}
