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
const SMALL: Partial<RunConfig> = { seed: 7, rounds: 2, prompts: 16, questions: 10, batchSize: 4, earlyStop: false, loraRank: 2 };

/** Changed only by a change that is meant to change runs; its commit says why. */
const PINNED: readonly { readonly change: Partial<RunConfig>; readonly hashes: readonly string[] }[] = [
  {
    change: { method: 'soft' },
    hashes: [
      '234fed5071c5ff1a801c928461115c792e09d9abd7e38b7ed3531559153b3ece',
      '09b6697f0e6bb28323406c47cb8b27a90b8d6ed0843f1f7426408a70881d8716',
    ],
  },
  {
    change: { method: 'soft+', thoughts: true, loraTargets: 'query-value', perplexityContext: 'without', schedule: 'cosine' },
    hashes: [
      '71434b5616499e077ded1e84c9b96035c35355290bc6781035c11f2b494d91f2',
      '34119ec68999cf343e8ebcebd0912640d70a074bc8fd36805f58bee69453b14f',
    ],
  },
  {
    change: { method: 'single', checkpoints: 1, tuning: 'full', draw: 'nearest', learningRate: 0.0002, promptSource: 'own' },
    hashes: ['01faef5512f7256aa151a9307ef7524ed99be1e03397df9829bc5ef02a0c26d5'],
  },
  // many and daring answers: a small change of how they are sampled shows
  {
    change: { method: 'soft', prompts: 64, temperature: 1.3, topP: 1 },
    hashes: [
      '4a40e1c96405dd065c994a0cbd231b9386e8d4c76443818ce3c7db5484c3ad80',
      '639dc798c71e9d4471a35c5d2161cf579594f87b2c0f2ab7d73177e75f763a26',
    ],
  },
  {
    change: { method: 'sdft', answersFrom: 'base' },
    hashes: [
      '1103eb8aeab83914e96dd4cfa507df1b1174610b62a2326747c4d9bb3d0b267b',
      '26ebe8e6fd3ae35b9deb573c44660114acdd000384ae3d21b413c0404c36fc3f',
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
