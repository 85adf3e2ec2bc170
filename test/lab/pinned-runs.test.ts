/** Small runs of the bundled model, pinned to the bit: moving code about changes nothing that a run makes. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openBackend } from '../../src/engine/backend.ts';
import { loadModel, type ModelFiles } from '../../src/model/load.ts';
import { type RunConfig, DEFAULTS } from '../../src/run/config.ts';
import { MemoryStore } from '../../src/store/runs/memory.ts';
import { tensorRun } from '../../src/lab/tensor-run.ts';

const MODEL = join(import.meta.dirname, '../../public/models/miniature');
const SMALL: Partial<RunConfig> = { rounds: 2, prompts: 16, questions: 10, batchSize: 4, earlyStop: false, loraRank: 2 };

/** Changed only by a change that is meant to change runs; its commit says why. */
const PINNED: readonly { readonly change: Partial<RunConfig>; readonly hashes: readonly string[] }[] = [
  {
    change: { method: 'soft' },
    hashes: [
      '34e0908742dd64b6690969f820807adc77f127761db8bdbf22ac3fb3e6bafb0e',
      '1f6530364fb934cd32cfa5fbe7749ad3f61b2375650fe3f6053b8f77e16ddae3',
    ],
  },
  {
    change: { method: 'soft+', thoughts: true, loraTargets: 'query-value', perplexityContext: 'without', schedule: 'cosine' },
    hashes: [
      'c7fc299cd8ed61f8ad4783c0935d59ef7676670623069ca8d7cbdf9af2226d63',
      '851bc15f7099d64d39b85e0bd851cbecc8d53f65b3c993c6a09539689482a489',
    ],
  },
  {
    change: { method: 'single', checkpoints: 1, tuning: 'full', draw: 'nearest', learningRate: 0.0002, promptSource: 'own' },
    hashes: ['e28c16bf171577816523f6e48417d7270a8eabd4807a03207f3e60a7527102ea'],
  },
  // many and daring answers: a small change of how they are sampled shows
  {
    change: { method: 'soft', prompts: 64, temperature: 1.3, topP: 1 },
    hashes: [
      '6fdfd1e7075fe1f66c682d0bce80ac577aa28dbf683ff961bc87eb7de1831863',
      'b582ec0e5d18bfbfd84dfb8e58f89edc6e9a54c02a8d25ead7bd43214eae8955',
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
    const running = tensorRun({ files, helpers: null }, { run, config, ledger: await store.openLedger(run) });
    let step = await running.next();
    while (step.done !== true) step = await running.next();
    const made = await Promise.all(step.value.rounds.map(async ({ round }) => (await store.adapter(run, round)).hash));
    expect(made).toEqual(hashes);
  });
});
