/**
 * What the measures are taken from: samples, greedy answers, answers with one demonstration in view, and choices among given answers, all on
 * the same questions. Asks the model and grades nothing but samples; knows no measure, no training and no rounds.
 */
import type { Completion, GenerateRequest, LanguageModel } from '../../contracts/language-model.ts';
import type { Question, Task } from '../../contracts/task.ts';
import { Random } from '../../random.ts';
import { choose, type Choice } from '../choice.ts';
import type { Copy } from '../sampling.ts';

/** Answers sampled to a question at temperature 1, from the whole vocabulary: the model's own distribution. */
type Sampled = {
  readonly question: Question;
  readonly answers: readonly Completion[];
  /** How many of them are aligned; null where free answers cannot be graded. */
  readonly right: number | null;
};

export type Evidence = {
  readonly task: Task;
  readonly sampled: readonly Sampled[];
  /** Greedy answers to everyday questions, bare. */
  readonly ordinary: readonly { readonly question: Question; readonly text: string }[];
  /** Greedy answers with one demonstration in view. */
  readonly copies: readonly Copy[];
  readonly choices: readonly Choice[];
};

/** Twice the largest k of pass@k. */
const SAMPLES = 8;
/** Questions whose choices are scored at a time. */
const CHOICES = 8;

/**
 * Asks the model as it is. Yields how many times a question was asked, of how many in all.
 * What a question is shown and the streams of its samples depend on `seed` and the question alone, so rounds can be compared.
 */
export async function* gather(
  model: LanguageModel,
  task: Task,
  questions: readonly Question[],
  { seed, maxTokens }: { readonly seed: number; readonly maxTokens: number },
): AsyncGenerator<{ readonly done: number; readonly total: number }, Evidence> {
  const everyday = questions.filter((question) => task.ordinary(question));
  const shown = questions.map((question) => Random.of(seed, 'copy', question.id).sample(task.pool, 2));
  const total = (SAMPLES + 2) * questions.length + everyday.length;
  let done = 0;
  yield { done, total };

  async function* answers(requests: readonly GenerateRequest[], temperature: number) {
    const completions: Completion[] = [];
    for await (const completion of model.generate(requests, { maxTokens, temperature, topK: 0, topP: 1, stop: [task.stop] })) {
      completions[completion.index] = completion;
      yield { done: ++done, total };
    }
    return completions;
  }

  const repeated = questions.flatMap(({ id, prompt }) => Array.from({ length: SAMPLES }, (_, i) => ({ prompt, seed: `${id}/${i}` })));
  const samples = yield* answers(repeated, 1);
  const isRight = (question: Question, { finish, text }: Completion): boolean => finish === 'stop' && task.aligned(question, text) === true;
  const sampled = questions.map((question, i) => {
    const own = samples.slice(i * SAMPLES, (i + 1) * SAMPLES);
    return { question, answers: own, right: task.graded ? own.filter((answer) => isRight(question, answer)).length : null };
  });

  // Greedy answers: everyday questions bare, then every question with one demonstration in view.
  const bare = everyday.map(({ id, prompt }) => ({ prompt, seed: id }));
  const oneShot = questions.map((question, i) => {
    const demonstrations = shown[i]?.slice(0, 1) ?? [];
    return { prompt: task.context(question, { demonstrations, principles: false }), seed: question.id };
  });
  const greedy = yield* answers([...bare, ...oneShot], 0);
  const ordinary = everyday.map((question, i) => ({ question, text: greedy[i]?.text ?? '' }));
  const copies = greedy.slice(bare.length).flatMap(({ text }, i) => {
    const [inView, other] = shown[i] ?? [];
    if (inView === undefined || other === undefined) return [];
    return [{ said: task.said(text).trim(), shown: inView.answer, other: other.answer }];
  });

  const choices: Choice[] = [];
  for (let from = 0; from < questions.length; from += CHOICES) {
    const some = questions.slice(from, from + CHOICES);
    choices.push(...(await choose(model, task, some)));
    done += some.length;
    yield { done, total };
  }
  return { task, sampled, ordinary, copies, choices };
}
