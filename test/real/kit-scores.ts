/**
 * The scores of a run with another engine's log-likelihoods: the measurement's own code asks, and numbers that were made elsewhere answer. Knows
 * neither who made them nor how.
 */
import type { LanguageModel, Score, TrainingRow } from '../../src/contracts/language-model.ts';
import { assess } from '../../src/evals/assess.ts';
import { draw } from '../../src/evals/draw.ts';
import { countsOf } from '../../src/settings/counts.ts';
import type { Measured } from '../../src/contracts/records.ts';
import type { RunConfig } from '../../src/run/config.ts';
import type { Tasks } from '../../src/lab/tasks.ts';

const keyOf = ({ prompt, completion }: TrainingRow): string => JSON.stringify([prompt, completion]);

/** A model that scores by a table, and does nothing else. */
function scoring(scoreOf: (row: TrainingRow) => Score): LanguageModel {
  const never = (): never => {
    throw new Error('a measurement by choices only scores');
  };
  const score = (rows: readonly TrainingRow[]) => Promise.resolve(rows.map(scoreOf));
  return { generate: never, likeliest: never, finetune: never, distill: never, restart: never, snapshot: never, restore: never, score };
}

async function measured(tasks: Tasks, config: RunConfig, model: LanguageModel): Promise<Measured> {
  const { task } = tasks;
  const measuring = assess(model, task, draw(tasks.stock(config), config, countsOf(config.questions, task.graded)), config);
  for (;;) {
    const step = await measuring.next();
    if (step.done) return step.value.measured;
  }
}

/** Every row that a measurement of this run scores, once. */
export async function rowsOf(tasks: Tasks, config: RunConfig): Promise<readonly TrainingRow[]> {
  const rows = new Map<string, TrainingRow>();
  const recorder = scoring((row) => {
    rows.set(keyOf(row), row);
    return { nll: 1, tokens: 1 };
  });
  await measured(tasks, config, recorder);
  return [...rows.values()];
}

/** What a measurement says where `rows` have these log-probabilities of their completions' tokens. */
export function measuredFrom(
  tasks: Tasks,
  config: RunConfig,
  rows: readonly TrainingRow[],
  logProbs: readonly (readonly number[])[],
): Promise<Measured> {
  const table = new Map(rows.map((row, i) => [keyOf(row), logProbs[i] ?? []]));
  return measured(
    tasks,
    config,
    scoring((row) => {
      const known = table.get(keyOf(row));
      if (known === undefined) throw new Error(`no log-likelihood of ${keyOf(row).slice(0, 200)}`);
      return { nll: -known.reduce((sum, next) => sum + next, 0), tokens: known.length };
    }),
  );
}
