/**
 * SOFT and SOFT+ (arXiv 2402.07610), top to bottom: demonstrate, answer, filter, order, fine-tune, validate, and again with the model
 * that the round made. No public code of the paper is known; every choice here is a reconstruction.
 * Sees strings, numbers and interfaces: never a tensor, a worker or a store.
 */
import { AppError } from '../errors.ts';
import { measure, type Measurement, type SettingName } from '../evals/generation.ts';
import { renderContext, type Question, type Task } from '../evals/task.ts';
import type { Phase, RoundResult, RunConfig, RunEvent, Sample, Scores } from '../protocol.ts';
import { Random } from '../random.ts';
import { easyToHard, epochOrder, perplexity, split } from './difficulty.ts';
import { judge } from './filter.ts';
import type { AdapterState, FinetuneOptions, GenerateOptions, LanguageModel } from './language-model.ts';
import type { Ledger } from './ledger.ts';
import { bestRound, shouldStop } from './validation.ts';

export type SoftInputs = {
  /** Name of the run; written into every sample. */
  readonly run: string;
  readonly config: RunConfig;
  readonly task: Task;
  /** X: what the model answers and learns from. */
  readonly prompts: readonly Question[];
  /** V: decides which round is returned. */
  readonly validation: readonly Question[];
  /** E: only reported. */
  readonly test: readonly Question[];
  readonly model: LanguageModel;
  readonly ledger: Ledger;
};

/** What the loop yields: everything but the worker's own `started`, `paused`, `finished` and `failed`, and the gauges of a round. */
export type SoftEvent =
  | Extract<RunEvent, { readonly type: 'progress' | 'base' | 'sample' | 'ordered' | 'step' }>
  | { readonly type: 'round'; readonly result: RoundResult };

export type Outcome = {
  readonly base: Scores;
  readonly rounds: readonly RoundResult[];
  /** 0 is the base model M_0. */
  readonly bestRound: number;
  /** Weights of the best round; null for the base model. */
  readonly adapter: AdapterState | null;
};

/** Below this share of kept answers a round would train on a tiny, biased remainder (our bound, not the paper's). */
const KEEP_FLOOR = 0.3;

/** Samples are saved in groups of this many. */
const SAVE_EVERY = 16;

/**
 * Runs all rounds that are not committed yet and leaves the best round's weights in the model.
 * Ending the iteration early keeps what was saved; a later call with the same ledger goes on to the same result.
 * Throws `KEPT_TOO_FEW`, and whatever the model and the ledger throw.
 */
