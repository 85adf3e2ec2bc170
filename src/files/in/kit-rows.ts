/** Rows of any file as rows of a kit: a prompt, a demonstration, a question with choices. Knows no file. */
import type { KitDemonstration, KitPrompt, KitQuestion } from './questions.ts';
import type { Row, RowChoices } from './rows.ts';

/** A row with an id of its own, and a short name of its file for where it has no topic. */
export type NamedRow = Row & { readonly id: string; readonly stem: string };

function promptOf({ id, stem, topic, prompt }: NamedRow): KitPrompt {
  return { id, topic: topic || stem, prompt };
}

function demonstrationOf(row: NamedRow): KitDemonstration {
  return { ...promptOf(row), kind: 'helpful', polarity: 'positive', twin: null, thought: row.thought, answer: row.answer as string };
}

function questionOf(row: NamedRow): KitQuestion {
  const { choices, correct, best, why } = row.offered as RowChoices;
  const form = choices.length === 2 ? 'two-choice' : 'multiple-choice';
  return { ...promptOf(row), form, choices, correct, why, ...(best === null ? {} : { best }) };
}

/** What a row becomes, by what it is for, if `canBe` of split.ts says that it can be that. */
export const KIT_ROWS = {
  demonstrations: demonstrationOf,
  prompts: promptOf,
  validation: questionOf,
  test: questionOf,
  probes: questionOf,
} as const;
