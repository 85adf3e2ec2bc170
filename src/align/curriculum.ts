/** Which prompts come in which round: cut as they are, or sorted once by how hard the base model finds them. */
import type { MethodEvent } from '../contracts/events.ts';
import type { Completion } from '../contracts/language-model.ts';
import type { Saved } from '../contracts/ledger.ts';
import type { Question } from '../contracts/task.ts';
import { demonstrate } from './demonstrations.ts';
import { perplexity, perplexityOf, sorted, split } from './difficulty.ts';
import type { Inputs, Orders } from './method.ts';
import { sampling } from './primitives/answer.ts';

type Curriculum = {
  readonly subsets: readonly (readonly Question[])[];
  readonly hardness: ((question: Question) => number) | null;
};

/** The prompts of each of `count` rounds. Drafts and saves the difficulties where the order asks for them and they are not saved yet. */
export async function* curriculum(
  inputs: Inputs,
  prompts: readonly Question[],
  { across, count, saved }: { readonly across: Orders['across']; readonly count: number; readonly saved: Saved },
): AsyncGenerator<MethodEvent, Curriculum> {
  let { difficulty } = saved;
  if (across !== 'none' && count > 0 && difficulty === null) {
    difficulty = yield* draft(inputs, prompts);
    await inputs.ledger.putDifficulty(difficulty);
  }
  const hardness = difficulty === null ? null : (question: Question) => difficulty?.[question.id] ?? 0;
  const subsets = split(hardness === null ? prompts : sorted(prompts, hardness, across), count);
  const [first = []] = subsets;
  return { subsets: inputs.config.promptsOfRound === 'same' ? subsets.map(() => first) : subsets, hardness };
}

/** One answer of M_0 to every prompt; its perplexity is the prompt's difficulty. Never trained on. */
async function* draft(inputs: Inputs, prompts: readonly Question[]): AsyncGenerator<MethodEvent, Readonly<Record<string, number>>> {
  const { config, task, model } = inputs;
  const requests = prompts.map((question) => {
    const { context, seed } = demonstrate(task, config, question, 'draft');
    return { prompt: context, seed };
  });
  const drafts: Completion[] = [];
  let done = 0;
  yield { type: 'progress', phase: 'draft', round: 0, done, total: prompts.length };
  for await (const completion of model.generate(requests, sampling(inputs))) {
    drafts[completion.index] = completion;
    yield { type: 'progress', phase: 'draft', round: 0, done: ++done, total: prompts.length };
  }
  // In the order of the prompts, whatever came first.
  if (config.perplexityContext === 'with')
    return Object.fromEntries(prompts.map(({ id }, i) => [id, perplexity(drafts[i]?.logProbs ?? [])]));
  const rows = prompts.map(({ prompt }, i) => ({ prompt, completion: task.withoutThought(drafts[i]?.text ?? '') }));
  const scores = await model.score(rows);
  return Object.fromEntries(prompts.map(({ id }, i) => [id, perplexityOf(scores[i])]));
}
