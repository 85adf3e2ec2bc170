/**
 * One run on tensors: the method on a model of the engine, in a world or with an alignment kit. Says how a run's options become a
 * model. Knows no task, no store and no page.
 */
import type { Ledger } from '../contracts/ledger.ts';
import type { Outcome } from '../align/method.ts';
import { bootstrap, roundsOf } from '../run/recipe.ts';
import type { MethodEvent } from '../contracts/events.ts';
import { AppError } from '../errors.ts';
import { draw, type Drawn } from '../evals/draw.ts';
import { countsOf } from '../settings/counts.ts';
import { loraOf } from '../files/lora.ts';
import type { Gate } from '../engine/work.ts';
import type { ModelFiles } from '../model/load.ts';
import type { GrowingRows } from '../model/rows.ts';
import { parseOption } from '../run/options.ts';
import { type RunConfig, OPTION_NAMES } from '../run/config.ts';
import { TfLanguageModel, type Tuning } from '../training/language-model.ts';
import type { Helpers } from './pool/helpers.ts';
import { PooledLanguageModel } from './pool/pool.ts';
import type { Tasks } from './tasks.ts';

/** What came from outside, checked option by option, and nothing else. Throws `OPTION_RANGE`. */
export function checkConfig(raw: RunConfig): RunConfig {
  const checked = OPTION_NAMES.map((name) => {
    const parsed = parseOption(name, String(raw[name]));
    if ('refusal' in parsed) throw new AppError('OPTION_RANGE', parsed.refusal.message);
    return [name, parsed.value];
  });
  return Object.fromEntries(checked) as RunConfig;
}

/** What a run fine-tunes: an adapter with alpha / rank = 2 (alpha 16 at rank 8, as LoRA's users do), or all weights. */
export function tuningOf(config: RunConfig): Tuning {
  if (config.tuning === 'full') return { mode: 'full' };
  return { mode: 'lora', ...loraOf(config), ...(config.startFrom === 'merged' ? { restarts: true } : {}) };
}

/** The method on a model of its own, which is gone at the end, and on copies of it where there are helpers. */
export async function* tensorRun(
  {
    files,
    helpers,
    tasks,
    questions,
    rows,
    gate,
  }: {
    readonly files: ModelFiles;
    readonly helpers: Helpers | null;
    readonly tasks: Tasks;
    /** What is asked; all of it where nothing is too long for the model. */
    readonly questions?: Drawn;
    /** Rows that are answered at a time, where the planner asks for fewer than usual, or lets them grow. */
    readonly rows?: number | GrowingRows;
    /** Asked between parts of the work. */
    readonly gate?: Gate;
  },
  { run, config, ledger }: { readonly run: string; readonly config: RunConfig; readonly ledger: Ledger },
): AsyncGenerator<MethodEvent, Outcome> {
  const shape = { tuning: tuningOf(config), seed: config.seed };
  const asked = questions ?? draw(tasks.stock(config), config, countsOf(config.questions, tasks.task.graded));
  const { length: there } = asked.prompts;
  const given = config.promptSource === 'given' && roundsOf(config) > 0;
  if (given && there < config.prompts)
    throw new AppError('WORLD_EXHAUSTED', `There are ${there} prompts, ${config.prompts} are asked for.`);
  using local = new TfLanguageModel(files, shape.tuning, {
    ...shape,
    end: tasks.end,
    ...(rows === undefined ? {} : { rows }),
    ...(gate === undefined ? {} : { gate }),
  });
  const model = helpers === null ? local : new PooledLanguageModel(local, helpers.of(shape), { width: helpers.count });
  return yield* bootstrap({ run, config, task: tasks.task, ...asked, model, ledger });
}
