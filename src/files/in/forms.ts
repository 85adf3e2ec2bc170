/**
 * What a file of rows can be, told by the names in its rows and never by its own: one entry a form, the first that fits is taken. Knows no
 * file and no kit.
 */
import { Fields } from '../../fields.ts';
import type { Turn } from '../out/conversations.ts';
import { benchQuestion, bigBench, choiceQuestion, triviaQuestion, truthfulQa, truthfulQaTargets } from './benchmarks.ts';
import { offersChoices, type Counted } from './choices.ts';
import { badLabel, ROLES, turnsOf } from './conversations.ts';
import { textOf } from './lines.ts';
import { offer, refuseWhole, rowOf, rowOfTurns, saidIn, withPassage, type Cut, type Row } from './rows.ts';

export type Form = {
  /** What it is called on the page. */
  readonly label: string;
  /** Is a row with these names of this form? */
  readonly fits: (has: (...names: readonly string[]) => boolean) => boolean;
  /** The row, in a file that counts its answers so; what it refuses is left out. */
  readonly read: (row: Fields, counted: Counted) => Row;
};

/** The first question of a conversation and the answer to it; a system message is left out, for a kit has principles of its own. */
function opening(row: Fields): Row {
  return rowOfTurns(row, openingOf(row, turnsOf(row)));
}

/** Speakers of a transcript, and one who has yet to speak. */
const ASKS = /(?:^|\n)[ #]*(?:Human|User|Instruction) ?:/i;
const ANSWERS = /[\n#] *(?:Assistant|AI|Response) ?:/i;
const IS_TO_ANSWER = /[\n#] *(?:Assistant|AI|Response) ?:\s*$/i;

/** One that is not filled into a form with room for its answer; it may be about a dialogue. */
function instruction(row: Fields): Row {
  const made = openingOf(row, turnsOf(row));
  return ASKS.test(made.prompt) && IS_TO_ANSWER.test(made.prompt) ? refuseWhole(row) : rowOf(row, made);
}

/** A question alone, or with an answer, and no transcript; of a file of messages, one row each, what is not the user's is left out. */
function question(row: Fields): Row {
  // a column of that name may say something else, as where a prompt comes from
  const said = ['role', 'from'].map((name) => row.raw(name)).find((role) => typeof role === 'string' && speakerOf(role) !== undefined);
  if (typeof said === 'string' && speakerOf(said) !== 'user') row.refuse(`is what ${JSON.stringify(said)} says`);
  const made = openingOf(row, turnsOf(row));
  if (ASKS.test(made.prompt) && ANSWERS.test(made.prompt)) refuseWhole(row);
  return rowOf(row, row.raw('question') === undefined ? made : { ...made, prompt: withPassage(row, made.prompt) });
}

function speakerOf(name: string): Turn['role'] | undefined {
  const role = name.toLowerCase();
  return Object.hasOwn(ROLES, role) ? ROLES[role] : undefined;
}

function openingOf(row: Fields, turns: readonly Turn[]): Pick<Row, 'prompt' | 'answer' | 'unshown' | 'cut'> {
  const said = turns.filter(({ role }) => role !== 'system');
  const [asked, answered, ...more] = said;
  const cut: readonly Cut[] = [...(more.length > 0 ? ['turns' as const] : []), ...(said.length < turns.length ? ['system' as const] : [])];
  if (asked?.role !== 'user') return row.refuse('does not begin with what a user says');
  const [prompt, answer] = [asked.content, answered?.role === 'assistant' ? answered.content : null];
  const unshown = answer === null ? null : badLabel(row);
  return unshown === null ? { prompt, answer, cut } : { prompt, answer: null, unshown, cut };
}

/** A question with a better and a worse answer: two choices, where it is the only question of its conversation. */
function preference(row: Fields): Row {
  const whole = sideOf(row, 'chosen');
  const [chosen, rejected] = [whole, sideOf(row, 'rejected')].map((turns) => turns.filter(({ role }) => role !== 'system')) as [
    Turn[],
    Turn[],
  ];
  const asked = openingOf(row, whole);
  const [right, wrong] = [chosen[1], rejected[1]];
  if (chosen.length !== 2 || rejected.length !== 2 || right === undefined || wrong === undefined) return rowOf(row, asked);
  const marks = [[saidIn(right.content), true] as const, [saidIn(wrong.content), false] as const];
  return rowOf(row, { ...asked, offered: offer(row, marks) });
}

/** The whole conversation of a side: after the row's prompt, or with a question of its own, as messages or as a transcript. */
function sideOf(row: Fields, name: string): readonly Turn[] {
  const value = row.raw(name);
  if (Array.isArray(value)) {
    const own = turnsOf(Fields.of({ messages: value }, row.place, row.refuse));
    if (own[0]?.role !== 'assistant') return own;
  } else if (/^\s*Human: /.test(textOf(row, name))) return transcript(textOf(row, name));
  const prompt = ['prompt', 'question', 'instruction', 'query', 'input'].map((key) => row.raw(key)).find((found) => found !== undefined);
  return turnsOf(Fields.of({ prompt, completion: value }, row.place, row.refuse));
}

/** "Human: ... Assistant: ...", as Anthropic's files of preferences have it. */
function transcript(text: string): readonly Turn[] {
  const [, ...parts] = `\n\n${text.trim()}`.split(/\n\n(Human|Assistant): ?/);
  return parts.flatMap((part, i): readonly Turn[] =>
    i % 2 === 1 ? [{ role: parts[i - 1] === 'Human' ? 'user' : 'assistant', content: part.trim() }] : [],
  );
}

function demonstration(row: Fields): Row {
  return rowOf(row, { prompt: textOf(row, 'prompt'), answer: textOf(row, 'answer'), thought: textOf(row, 'thought') });
}

/** The list, the most telling names first. */
export const FORMS: readonly Form[] = [
  { label: 'TruthfulQA questions', fits: (has) => has('question', 'correct_answers', 'incorrect_answers'), read: truthfulQa },
  { label: 'TruthfulQA questions', fits: (has) => has('question', 'mc1_targets'), read: truthfulQaTargets },
  { label: 'BIG-bench questions', fits: (has) => has('input', 'target_scores') || has('input', 'targets'), read: bigBench },
  { label: 'multiple-choice questions', fits: offersChoices, read: choiceQuestion },
  {
    label: 'multiple-choice questions',
    fits: (has) => has('question', 'correct_answer') && (has('incorrect_answers') || has('distractor1')),
    read: triviaQuestion,
  },
  {
    label: 'MT-Bench or Vicuna questions',
    fits: (has) => has('question_id', 'turns') || has('question_id', 'text') || has('prompt_id', 'prompt', 'reference'),
    read: benchQuestion,
  },
  { label: 'demonstrations with thoughts', fits: (has) => has('prompt', 'thought', 'answer'), read: demonstration },
  { label: 'preference pairs', fits: (has) => has('chosen', 'rejected'), read: preference },
  { label: 'conversations', fits: (has) => has('messages'), read: opening },
  { label: 'ShareGPT conversations', fits: (has) => has('conversations'), read: opening },
  { label: 'Alpaca instructions', fits: (has) => has('instruction'), read: instruction },
  { label: 'prompts', fits: (has) => has('prompt') || has('question') || has('query') || has('input') || has('text'), read: question },
  { label: 'conversations', fits: (has) => has('conversation'), read: opening },
];
