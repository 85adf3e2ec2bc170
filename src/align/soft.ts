/**
 * SOFT and SOFT+ (arXiv 2402.07610), top to bottom: demonstrate, answer, filter, order, fine-tune, validate, and again with the model
 * that the round made. No public code of the paper is known; every choice here is a reconstruction.
 * Sees strings, numbers and interfaces: never a tensor, a worker or a store.
 */
import { AppError } from '../errors.ts';
import { assess, type QuestionSets } from '../evals/assess.ts';
import type { Question, Task } from '../evals/task.ts';
import type { Measured, Phase, RoundResult, RunConfig, RunEvent, Sample } from '../protocol.ts';
import { demonstrate } from './demonstrations.ts';
import { epochOrder, orderOf, perplexity, sorted, split } from './difficulty.ts';
import { judge } from './filter.ts';
import type { AdapterState, Completion, FinetuneOptions, GenerateOptions, LanguageModel } from './language-model.ts';
import type { Ledger, Saved } from './ledger.ts';
import { writePrompts } from './prompts.ts';
import { checkSaved, savedPrompts } from './saved.ts';
import { Saving } from './saving.ts';
import { bestRound, shouldStop } from './validation.ts';

/** V decides which round is returned; E and O are only reported. */
export type SoftInputs = QuestionSets & {
  /** Name of the run; written into every sample. */
  readonly run: string;
  readonly config: RunConfig;
  readonly task: Task;
  /** X: what the model answers and learns from, unless it writes its prompts itself. */
  readonly prompts: readonly Question[];
  readonly model: LanguageModel;
  readonly ledger: Ledger;
};

/** What the loop yields: everything but the worker's own `started`, `paused`, `finished` and `failed`, and the gauges of a round. */
export type SoftEvent =
  | Extract<RunEvent, { readonly type: 'progress' | 'base' | 'sample' | 'ordered' | 'step' }>
  | { readonly type: 'round'; readonly result: RoundResult };

export type Outcome = {
  readonly base: Measured;
  readonly rounds: readonly RoundResult[];
  /** 0 is the base model M_0. */
  readonly bestRound: number;
  /** Weights of the best round; null for the base model. */
  readonly adapter: AdapterState | null;
};

const NO_ORACLE = 'The oracle filter needs to know which answers are aligned, and here nobody can grade a free answer: switch it off.';

/** Below this share of kept answers a round would train on a tiny, biased remainder (our bound, not the paper's). */
const KEEP_FLOOR = 0.3;

/**
 * Runs all rounds that are not committed yet and leaves the best round's weights in the model.
 * Ending the iteration early keeps what was saved; a later call with the same ledger goes on to the same result.
 * Throws `KEPT_TOO_FEW`, `RUN_UNFIT` for a saved run with other prompts, `OPTION_RANGE` for the oracle filter where answers cannot be graded, and whatever the model and the ledger throw.
 */
