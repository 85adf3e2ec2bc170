/**
 * Does what was saved of a run still belong to its prompts? They are made anew at every start, and another version of the program may make
 * others: then going on would train on answers to questions that nobody asked. Knows no model and no store.
 */
import { AppError } from '../errors.ts';
import type { Question, Task } from '../contracts/task.ts';
import type { Saved } from '../contracts/ledger.ts';

/** The prompts that the model wrote in an earlier session. Throws RUN_UNFIT. */
export function savedPrompts(task: Task, texts: readonly string[]): readonly Question[] {
  return texts.map((text) => task.own(text) ?? changed(`“${text.slice(0, 80)}” may no longer be asked`));
}

/** Compares what was saved with the prompts of the run and those of the round that comes next. Throws RUN_UNFIT. */
export function checkSaved(
  { prompts: texts, rounds, samples, difficulty }: Saved,
  prompts: readonly Question[],
  subset: readonly Question[],
): void {
  if (texts !== null && texts.length !== prompts.length) changed(`there were ${texts.length}, now there are ${prompts.length}`);
  const other = texts === null ? -1 : prompts.findIndex(({ text }, i) => text !== texts[i]);
  if (other >= 0)
    changed(`prompt ${other} was “${texts?.[other]?.slice(0, 80) ?? 'none'}”, now it is “${prompts[other]?.text.slice(0, 80)}”`);
  for (const { index, promptId } of samples) {
    const now = subset[index]?.id;
    if (now !== promptId) changed(`prompt ${index} of round ${rounds.length + 1} was ${promptId}, now it is ${now ?? 'none'}`);
  }
  if (difficulty === null) return;
  for (const { id } of prompts) if (difficulty[id] === undefined) changed(`the difficulty of ${id} is not known`);
}

function changed(what: string): never {
  throw new AppError('RUN_UNFIT', `its prompts are no longer those that it began with: ${what}`);
}
