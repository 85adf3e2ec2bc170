/**
 * The loop around every method: prompts and their rounds, what is measured and saved after each, when to stop, and which round is returned.
 * Sees strings, numbers and interfaces: never a tensor, a worker or a store. What happens inside of a round is the method's own.
 */
import type { MethodEvent, Phase } from '../contracts/events.ts';
import type { AdapterState } from '../contracts/language-model.ts';
import type { Saved } from '../contracts/ledger.ts';
import type { Measured, Probed, Probes, RoundResult } from '../contracts/records.ts';
import type { Question } from '../contracts/task.ts';
import { AppError } from '../errors.ts';
import { mean } from '../numbers.ts';
import { assess, type Assessed } from '../evals/assess.ts';
import { probe } from '../evals/probe.ts';
import { retained } from '../evals/retained.ts';
import { curriculum } from './curriculum.ts';
import { orderOf } from './difficulty.ts';
import { checkFilters } from './filters/judge.ts';
import type { Inputs, Method, Outcome } from './method.ts';
import { writePrompts } from './prompts.ts';
import { checkSaved, savedPrompts } from './saved.ts';
import { bestRound, shouldStop } from './validation.ts';

/**
 * Runs all rounds that are not committed yet and leaves the best round's weights in the model.
 * Ending the iteration early keeps what was saved; a later call with the same ledger goes on to the same result.
 * Throws `KEPT_TOO_FEW`, `RUN_UNFIT` for a saved run with other prompts, `OPTION_RANGE` for a filter that needs grades where there are none,
 * and whatever the model and the ledger throw.
 */
export async function* align(method: Method, inputs: Inputs): AsyncGenerator<MethodEvent, Outcome> {
  const { config, task, model, ledger, validation } = inputs;
  checkFilters(config, task.graded);
  const saved = await ledger.load();
  const rounds = [...saved.rounds];
  const count = method.rounds(config);
  const order = orderOf(config, method.order);

  await model.restore(null);
  const prompts = config.promptSource === 'own' && count > 0 ? yield* own(inputs, saved) : inputs.prompts;
  const { next, hardness } = yield* curriculum(inputs, prompts, {
    order,
    count: method.atOnce === true ? Math.min(1, count) : count,
    saved,
  });
  checkSaved(saved, prompts, next(rounds));
  if (saved.prompts === null && config.promptSource === 'given') await ledger.putPrompts(prompts.map(({ text }) => text));

  await model.restore(saved.adapter);
  let base = saved.base;
  const measureBase = async function* (): AsyncGenerator<MethodEvent, Measured> {
    const { measured, heldOut } = yield* assessed(inputs, { phase: 'measure', round: 0 });
    base = measured;
    await ledger.putBase(base, heldOut);
    yield { type: 'base', ...base };
    return base;
  };
  while (rounds.length < count) {
    const round = rounds.length + 1;
    if (base !== null && config.earlyStop && fellClearly([base, ...rounds], validation.length)) break;

    // M_{t-1} becomes M_t
    const { answers, losses } = yield* method.round({
      ...inputs,
      prompts,
      round,
      subset: next(rounds),
      order,
      hardness,
      saved: saved.samples,
      baseline: async function* () {
        if (base === null) yield* measureBase();
      },
    });

    if (base === null) throw new AppError('INTERNAL', `${method.name} trained before the base model was measured`);

    // M_t is measured on held-out questions; V decides, E and O are only reported.
    const { measured, heldOut } = yield* assessed(inputs, { phase: 'validate', round });
    const { scores, ...others } = measured;
    const kept = answers.filter(({ verdict }) => verdict === 'kept').length;
    const graded = answers.filter(({ aligned }) => aligned !== null);
    const labelQuality = graded.length === 0 ? null : graded.filter(({ aligned }) => aligned).length / graded.length;
    const still = retained(task, inputs.test, base.marks?.zeroShot, measured.marks?.zeroShot);
    const surprise = mean(answers.map(({ perplexity }) => Math.log(perplexity)));
    const made = { round, prompts: answers.length, kept, labelQuality, retained: still, surprise };
    const result: RoundResult = { ...made, ...scores, ...others, trainLoss: losses };
    await ledger.commitRound(result, await model.snapshot(), heldOut);
    rounds.push(result);
    yield { type: 'round', result };
  }

  const start = base ?? (yield* measureBase());
  const best = bestRound([start.validation, ...rounds.map((r) => r.validation)]);
  const adapter = best === 0 ? null : await ledger.adapter(best);
  const probes = yield* probed(inputs, rounds.length, adapter);
  await model.restore(adapter);
  return { base: start, rounds, bestRound: best, adapter, probes };
}

/** The probes of M_0 and of the returned round, one after the other; null where there are none. */
async function* probed(
  { model, task, probes: questions, config }: Inputs,
  round: number,
  adapter: AdapterState | null,
): AsyncGenerator<MethodEvent, Probes | null> {
  if (questions === undefined) return null;
  const measure = async function* (state: AdapterState | null, before: number): AsyncGenerator<MethodEvent, Probed> {
    await model.restore(state);
    const probing = probe(model, task, questions, config);
    for (;;) {
      const step = await probing.next();
      if (step.done) return step.value;
      const { done, total } = step.value;
      yield { type: 'progress', phase: 'probe', round, done: before + done, total: adapter === null ? total : 2 * total };
    }
  };
  const base = yield* measure(null, 0);
  const once = questions.asked.length + questions.open.length;
  return { base, returned: adapter === null ? base : yield* measure(adapter, once) };
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

/** X written by the base model itself, once: what was written is kept, so that a resumed run goes on with the same. */
async function* own(inputs: Inputs, { prompts: texts }: Saved): AsyncGenerator<MethodEvent, readonly Question[]> {
  if (texts !== null) return savedPrompts(inputs.task, texts);
  const written = yield* write(inputs);
  await inputs.ledger.putPrompts(written.map(({ text }) => text));
  return written;
}

async function* write({ config, task, model }: Inputs): AsyncGenerator<MethodEvent, readonly Question[]> {
  const total = config.prompts;
  yield { type: 'progress', phase: 'write', round: 0, done: 0, total };
  const writing = writePrompts(model, task, config);
  for (;;) {
    const step = await writing.next();
    if (step.done) return step.value;
    yield { type: 'progress', phase: 'write', round: 0, done: step.value, total };
  }
}

/** All scores of the model as it is, and the answers behind them. */
async function* assessed(
  inputs: Inputs,
  { phase, round }: { readonly phase: Phase; readonly round: number },
): AsyncGenerator<MethodEvent, Assessed> {
  const measuring = assess(inputs.model, inputs.task, inputs, inputs.config);
  for (;;) {
    const step = await measuring.next();
    if (step.done) return step.value;
    yield { type: 'progress', phase, round, ...step.value };
  }
}