export async function* soft(inputs: SoftInputs): AsyncGenerator<SoftEvent, Outcome> {
  const { config, task, model, ledger, validation } = inputs;
  if (config.oracle && !task.graded) throw new AppError('OPTION_RANGE', NO_ORACLE);
  const saved = await ledger.load();
  const rounds = [...saved.rounds];
  const count = { icl: 0, single: 1, soft: config.rounds, 'soft+': config.rounds }[config.method];
  const order = orderOf(config);

  await model.restore(null);
  const prompts = config.promptSource === 'own' && count > 0 ? yield* own(inputs, saved) : inputs.prompts;

  // SOFT+ sorts all prompts once by the base model's own perplexity, so that easy ones come in early rounds.
  let difficulty = saved.difficulty;
  if (order.across !== 'none' && count > 0 && difficulty === null) {
    difficulty = yield* draft(inputs, prompts);
    await ledger.putDifficulty(difficulty);
  }
  const hardness = difficulty === null ? null : (question: Question) => difficulty?.[question.id] ?? 0;
  const subsets = split(hardness === null ? prompts : sorted(prompts, hardness, order.across), count);

  checkSaved(saved, prompts, subsets);
  if (saved.prompts === null && config.promptSource === 'given') await ledger.putPrompts(prompts.map(({ text }) => text));

  await model.restore(saved.adapter);
  let base = saved.base;
  while (rounds.length < count) {
    const round = rounds.length + 1;
    if (base !== null && config.earlyStop && fellClearly([base, ...rounds], validation.length)) break;

    // M_{t-1} answers this round's prompts with fresh demonstrations; a frozen teacher is the control.
    const previous = round > 1 && (config.answersFrom === 'base' || config.startFrom === 'base') ? await model.snapshot() : null;
    if (previous !== null && config.answersFrom === 'base') await model.restore(null);
    const answered = yield* answer(inputs, { round, subset: subsets[round - 1] ?? [], hardness, saved: saved.samples });
    if (previous !== null && config.answersFrom === 'base') await model.restore(previous);
    if (base === null) {
      base = yield* assessed(inputs, { phase: 'measure', round: 0 });
      await ledger.putBase(base);
      yield { type: 'base', ...base };
    }

    // Kept answers become training pairs without principles, demonstrations and thoughts (principle engraving).
    const kept = answered.filter((sample) => sample.verdict === 'kept');
    if (kept.length < KEEP_FLOOR * answered.length) {
      throw new AppError('KEPT_TOO_FEW', `round ${round} kept ${kept.length} of ${answered.length} answers`);
    }
    const bare = new Map(prompts.map((question) => [question.id, question.prompt]));
    const pairs: readonly Pair[] = kept.map((sample) => pairOf(inputs, sample, bare));
    const difficulties = order.within === 'none' ? null : await difficultiesOf(inputs, round, pairs);
    const epochs = Array.from({ length: config.epochs }, (_, epoch) =>
      difficulties === null
        ? epochOrder(pairs, { seed: config.seed, round, epoch })
        : sorted(pairs, ({ sample }) => difficulties.get(sample.index) ?? 0, order.within),
    );
    const places = new Map(epochs[0]?.map(({ sample }, place) => [sample.index, place]));
    const ordered = answered.map((sample) => ({ ...sample, order: places.get(sample.index) ?? null }));
    await ledger.putSamples(ordered);
    yield { type: 'ordered', round, samples: ordered };
    if (previous !== null && config.startFrom === 'base') await model.restore(null);
    const trainLoss = yield* train(inputs, { round, pairs: epochs.flat() });

    // M_t is measured on held-out questions; V decides, E and O are only reported.
    const { scores, ...measured } = yield* assessed(inputs, { phase: 'validate', round });
    const labelQuality = task.graded ? ordered.filter((sample) => sample.aligned).length / ordered.length : null;
    const counts = { round, prompts: ordered.length, kept: kept.length, labelQuality };
    const result: RoundResult = { ...counts, ...scores, ...measured, trainLoss };
    await ledger.commitRound(result, await model.snapshot());
    rounds.push(result);
    yield { type: 'round', result };
  }

  if (base === null) {
    base = yield* assessed(inputs, { phase: 'measure', round: 0 });
    await ledger.putBase(base);
    yield { type: 'base', ...base };
  }
  const best = bestRound([base.validation, ...rounds.map((r) => r.validation)]);
  const adapter = best === 0 ? null : await ledger.adapter(best);
  await model.restore(adapter);
  return { base, rounds, bestRound: best, adapter };
}

/** Has the last round fallen so far below the best that going on is pointless? */
function fellClearly(measured: readonly Pick<Measured, 'validation' | 'marks'>[], questions: number): boolean {
  const scores = measured.map(({ validation }) => validation);
  return shouldStop(
    scores,
    questions,
    measured.map(({ marks }) => marks?.validation),
  );
}

function generation({ config, task }: SoftInputs): GenerateOptions {
  const { maxTokens, temperature, topK, topP } = config;
  return { maxTokens, temperature, topK, topP, stop: [task.stop] };
}

/** X written by the base model itself, once: what was written is kept, so that a resumed run goes on with the same. */
async function* own(inputs: SoftInputs, { prompts: texts }: Saved): AsyncGenerator<SoftEvent, readonly Question[]> {
  if (texts !== null) return savedPrompts(inputs.task, texts);
  const written = yield* write(inputs);
  await inputs.ledger.putPrompts(written.map(({ text }) => text));
  return written;
}

async function* write({ config, task, model }: SoftInputs): AsyncGenerator<SoftEvent, readonly Question[]> {
  const total = config.prompts;
  yield { type: 'progress', phase: 'write', round: 0, done: 0, total };
  const writing = writePrompts(model, task, config);
  for (;;) {
    const step = await writing.next();
    if (step.done) return step.value;
    yield { type: 'progress', phase: 'write', round: 0, done: step.value, total };
  }
}

/** One answer of M_0 to every prompt; its perplexity is the prompt's difficulty. Never trained on. */
async function* draft(inputs: SoftInputs, prompts: readonly Question[]): AsyncGenerator<SoftEvent, Readonly<Record<string, number>>> {
  const { config, task, model } = inputs;
  const requests = prompts.map((question) => {
    const { context, seed } = demonstrate(task, config, question, 'draft');
    return { prompt: context, seed };
  });
  const drafts: Completion[] = [];
  let done = 0;
  yield { type: 'progress', phase: 'draft', round: 0, done, total: prompts.length };
  for await (const completion of model.generate(requests, generation(inputs))) {
    drafts[completion.index] = completion;
    yield { type: 'progress', phase: 'draft', round: 0, done: ++done, total: prompts.length };
  }
  // In the order of the prompts, whatever came first.
  if (config.perplexityContext === 'with')
    return Object.fromEntries(prompts.map(({ id }, i) => [id, perplexity(drafts[i]?.logProbs ?? [])]));
  const rows = prompts.map(({ prompt }, i) => ({ prompt, completion: task.withoutThought(drafts[i]?.text ?? '') }));
  const scores = await model.score(rows);
  return Object.fromEntries(prompts.map(({ id }, i) => [id, ofScore(scores[i])]));
}

