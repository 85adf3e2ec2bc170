/**
 * Measures a model by letting it answer: greedy completions, graded by the task, with zero, one or several demonstrations.
 * Knows no training and no rounds.
 */
import type { LanguageModel } from '../align/language-model.ts';
import { Random } from '../random.ts';
import { renderContext, type Question, type Task } from './task.ts';

/** How a question is asked while measuring. */
export type Setting = { readonly demonstrations: number; readonly principles: boolean };

/** A_0 and A_1 without principles, A_k with principles and four demonstrations. */
export const SETTINGS = {
  zeroShot: { demonstrations: 0, principles: false },
  oneShot: { demonstrations: 1, principles: false },
  fewShot: { demonstrations: 4, principles: true },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof SETTINGS;

export type Measurement = {
  /** Share of aligned answers for each setting asked for, 0 to 1. */
  readonly shares: Readonly<Partial<Record<SettingName, number>>>;
  /** Zero-shot share for each question kind. */
  readonly byKind: Readonly<Record<string, number>>;
};

const share = (graded: readonly boolean[]) => (graded.length === 0 ? 0 : graded.filter(Boolean).length / graded.length);

/**
 * Asks every question in every named setting, in one batch. Yields how many answers are in; returns the shares.
 * The demonstrations of a question depend on `seed` and the question alone, so two rounds are asked the same thing.
 */
export async function* measure(
  model: LanguageModel,
  task: Task,
  questions: readonly Question[],
  { settings, seed, maxTokens }: { readonly settings: readonly SettingName[]; readonly seed: number; readonly maxTokens: number },
): AsyncGenerator<{ readonly done: number; readonly total: number }, Measurement> {
  const asked = settings.flatMap((setting) => questions.map((question) => ({ setting, question })));
  const requests = asked.map(({ setting, question }) => {
    const { demonstrations, principles } = SETTINGS[setting];
    const shown = Random.of(seed, 'measure', setting, question.id).sample(task.pool, demonstrations);
    return { prompt: renderContext(task, question, { demonstrations: shown, principles }), seed: question.id };
  });
  const graded = asked.map(() => false);
  let done = 0;
  yield { done, total: asked.length };
  const options = { maxTokens, temperature: 0, topK: 0, topP: 1, stop: [task.stop] };
  for await (const completion of model.generate(requests, options)) {
    const item = asked[completion.index];
    if (item === undefined) continue;
    graded[completion.index] = completion.finish === 'stop' && task.aligned(item.question, completion.text);
    yield { done: ++done, total: asked.length };
  }
  const shares = Object.fromEntries(settings.map((name) => [name, share(graded.filter((_, i) => asked[i]?.setting === name))]));
  const zeroShot = asked.flatMap(({ setting, question }, i) =>
    setting === 'zeroShot' ? [[question.kind, graded[i] ?? false] as const] : [],
  );
  const kinds = [...new Set(zeroShot.map(([kind]) => kind))];
  const byKind = Object.fromEntries(kinds.map((kind) => [kind, share(zeroShot.filter(([k]) => k === kind).map(([, ok]) => ok))]));
  return { shares, byKind };
}
