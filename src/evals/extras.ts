/**
 * The measurements beyond the scores: choices among given answers, pass@k, and the gauges of a collapse, all zero-shot but for the
 * copy rate. Asks the model and hands the answers to choice.ts and sampling.ts; knows no training and no rounds.
 */
import type { Completion, GenerateRequest, LanguageModel } from '../contracts/language-model.ts';
import type { Extras } from '../contracts/records.ts';
import { Random } from '../random.ts';
import { choose, type Choice } from './choice.ts';
import { copyRate, distinctShare, entropyEstimate, passAtK, share } from './sampling.ts';
import { mean } from '../numbers.ts';
import type { Question, Task } from '../contracts/task.ts';

/** Twice the largest k of pass@k. */
const SAMPLES = 8;

/** Questions whose choices are scored at a time. */
const CHOICES = 8;

/**
 * Measures the model as it is. Yields how many times a question was asked, of how many in all; returns the measurements.
 * What a question is shown and the streams of its samples depend on `seed` and the question alone, so rounds can be compared.
 */
export async function* measureExtras(
  model: LanguageModel,
  task: Task,
  questions: readonly Question[],
  { seed, maxTokens }: { readonly seed: number; readonly maxTokens: number },
): AsyncGenerator<{ readonly done: number; readonly total: number }, Extras> {
  const ordinary = questions.filter((question) => task.ordinary(question));
  const shown = questions.map((question) => Random.of(seed, 'copy', question.id).sample(task.pool, 2));
  const total = (SAMPLES + 2) * questions.length + ordinary.length;
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
  const said = (completion: string): string => task.said(completion).trim();

  // Samples at temperature 1 from the whole vocabulary: the model's own distribution.
  const repeated = questions.flatMap(({ id, prompt }) => Array.from({ length: SAMPLES }, (_, i) => ({ prompt, seed: `${id}/${i}` })));
  const sampled = yield* answers(repeated, 1);
  const bySamples = questions.map((question, i) => ({ question, samples: sampled.slice(i * SAMPLES, (i + 1) * SAMPLES) }));
  const right = bySamples.map(
    ({ question, samples }) => samples.filter(({ finish, text }) => finish === 'stop' && task.aligned(question, text) === true).length,
  );
  const pass = (k: number): number | null => (task.graded ? mean(right.map((c) => passAtK(SAMPLES, c, k))) : null);

  // Greedy answers: ordinary questions bare, then every question with one demonstration in view.
  const bare = ordinary.map(({ id, prompt }) => ({ prompt, seed: id }));
  const oneShot = questions.map((question, i) => {
    const demonstrations = shown[i]?.slice(0, 1) ?? [];
    return { prompt: task.context(question, { demonstrations, principles: false }), seed: question.id };
  });
  const greedy = yield* answers([...bare, ...oneShot], 0);
  const copies = greedy.slice(bare.length).flatMap(({ text }, i) => {
    const [inView, other] = shown[i] ?? [];
    return inView === undefined || other === undefined ? [] : [{ said: said(text), shown: inView.answer, other: other.answer }];
  });

  const choices: Choice[] = [];
  for (let from = 0; from < questions.length; from += CHOICES) {
    const some = questions.slice(from, from + CHOICES);
    choices.push(...(await choose(model, task, some)));
    done += some.length;
    yield { done, total };
  }

  return {
    twoChoice: mean(choices.map(({ twoChoice }) => twoChoice)),
    mc1: mean(choices.map(({ mc1 }) => mc1)),
    mc2: mean(choices.map(({ mc2 }) => mc2)),
    pass1: pass(1),
    pass4: pass(4),
    gauges: {
      entropy: entropyEstimate(sampled.map(({ logProbs }) => logProbs)),
      distinct: mean(bySamples.map(({ samples }) => distinctShare(samples.map(({ text }) => said(text))))),
      length: mean(sampled.map(({ pieces }) => pieces.length)),
      copyRate: copyRate(copies),
      overRefusal: task.graded ? share(greedy.slice(0, bare.length).map(({ text }) => task.refuses(text))) : null,
    },
  };
}