export async function* soft(inputs: SoftInputs): AsyncGenerator<SoftEvent, Outcome> {
  const { config, model, ledger, prompts, validation } = inputs;
  const saved = await ledger.load();
  const rounds = [...saved.rounds];
  const count = config.method === 'single' ? 1 : config.rounds;

  // SOFT+ sorts all prompts once by the base model's own perplexity, so that easy ones come in early rounds.
  let difficulty = saved.difficulty;
  if (config.method === 'soft+' && difficulty === null) {
    await model.restore(null);
    difficulty = yield* draft(inputs);
    await ledger.putDifficulty(difficulty);
  }
  const hardness = (question: Question) => difficulty?.[question.id] ?? 0;
  const subsets = split(difficulty === null ? prompts : easyToHard(prompts, hardness), count);

  await model.restore(saved.adapter);
  let base = saved.base;
  while (rounds.length < count) {
    const round = rounds.length + 1;
    if (base !== null && config.earlyStop && shouldStop([base.validation, ...rounds.map((r) => r.validation)], validation.length)) break;

    // M_{t-1} answers this round's prompts with fresh demonstrations.
    const subset = subsets[round - 1] ?? [];
    const answered = yield* answer(inputs, { round, subset, hardness: difficulty === null ? null : hardness, saved: saved.samples });
    if (base === null) {
      base = yield* assess(inputs, { phase: 'measure', round: 0 });
      await ledger.putBase(base);
      yield { type: 'base', ...base };
    }

    // Kept answers become training pairs without principles and demonstrations (principle engraving).
    const kept = answered.filter((sample) => sample.verdict === 'kept');
    if (kept.length < KEEP_FLOOR * answered.length) {
      throw new AppError('KEPT_TOO_FEW', `round ${round} kept ${kept.length} of ${answered.length} answers`);
    }
    const epochs = Array.from({ length: config.epochs }, (_, epoch) => epochOrder(kept, { seed: config.seed, round, epoch }));
    const places = new Map(epochs[0]?.map((sample, place) => [sample.index, place]));
    const ordered = answered.map((sample) => ({ ...sample, order: places.get(sample.index) ?? null }));
    await ledger.putSamples(ordered);
    yield { type: 'ordered', round, samples: ordered };
    const trainLoss = yield* train(inputs, { round, pairs: epochs.flat() });

    // M_t is measured on held-out questions; V decides, E is only reported.
    const { scores, validation: validated, byKind } = yield* assess(inputs, { phase: 'validate', round });
    const labelQuality = ordered.filter((sample) => sample.aligned).length / ordered.length;
    const counts = { round, prompts: ordered.length, kept: kept.length, labelQuality };
    const result: RoundResult = { ...counts, ...scores, validation: validated, trainLoss, byKind };
    await ledger.commitRound(result, await model.snapshot());
    rounds.push(result);
    yield { type: 'round', result };
  }

  if (base === null) throw new AppError('INTERNAL', 'a run without rounds');
  const best = bestRound([base.validation, ...rounds.map((r) => r.validation)]);
  const adapter = best === 0 ? null : await ledger.adapter(best);
  await model.restore(adapter);
  return { base: base.scores, rounds, bestRound: best, adapter };
}

function generation({ config, task }: SoftInputs): GenerateOptions {
  const { maxTokens, temperature, topK, topP } = config;
  return { maxTokens, temperature, topK, topP, stop: [task.stop] };
}

/** The context of a prompt: k demonstrations drawn for it alone, named by (seed, purpose, id), so that a resumed run draws the same. */
function demonstrate({ config, task }: SoftInputs, question: Question, purpose: string) {
  const demonstrations = Random.of(config.seed, purpose, question.id).sample(task.pool, config.demonstrations);
  const context = renderContext(task, question, { demonstrations, principles: config.principles });
  return { demonstrations, context, seed: `${config.seed}/${purpose}/${question.id}` };
}

/** One answer of M_0 to every prompt; its perplexity, with the demonstrations in view, is the prompt's difficulty. Never trained on. */
async function* draft(inputs: SoftInputs): AsyncGenerator<SoftEvent, Readonly<Record<string, number>>> {
  const { prompts, model } = inputs;
  const requests = prompts.map((question) => {
    const { context, seed } = demonstrate(inputs, question, 'draft');
    return { prompt: context, seed };
  });
  const difficulty: Record<string, number> = {};
  let done = 0;
  yield { type: 'progress', phase: 'draft', round: 0, done, total: prompts.length };
  for await (const { index, logProbs } of model.generate(requests, generation(inputs))) {
    const question = prompts[index];
    if (question !== undefined) difficulty[question.id] = perplexity(logProbs);
    yield { type: 'progress', phase: 'draft', round: 0, done: ++done, total: prompts.length };
  }
  return difficulty;
}

type Round = {
  readonly round: number;
  readonly subset: readonly Question[];
  readonly hardness: ((question: Question) => number) | null;
  readonly saved: readonly Sample[];
};