/** exp of the mean negative log-likelihood. */
const ofScore = (score: { readonly nll: number; readonly tokens: number } | undefined): number =>
  score === undefined || score.tokens === 0 ? 1 : Math.exp(score.nll / score.tokens);

/** A training pair and the sample that it comes from. */
type Pair = { readonly sample: Sample; readonly prompt: string; readonly completion: string };

function pairOf({ task }: SoftInputs, sample: Sample, bare: ReadonlyMap<string, string>): Pair {
  const prompt = bare.get(sample.promptId);
  if (prompt === undefined) throw new AppError('INTERNAL', `the prompt ${sample.promptId} of a sample is none of the run's`);
  return { sample, prompt, completion: task.withoutThought(sample.completion) };
}

/** Perplexity of each pair by its sample's index, for the order within a round; `model` is M_{t-1}, and is left so. */
async function difficultiesOf({ config, model }: SoftInputs, round: number, pairs: readonly Pair[]): Promise<ReadonlyMap<number, number>> {
  const { perplexityContext, perplexityModel, answersFrom } = config;
  // A sample has the perplexity of the model that answered; in the first round that is M_0, and M_{t-1} too.
  if (perplexityContext === 'with' && (perplexityModel === answersFrom || round === 1))
    return new Map(pairs.map(({ sample }) => [sample.index, sample.perplexity]));
  const previous = perplexityModel === 'base' ? await model.snapshot() : null;
  if (previous !== null) await model.restore(null);
  const rows = pairs.map(({ sample, prompt, completion }) =>
    perplexityContext === 'with' ? { prompt: sample.context, completion: sample.completion } : { prompt, completion },
  );
  const scores = await model.score(rows);
  if (previous !== null) await model.restore(previous);
  return new Map(pairs.map(({ sample }, i) => [sample.index, ofScore(scores[i])]));
}

type Round = {
  readonly round: number;
  readonly subset: readonly Question[];
  readonly hardness: ((question: Question) => number) | null;
  readonly saved: readonly Sample[];
};

/** Answers the round's prompts, filters each answer, and saves it. What an interrupted run had saved is not made again. */
async function* answer(inputs: SoftInputs, { round, subset, hardness, saved }: Round): AsyncGenerator<SoftEvent, readonly Sample[]> {
  const { run, config, task, model, ledger } = inputs;
  const samples = new Map(saved.filter((sample) => sample.round === round).map((sample) => [sample.index, sample]));
  const missing = subset.map((question, index) => ({ question, index })).filter(({ index }) => !samples.has(index));
  const asked = missing.map((item) => ({ ...item, ...demonstrate(task, config, item.question, `round ${round}`) }));
  const requests = asked.map(({ context, seed }) => ({ prompt: context, seed }));
  const saving = new Saving(ledger);
  yield { type: 'progress', phase: 'answer', round, done: samples.size, total: subset.length };
  try {
    for await (const { index: request, text: completion, pieces, logProbs, finish } of model.generate(requests, generation(inputs))) {
      const item = asked[request];
      if (item === undefined) continue;
      const { question, index, demonstrations, context, seed } = item;
      const aligned = task.graded ? finish === 'stop' && task.aligned(question, completion) : null;
      const verdict = judge({ question, completion: task.said(completion), finish, demonstrations }, config);
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
        verdict: config.oracle && verdict === 'kept' && !aligned ? 'not-aligned' : verdict,
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

/** Fine-tunes M_{t-1} into M_t on (bare prompt, answer) pairs, in the given order; loss on answer tokens only. */
async function* train(
  { config, model }: SoftInputs,
  { round, pairs }: { readonly round: number; readonly pairs: readonly Pair[] },
): AsyncGenerator<SoftEvent, readonly number[]> {
  const rows = pairs.map(({ prompt, completion }) => ({ prompt, completion }));
  const options: FinetuneOptions = {
    epochs: 1, // `pairs` already holds every epoch, in order
    order: 'given',
    batchSize: config.batchSize,
    accumulate: 1,
    learningRate: config.learningRate,
    warmup: 0.1,
    schedule: config.schedule,
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

/** All scores of the model as it is. */
async function* assessed(
  inputs: SoftInputs,
  { phase, round }: { readonly phase: Phase; readonly round: number },
): AsyncGenerator<SoftEvent, Measured> {
  const measuring = assess(inputs.model, inputs.task, inputs, inputs.config);
  for (;;) {
    const step = await measuring.next();
    if (step.done) return step.value;
    yield { type: 'progress', phase, round, ...step.value };
  }
}
