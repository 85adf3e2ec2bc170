/** What the engine holds while runs go on: no more than a fifth above the plan, whatever the lengths of the texts, and nothing is left behind. */
import { beforeAll, describe, expect, test } from 'vitest';
import { bootstrap } from '../../src/run/recipe.ts';
import { gauges, openBackend } from '../../src/engine/backend.ts';
import { loadModel, type ModelFiles } from '../../src/model/load.ts';
import { type RunConfig, DEFAULTS } from '../../src/run/config.ts';
import { MemoryStore } from '../../src/store/runs/memory.ts';
import { TfLanguageModel } from '../../src/training/language-model.ts';
import { outOfDistribution, prompts, test as testQuestions, validation } from '../../src/world/ladder/splits.ts';
import { LADDER } from '../../src/world/ladder/task.ts';
import { tuningOf } from '../../src/lab/tensor-run.ts';
import { ModelPlanner } from '../../src/lab/plan/model-planner.ts';
import type { OpenedSource } from '../../src/lab/sources.ts';
import { tasksOfWorld } from '../../src/lab/tasks.ts';
import { ladder } from '../../src/world/ladder/world.ts';

const CONFIG: RunConfig = { ...DEFAULTS, method: 'soft+', rounds: 3, prompts: 36, epochs: 1, batchSize: 8, earlyStop: false };
/** Of several runs in one tab: with other demonstrations and other answers, so that no two rounds have texts of one length. */
const RUNS: readonly Partial<RunConfig>[] = [
  { demonstrations: 1 },
  { demonstrations: 4, maxTokens: 40 },
  { demonstrations: 2, batchSize: 3 },
  { demonstrations: 0, principles: false },
  { demonstrations: 1 },
];

describe.each(['wasm', 'webgpu'] as const)('five runs in one tab on %s', (backend) => {
  let files: ModelFiles;
  let planner: ModelPlanner;

  beforeAll(async () => {
    files = await loadModel('/models/ladder');
    await openBackend(backend);
    planner = new ModelPlanner({ files } as OpenedSource, tasksOfWorld(ladder), backend);
  });

  test('hold at most 1.2 times the plan after each round, and as many tensors after the last run as after the first', async () => {
    const before = gauges()['engine/bytes'];
    const tensors: number[] = [];
    let planned = 0;
    for (const change of RUNS) {
      const config = { ...CONFIG, ...change };
      const plan = await planner.plan(config);
      // a run leaves room behind that the next one uses
      planned = backend === 'wasm' ? Math.max(planned, plan.peak) : plan.peak;
      {
        using model = new TfLanguageModel(files, tuningOf(config), { seed: config.seed, rows: plan.rows });
        const store = new MemoryStore();
        const run = await store.createRun(config);
        const sets = { validation: validation(20), test: testQuestions(20), outOfDistribution: outOfDistribution(8) };
        const inputs = { run, config, task: LADDER, prompts: prompts(config.seed, config.prompts), ...sets };
        for await (const event of bootstrap({ ...inputs, model, ledger: await store.openLedger(run) })) {
          if (event.type !== 'round') continue;
          expect(gauges()['engine/bytes'] - before).toBeLessThanOrEqual(1.2 * planned);
        }
      }
      tensors.push(gauges()['engine/tensors']);
    }
    expect(tensors.at(-1)).toBe(tensors[0]);
  }, 600_000);
});