/** Answers the round's prompts, filters each answer, and saves it. What an interrupted run had saved is not made again. */
async function* answer(inputs: SoftInputs, { round, subset, hardness, saved }: Round): AsyncGenerator<SoftEvent, readonly Sample[]> {
  const { run, task, model, ledger } = inputs;
  const samples = new Map(saved.filter((sample) => sample.round === round).map((sample) => [sample.index, sample]));
  const missing = subset.map((question, index) => ({ question, index })).filter(({ index }) => !samples.has(index));
  const asked = missing.map((item) => ({ ...item, ...demonstrate(inputs, item.question, `round ${round}`) }));
  const requests = asked.map(({ context, seed }) => ({ prompt: context, seed }));
  let unsaved: Sample[] = [];
  yield { type: 'progress', phase: 'answer', round, done: samples.size, total: subset.length };
  for await (const { index: request, text: completion, pieces, logProbs, finish } of model.generate(requests, generation(inputs))) {
    const item = asked[request];
    if (item === undefined) continue;
    const { question, index, demonstrations, context, seed } = item;
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
      verdict: judge({ question, completion, finish, demonstrations }),
      aligned: finish === 'stop' && task.aligned(question, completion),
      order: null,
      seed,
    };
    samples.set(index, sample);
    unsaved.push(sample);
    if (unsaved.length === SAVE_EVERY || samples.size === subset.length) {
      await ledger.putSamples(unsaved);
      unsaved = [];
    }
    yield { type: 'sample', sample };
    yield { type: 'progress', phase: 'answer', round, done: samples.size, total: subset.length };
  }
  return [...samples.values()].toSorted((a, b) => a.index - b.index);
}

/** Fine-tunes M_{t-1} into M_t on (bare prompt, answer) pairs, in the given order; loss on answer tokens only. */
async function* train(
  { config, prompts, model }: SoftInputs,
  { round, pairs }: { readonly round: number; readonly pairs: readonly Sample[] },
): AsyncGenerator<SoftEvent, readonly number[]> {
  const bare = new Map(prompts.map((question) => [question.id, question.prompt]));
  const rows = pairs.map(({ promptId, completion }) => ({ prompt: bare.get(promptId) ?? '', completion }));
  const options: FinetuneOptions = {
    epochs: 1, // `pairs` already holds every epoch, in order
    order: 'given',
    batchSize: config.batchSize,
    accumulate: 1,
    learningRate: config.learningRate,
    warmup: 0.1,
    schedule: 'constant', // a falling rate would give the hard prompts of a round the smallest steps
    weightDecay: 0,
    clip: 1,
    seed: config.seed,
    round,
  };
  const losses: number[] = [];
  for await (const report of model.finetune(rows, options)) {
    losses.push(report.loss);
    yield { type: 'step', round, ...report };
    yield { type: 'progress', phase: 'train', round, done: report.step, total: report.steps };
  }
  return losses;
}

/** Validation (zero-shot) and test (zero-, one-, few-shot) scores of the model as it is. */
async function* assess(
  { config, task, validation, test, model }: SoftInputs,
  { phase, round }: { readonly phase: Phase; readonly round: number },
): AsyncGenerator<SoftEvent, { scores: Scores; validation: number; byKind: Readonly<Record<string, number>> }> {
  const total = validation.length + 3 * test.length;
  async function* part(
    questions: readonly Question[],
    settings: readonly SettingName[],
    before: number,
  ): AsyncGenerator<SoftEvent, Measurement> {
    const measuring = measure(model, task, questions, { settings, seed: config.seed, maxTokens: config.maxTokens });
    let step = await measuring.next();
    for (; !step.done; step = await measuring.next()) {
      yield { type: 'progress', phase, round, done: before + step.value.done, total };
    }
    return step.value;
  }
  const held = yield* part(validation, ['zeroShot'], 0);
  const { shares, byKind } = yield* part(test, ['zeroShot', 'oneShot', 'fewShot'], validation.length);
  const scores = { zeroShot: shares.zeroShot ?? 0, oneShot: shares.oneShot ?? 0, fewShot: shares.fewShot ?? 0 };
  return { scores, validation: held.shares.zeroShot ?? 0, byKind };
}
