/**
 * The scores of a run with another engine's log-likelihoods: the measurement's own code asks, and numbers that were made elsewhere answer. Knows
 * neither who made them nor how.
 */
import type { GenerateRequest, LanguageModel, Score, TrainingRow } from '../../src/contracts/language-model.ts';
import { assess } from '../../src/evals/assess.ts';
import { draw } from '../../src/evals/draw.ts';
import { probe } from '../../src/evals/probe.ts';
import { countsOf } from '../../src/settings/counts.ts';
import type { Measured, Probed } from '../../src/contracts/records.ts';
import type { Question, Task } from '../../src/contracts/task.ts';
import type { RunConfig } from '../../src/run/config.ts';
import type { Tasks } from '../../src/lab/tasks.ts';

const keyOf = ({ prompt, completion }: TrainingRow): string => JSON.stringify([prompt, completion]);

/** A model that scores by a table, and does nothing else. */
function scoring(scoreOf: (row: TrainingRow) => Score): LanguageModel {
  const never = (): never => {
    throw new Error('a measurement by choices only scores');
  };
  // who asks nothing is answered nothing
  const generate = async function* (requests: readonly GenerateRequest[]) {
    for (const _ of requests) yield never();
  };
  const score = (rows: readonly TrainingRow[]) => Promise.resolve(rows.map(scoreOf));
  return { generate, likeliest: never, finetune: never, distill: never, restart: never, snapshot: never, restore: never, score };
}

async function measured(tasks: Tasks, config: RunConfig, model: LanguageModel): Promise<Measured> {
  const { task } = tasks;
  const measuring = assess(model, task, draw(tasks.stock(config), config, countsOf(config.questions, task.graded)), config);
  for (;;) {
    const step = await measuring.next();
    if (step.done) return step.value.measured;
  }
}

/** Every row that is scored by `ask`, once. */
async function recorded(ask: (model: LanguageModel) => Promise<unknown>): Promise<readonly TrainingRow[]> {
  const rows = new Map<string, TrainingRow>();
  await ask(
    scoring((row) => {
      rows.set(keyOf(row), row);
      return { nll: 1, tokens: 1 };
    }),
  );
  return [...rows.values()];
}

/** A model that thinks of these rows what somebody else has found. */
function knowing(rows: readonly TrainingRow[], scores: readonly Score[]): LanguageModel {
  const table = new Map(rows.map((row, i) => [keyOf(row), scores[i]]));
  return scoring((row) => {
    const known = table.get(keyOf(row));
    if (known === undefined) throw new Error(`no log-likelihood of ${keyOf(row).slice(0, 200)}`);
    return known;
  });
}

/** Log-probabilities of tokens as a score. */
export function scoreOf(logProbs: readonly number[]): Score {
  return { nll: -logProbs.reduce((sum, next) => sum + next, 0), tokens: logProbs.length };
}

/** Every row that a measurement of this run scores, once. */
export function rowsOf(tasks: Tasks, config: RunConfig): Promise<readonly TrainingRow[]> {
  return recorded((model) => measured(tasks, config, model));
}

/** What a measurement says where `rows` have these log-probabilities of their completions' tokens. */
export function measuredFrom(
  tasks: Tasks,
  config: RunConfig,
  rows: readonly TrainingRow[],
  logProbs: readonly (readonly number[])[],
): Promise<Measured> {
  return measured(
    tasks,
    config,
    knowing(
      rows,
      rows.map((_, i) => scoreOf(logProbs[i] ?? [])),
    ),
  );
}

async function probed(task: Task, asked: readonly Question[], model: LanguageModel): Promise<Probed> {
  const probing = probe(model, task, { asked, open: [] }, { seed: 1, maxTokens: 1 });
  for (;;) {
    const step = await probing.next();
    if (step.done) return step.value;
  }
}

/** Every row that is scored where these questions are probes, once. */
export function probeRows(task: Task, asked: readonly Question[]): Promise<readonly TrainingRow[]> {
  return recorded((model) => probed(task, asked, model));
}

/** MC1 and MC2 of such questions where their rows have these scores. */
export async function truthfulFrom(
  task: Task,
  asked: readonly Question[],
  rows: readonly TrainingRow[],
  scores: readonly Score[],
): Promise<{ readonly mc1: number; readonly mc2: number }> {
  const [set] = Object.values((await probed(task, asked, knowing(rows, scores))).sets);
  return { mc1: set?.mc1 ?? Number.NaN, mc2: set?.mc2 ?? Number.NaN };
}
