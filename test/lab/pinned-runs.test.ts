/** Small runs of the bundled model, pinned to the bit: moving code about changes nothing that a run makes. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openBackend } from '../../src/engine/backend.ts';
import { loadModel, type ModelFiles } from '../../src/model/load.ts';
import { type RunConfig, DEFAULTS } from '../../src/run/config.ts';
import { MemoryStore } from '../../src/store/runs/memory.ts';
import { tasksOfWorld } from '../../src/lab/tasks.ts';
import { tensorRun } from '../../src/lab/tensor-run.ts';
import { ladder } from '../../src/world/ladder/world.ts';

const MODEL = join(import.meta.dirname, '../../public/models/ladder');
const SMALL: Partial<RunConfig> = { rounds: 2, prompts: 16, questions: 10, batchSize: 4, earlyStop: false, loraRank: 2 };

/** Changed only by a change that is meant to change runs; its commit says why. */
const PINNED: readonly { readonly change: Partial<RunConfig>; readonly hashes: readonly string[] }[] = [
  {
    change: { method: 'soft' },
    hashes: [
      'b70d6338dbff8e872c68868a5c7437bad6d18bda984dc0635072fc3110a68363',
      '01309ed7ce6898e5c3d218e128767d59959afef890615d16cf1b8fe746acbfde',
    ],
  },
  {
    change: { method: 'soft+', thoughts: true, loraTargets: 'query-value', perplexityContext: 'without', schedule: 'cosine' },
    hashes: [
      '7980ee21d8e1b517ed522d8ecf752c4a3fccf4ac2e951db6e4f0488ae9c5872e',
      '2b5622a1211195b51ca25ee9b448c35aa44e601afa680051748b32f99cfb23a0',
    ],
  },
  {
    change: { method: 'single', checkpoints: 1, tuning: 'full', draw: 'nearest', learningRate: 0.0002, promptSource: 'own' },
    hashes: ['d8fae61b4510b8382607ead7f8edfe6d341ea223b8846023dbe178dabcf6fdea'],
  },
  // many and daring answers: a small change of how they are sampled shows
  {
    change: { method: 'soft', prompts: 64, temperature: 1.3, topP: 1 },
    hashes: [
      'c3738c56b52ef14bc4feb09d3d875afda161b995fc4fcb95eff7d2e9b05a90f1',
      '01caec7f06cbcf7a5e240dee88595f31df9827843c1c86a5757040c578de24fd',
    ],
  },
];

let files: ModelFiles;
beforeAll(async () => {
  await openBackend('wasm');
  files = await loadModel(async (name) => new Uint8Array(await readFile(join(MODEL, name))));
});

describe('a fixed run of the bundled model', () => {
  it.each(PINNED)('makes the same adapters as ever: $change.method', async ({ change, hashes }) => {
    const config: RunConfig = { ...DEFAULTS, ...SMALL, ...change };
    const store = new MemoryStore();
    const run = await store.createRun(config);
    const running = tensorRun({ files, helpers: null, tasks: tasksOfWorld(ladder) }, { run, config, ledger: await store.openLedger(run) });
    let step = await running.next();
    while (step.done !== true) step = await running.next();
    const made = await Promise.all(step.value.rounds.map(async ({ round }) => (await store.adapter(run, round)).hash));
    expect(made).toEqual(hashes);
  });
});
