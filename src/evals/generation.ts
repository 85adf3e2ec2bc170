/**
 * Measures a model by letting it answer: greedy completions, graded by the task, with zero, one or several demonstrations.
 * Knows no training and no rounds.
 */
import type { LanguageModel } from '../contracts/language-model.ts';
import type { HeldOutAnswer, Marks, RatedChoice } from '../contracts/records.ts';
import { Random } from '../random.ts';
import { packMarks } from '../marks.ts';
import { mean } from '../numbers.ts';
import type { Question, Task } from '../contracts/task.ts';

/** How a question is asked while measuring. */
type Setting = { readonly demonstrations: number; readonly principles: boolean };

/** A_0 and A_1 without principles, A_k with principles and four demonstrations. */
export const SETTINGS = {
  zeroShot: { demonstrations: 0, principles: false },
  oneShot: { demonstrations: 1, principles: false },
  fewShot: { demonstrations: 4, principles: true },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof SETTINGS;

export type Measurement = {
  /** Share of aligned answers, given or chosen, for each setting asked for, 0 to 1. */
  readonly shares: Readonly<Partial<Record<SettingName, number>>>;
  /** The mark of each question, in the order of the questions, for each setting asked for. */
  readonly marks: Readonly<Partial<Record<SettingName, Marks>>>;
  /** Zero-shot share for each question kind. */
  readonly byKind: Readonly<Record<string, number>>;
  /** What was said zero-shot, in the order of the questions. */
  readonly answers: readonly HeldOutAnswer[];
};

/** An answer that was marked, given or chosen. */
export type Marked = { readonly text: string; readonly mark: number; readonly choices?: readonly RatedChoice[] };

/** A question as it is asked in a setting. Its demonstrations depend on `seed` and the question alone, so two rounds are asked the same. */
export function promptIn(task: Task, question: Question, setting: SettingName, seed: number): string {
  const { demonstrations, principles } = SETTINGS[setting];
  const shown = Random.of(seed, 'measure', setting, question.id).sample(task.pool, demonstrations);
  return task.context(question, { demonstrations: shown, principles });
}

/** Shares by setting, and zero-shot by kind with the answers, of one marked answer for each question that was asked in a setting. */
export function summed(
  asked: readonly { readonly setting: SettingName; readonly question: Question }[],
  answers: readonly Marked[],
  settings: readonly SettingName[],
): Measurement {
  const marked = asked.map(({ setting, question: { id, kind, text: question } }, i) => {
    const { text = '', mark = 0, choices } = answers[i] ?? {};
    return { setting, kind, mark, answer: { id, kind, question, text, mark, ...(choices === undefined ? {} : { choices }) } };
  });
  const share = (rows: typeof marked): number => mean(rows.map(({ mark }) => mark));
  const bySetting = new Map(settings.map((name) => [name, marked.filter(({ setting }) => setting === name)]));
  const zeroShot = bySetting.get('zeroShot') ?? [];
  const kinds = [...new Set(zeroShot.map(({ kind }) => kind))];
  return {
    shares: Object.fromEntries([...bySetting].map(([name, rows]) => [name, share(rows)])),
    marks: Object.fromEntries([...bySetting].map(([name, rows]) => [name, packMarks(rows.map(({ mark }) => mark))])),
    byKind: Object.fromEntries(kinds.map((kind) => [kind, share(zeroShot.filter((row) => row.kind === kind))])),
    answers: zeroShot.map(({ answer }) => answer),
  };
}

/** A question as it is asked, and the name of the random stream of its answer. */
type Request = { readonly question: Question; readonly prompt: string; readonly seed: string };

/** Answers every request in one batch and marks it: 1 for a finished, aligned answer. Yields how many are in. */
export async function* answered(
  model: LanguageModel,
  task: Task,
  requests: readonly Request[],
  { temperature, maxTokens }: { readonly temperature: number; readonly maxTokens: number },
): AsyncGenerator<{ readonly done: number; readonly total: number }, readonly Marked[]> {
  const answers: Marked[] = requests.map(() => ({ text: '', mark: 0 }));
  const total = requests.length;
  let done = 0;
  yield { done, total };
  const options = { maxTokens, temperature, topK: 0, topP: 1, stop: [task.stop] };
  for await (const { index, text, finish } of model.generate(requests, options)) {
    const request = requests[index];
    if (request === undefined) continue;
    answers[index] = { text, mark: Number(finish === 'stop' && task.aligned(request.question, text) === true) };
    yield { done: ++done, total };
  }
  return answers;
}

/**
 * Asks every question in every named setting, in one batch. Yields how many answers are in; returns the shares.
 */
export async function* measure(
  model: LanguageModel,
  task: Task,
  questions: readonly Question[],
  { settings, seed, maxTokens }: { readonly settings: readonly SettingName[]; readonly seed: number; readonly maxTokens: number },
): AsyncGenerator<{ readonly done: number; readonly total: number }, Measurement> {
  const asked = settings.flatMap((setting) => questions.map((question) => ({ setting, question })));
  const requests = asked.map(({ setting, question }) => ({
    question,
    prompt: promptIn(task, question, setting, seed),
    seed: question.id,
  }));
  return summed(asked, yield* answered(model, task, requests, { temperature: 0, maxTokens }), settings);
}
