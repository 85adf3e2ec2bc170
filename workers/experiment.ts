/**
 * The experiment: SOFT in the miniature world, on a model of the tensor engine. Says how a run's options become a model and a set of
 * questions. Knows no store and no page.
 */
import type { Ledger } from '../src/align/ledger.ts';
import { type Outcome, soft, type SoftEvent } from '../src/align/soft.ts';
import { AppError } from '../src/errors.ts';
import { LINEARS, type LinearName } from '../src/model/config.ts';
import type { ModelFiles } from '../src/model/load.ts';
import { OPTION_NAMES, parseOption } from '../src/options.ts';
import type { RunConfig } from '../src/protocol.ts';
import { TfLanguageModel, type Tuning } from '../src/training/language-model.ts';
import { outOfDistribution, prompts, test, validation } from '../src/world/splits.ts';
import { MINIATURE } from '../src/world/task.ts';
import type { Helpers } from './helpers.ts';
import { PooledLanguageModel } from './pool.ts';

const VALIDATION = 100;
const TEST = 200;
const OUT_OF_DISTRIBUTION = 100;

/** What came from outside, checked option by option, and nothing else. Throws `OPTION_RANGE`. */
export function checkConfig(raw: RunConfig): RunConfig {
  const checked = OPTION_NAMES.map((name) => {
    const parsed = parseOption(name, String(raw[name]));
    if ('refusal' in parsed) throw new AppError('OPTION_RANGE', parsed.refusal.message);
    return [name, parsed.value];
  });
  return Object.fromEntries(checked) as RunConfig;
}

const TARGETS: Readonly<Record<RunConfig['loraTargets'], readonly LinearName[]>> = {
  all: LINEARS,
  attention: ['q_proj', 'k_proj', 'v_proj', 'o_proj'],
  'query-value': ['q_proj', 'v_proj'],
  mlp: ['gate_proj', 'up_proj', 'down_proj'],
};

/** What a run fine-tunes: an adapter with alpha / rank = 2 (alpha 16 at rank 8, as LoRA's users do), or all weights. */
export function tuningOf({ tuning, loraRank, loraTargets }: RunConfig): Tuning {
  return tuning === 'full' ? { mode: 'full' } : { mode: 'lora', rank: loraRank, alpha: 2 * loraRank, targets: TARGETS[loraTargets] };
}

/** The method on a model of its own, which is gone at the end, and on copies of it where there are helpers. */
export async function* experiment(
  { files, helpers }: { readonly files: ModelFiles; readonly helpers: Helpers | null },
  { run, config, ledger }: { readonly run: string; readonly config: RunConfig; readonly ledger: Ledger },
): AsyncGenerator<SoftEvent, Outcome> {
  const shape = { tuning: tuningOf(config), seed: config.seed };
  using local = new TfLanguageModel(files, shape.tuning, shape);
  const model = helpers === null ? local : new PooledLanguageModel(local, helpers.of(shape), { width: helpers.count });
  const questions = {
    prompts: config.promptSource === 'given' ? prompts(config.seed, config.prompts) : [],
    validation: validation(VALIDATION),
    test: test(TEST),
    outOfDistribution: outOfDistribution(OUT_OF_DISTRIBUTION),
  };
  return yield* soft({ run, config, task: MINIATURE, ...questions, model, ledger });
}
