/** Answering: the prompts of a round with demonstrations in view, each answer judged and saved as it comes. */
import type { MethodEvent } from '../../contracts/events.ts';
import type { Completion, GenerateOptions } from '../../contracts/language-model.ts';
import type { Sample } from '../../contracts/records.ts';
import type { Question } from '../../contracts/task.ts';
import { AppError } from '../../errors.ts';
import { demonstrate } from '../demonstrations.ts';
import { perplexity } from '../difficulty.ts';
import { judge } from '../filters/judge.ts';
import type { Inputs, Round } from '../method.ts';
import { Saving } from '../saving.ts';
import { words } from '../../similarity.ts';
import { vote } from './vote.ts';

/** How an answer is sampled. */
export function sampling({ config, task }: Pick<Inputs, 'config' | 'task'>): GenerateOptions {
  const { maxTokens, temperature, topK, topP } = config;
  return { maxTokens, temperature, topK, topP, stop: [task.stop] };
}

/**
 * All answers of the round, in the order of its prompts. What an interrupted run had saved is not made again. M_{t-1} answers, or the base
 * model where a run wants a frozen teacher, the control for bootstrapping; M_{t-1} is in the model afterwards.
 */
export async function* answer(round: Round): AsyncGenerator<MethodEvent, readonly Sample[]> {
  const { model, config } = round;
  const previous = round.round > 1 && config.answersFrom === 'base' ? await model.snapshot() : null;
  if (previous !== null) await model.restore(null);
  const samples = yield* asked(round);
  if (previous !== null) await model.restore(previous);
  return amongOthers(round, samples);
}

/** The seeds of as many answers to one prompt; that of the first is its own. */
export function seedsOf(seed: string, answers: number): readonly string[] {
  return Array.from({ length: answers }, (_, i) => (i === 0 ? seed : `${seed}/${i + 1}`));
}

async function* asked(inputs: Round): AsyncGenerator<MethodEvent, readonly Sample[]> {
  const { run, round, subset, hardness, saved, config, task, model, ledger } = inputs;
  const samples = new Map(saved.filter((sample) => sample.round === round).map((sample) => [sample.index, sample]));
  const missing = subset.map((question, index) => ({ question, index })).filter(({ index }) => !samples.has(index));
  const shown = missing.map((item) => ({ ...item, ...demonstrate(task, config, item.question, `round ${round}`) }));
  const times = config.answersFrom === 'gold' ? 1 : config.samples;
  const requests = shown.flatMap(({ context, seed }) => seedsOf(seed, times).map((own) => ({ prompt: context, seed: own })));
  const given = new Map<number, readonly Completion[]>();
  const saving = new Saving(ledger);
  yield { type: 'progress', phase: 'answer', round, done: samples.size, total: subset.length };
  try {
    const answers = config.answersFrom === 'gold' ? known(inputs, shown) : model.generate(requests, sampling(inputs));
    for await (const answered of answers) {
      const at = Math.floor(answered.index / times);
      const item = shown[at];
      if (item === undefined) continue;
      const all = [...(given.get(at) ?? []), answered];
      given.set(at, all);
      if (all.length < times) continue;
      given.delete(at);
      // In the order in which they were asked for, whatever came first.
      const { chosen, agreement } = vote(
        all.toSorted((a, b) => a.index - b.index),
        (text) => task.said(text),
      );
      const { text: completion, pieces, logProbs, finish } = chosen;
      const { question, index, demonstrations, context } = item;
      const seed = seedsOf(item.seed, times)[chosen.index % times] ?? item.seed;
      const grade = task.graded ? task.aligned(question, completion) : null;
      const aligned = grade === null ? null : finish === 'stop' && grade;
      const sample: Sample = {
        run,
        round,
        index,
        promptId: question.id,
        kind: question.kind,
        question: question.text,
        demonstrationIds: demonstrations.map(({ id }) => id),
        context,
        completion,
        pieces,
        logProbs,
        perplexity: perplexity(logProbs),
        difficulty: hardness === null ? null : hardness(question),
        ...(times === 1 ? {} : { agreement }),
        verdict: judge({ question, completion: task.said(completion), finish, demonstrations, agreement, longest: null, aligned }, config),
        aligned,
        order: null,
        seed,
      };
      samples.set(index, sample);
      await saving.add(sample);
      yield { type: 'sample', sample };
      yield { type: 'progress', phase: 'answer', round, done: samples.size, total: subset.length };
    }
  } finally {
    // A run that is ended here keeps what it made; a failure to save it counts only where the run goes on.
    await saving.finish().catch(() => {});
  }
  await saving.finish();
  return [...samples.values()].toSorted((a, b) => a.index - b.index);
}

/** The kept answers judged once more, now that the others to questions as long as theirs are known. */
function amongOthers({ config, task, subset }: Round, samples: readonly Sample[]): readonly Sample[] {
  const kept = samples.filter(({ verdict }) => verdict === 'kept');
  const longest = new Map<number, number>();
  for (const { question, completion } of kept) {
    const length = words(question).length;
    longest.set(length, Math.max(longest.get(length) ?? 0, words(task.said(completion)).length));
  }
  return samples.map((sample) => {
    const question = subset[sample.index];
    if (sample.verdict !== 'kept' || question === undefined) return sample;
    const verdict = judge(
      {
        question,
        completion: task.said(sample.completion),
        finish: 'stop', // one that was cut and kept is one that may be
        demonstrations: task.pool.filter(({ id }) => sample.demonstrationIds.includes(id)),
        agreement: sample.agreement ?? 1,
        longest: longest.get(words(question.text).length) ?? 0,
        aligned: sample.aligned,
      },
      config,
    );
    return { ...sample, verdict };
  });
}

/** The right answers themselves. Throws OPTION_RANGE where nobody knows them. */
function* known({ task }: Inputs, shown: readonly { readonly question: Question }[]): Generator<Completion> {
  for (const [index, { question }] of shown.entries()) {
    const text = task.gold(question);
    if (text === null)
      throw new AppError('OPTION_RANGE', `the right answer to “${question.text}” is not known, so the world cannot give it`);
    yield { index, text, pieces: [text], logProbs: [0], finish: 'stop' };
  }
}
