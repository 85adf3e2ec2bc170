/** Merge and restart: a fresh adapter in every round, on weights that hold the ones before. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { openBackend } from '../../src/engine/backend.ts';
import { rankOf } from '../../src/files/adapters.ts';
import { LINEARS } from '../../src/files/config.ts';
import { readAdapterFolder } from '../../src/files/in/adapter.ts';
import { readSafetensors } from '../../src/files/safetensors.ts';
import { takeHome } from '../../src/lab/take-home.ts';
import { tasksOfWorld } from '../../src/lab/tasks.ts';
import { tensorRun } from '../../src/lab/tensor-run.ts';
import { ladder } from '../../src/world/ladder/world.ts';
import { memoryOf, type Sizes } from '../../src/model/cost.ts';
import { loadModel, type ModelFiles } from '../../src/model/load.ts';
import { type RunConfig, DEFAULTS } from '../../src/run/config.ts';
import { MemoryStore } from '../../src/store/runs/memory.ts';
import { TfLanguageModel, type Tuning } from '../../src/training/language-model.ts';
import { all } from '../support/all.ts';
import { TINY, tinyModel } from '../support/tiny.ts';
import { TRAINING } from '../support/training.ts';

const OPTIONS = { rank: 2, alpha: 4, targets: ['q_proj', 'down_proj'] } as const;
const TUNING: Tuning = { mode: 'lora', restarts: true, ...OPTIONS };
const ROWS = Array.from({ length: 12 }, (_, i) => ({ prompt: `${'ab'.repeat(1 + (i % 4))}:`, completion: ` yes ${i % 3}.\n` }));
const RECIPE = { ...TRAINING, learningRate: 0.05 };

const model = (tuning = TUNING) => new TfLanguageModel(tinyModel(), tuning, { seed: 3 });

/** A model after so many rounds, each with a fresh adapter. */
async function trained(lm: TfLanguageModel, rounds: number): Promise<void> {
  for (let round = 1; round <= rounds; round++) {
    if (round > 1) await lm.restart();
    await all(lm.finetune(ROWS, RECIPE));
  }
}

beforeAll(() => openBackend('wasm'));

describe('a model that restarts its adapter', () => {
  it('says afterwards what it said before, and learns from there', async () => {
    using lm = model();
    await trained(lm, 1);
    const before = await lm.score(ROWS);
    await lm.restart();
    const after = await lm.score(ROWS);
    for (const [i, { nll }] of after.entries()) expect(nll).toBeCloseTo(before[i]?.nll ?? Number.NaN, 4);
    const [first] = await all(lm.finetune(ROWS, { ...RECIPE, batchSize: ROWS.length }));
    const tokens = before.reduce((sum, score) => sum + score.tokens, 0);
    expect(first?.loss).toBeCloseTo(before.reduce((sum, { nll }) => sum + nll, 0) / tokens, 4);
    const sum = (scores: typeof after): number => scores.reduce((total, { nll }) => total + nll, 0);
    expect(sum(await lm.score(ROWS))).toBeLessThan(sum(after));
  });

  it('adds its rank to the snapshot with each restart, in other directions', async () => {
    using lm = model();
    await trained(lm, 3);
    const { tensors } = readSafetensors((await lm.snapshot()).bytes);
    expect(rankOf(tensors)).toBe(6);
    const A = tensors.get([...tensors.keys()].find((name) => name.endsWith('.lora_A.weight')) ?? '');
    const size = (A?.data.length ?? 0) / 3;
    const starts = [0, 1, 2].map((part) => A?.data.subarray(part * size, (part + 1) * size).join() ?? '');
    expect(new Set(starts).size).toBe(3);
  });

  it('goes on from a snapshot to the same bits, whoever made it', async () => {
    using whole = model();
    await trained(whole, 2);
    const state = await whole.snapshot();
    using other = model();
    await trained(other, 3);
    await other.restore(state);
    expect(await other.score(ROWS)).toEqual(await whole.score(ROWS));
    expect(await other.snapshot()).toEqual(state);
    for (const lm of [whole, other]) {
      await lm.restart();
      await all(lm.finetune(ROWS, RECIPE));
    }
    expect((await other.snapshot()).hash).toBe((await whole.snapshot()).hash);
    await other.restore(null);
    using fresh = model();
    expect(await other.snapshot()).toEqual(await fresh.snapshot());
    expect(await other.score(ROWS)).toEqual(await fresh.score(ROWS));
  });

  it('refuses a snapshot of another rank and stays as it was', async () => {
    using lm = model();
    await trained(lm, 2);
    const before = await lm.snapshot();
    using other = model({ ...TUNING, rank: 3 });
    const state = await other.snapshot();
    expect(() => lm.restore(state)).toThrow(expect.objectContaining({ code: 'MODEL_MISMATCH' }));
    expect(await lm.snapshot()).toEqual(before);
    using without = model({ mode: 'lora', ...OPTIONS });
    expect(() => without.restore(before)).toThrow(expect.objectContaining({ code: 'MODEL_MISMATCH' }));
  });

  it('holds one copy of the adapted layers however many restarts there were, and frees it', async () => {
    const before = tf.memory();
    {
      using lm = model();
      await trained(lm, 1);
      const plain = tf.memory();
      await lm.restart();
      const { numBytes, numTensors } = tf.memory();
      const sizes: Sizes = { lora: OPTIONS, weightBytes: 4, trainRows: 1, trainTokens: 1, answerRows: 1, answerTokens: 1 };
      const planned = (restarts: boolean) =>
        memoryOf(TINY, { ...sizes, restarts }).training.find(({ name }) => name === 'weights')?.bytes ?? 0;
      expect(numBytes - plain.numBytes).toBe(planned(true) - planned(false));
      for (let i = 0; i < 3; i++) await lm.restart();
      expect([tf.memory().numBytes, tf.memory().numTensors]).toEqual([numBytes, numTensors]);
    }
    expect(tf.memory()).toMatchObject({ numTensors: before.numTensors, numBytes: before.numBytes });
  });

  it('does nothing of the kind where all weights are trained', async () => {
    using lm = new TfLanguageModel(tinyModel(), { mode: 'full' }, { seed: 3 });
    const before = await lm.snapshot();
    await lm.restart();
    expect(await lm.snapshot()).toEqual(before);
  });
});

describe('a run that merges and restarts', () => {
  const MODEL = join(import.meta.dirname, '../../public/models/ladder');
  const config: RunConfig = {
    ...DEFAULTS,
    method: 'soft',
    startFrom: 'merged',
    rounds: 3,
    prompts: 24,
    questions: 10,
    batchSize: 4,
    earlyStop: false,
    loraRank: 2,
  };
  let files: ModelFiles;
  beforeAll(async () => {
    files = await loadModel(async (name) => new Uint8Array(await readFile(join(MODEL, name))));
  });

  /** Runs until the run is over; the tab is closed at the events of these numbers. */
  async function run(closed: readonly number[] = []) {
    const store = new MemoryStore();
    const name = await store.createRun(config);
    let seen = 0;
    for (let sessions = 1; ; sessions++) {
      const running = tensorRun(
        { files, helpers: null, tasks: tasksOfWorld(ladder) },
        { run: name, config, ledger: await store.openLedger(name) },
      );
      for (;;) {
        const step = await running.next();
        if (step.done === true) return { store, name, outcome: step.value, sessions };
        if (closed.includes(++seen)) {
          await running.return(undefined as never);
          break;
        }
      }
    }
  }

  it('resumes to the same bits wherever it was closed, and takes home one adapter for all rounds', async () => {
    const { store, name, outcome } = await run();
    const hashes = await Promise.all([1, 2, 3].map(async (round) => (await store.adapter(name, round)).hash));
    const torn = await run([60, 130, 170, 215, 260]);
    expect(await Promise.all([1, 2, 3].map(async (round) => (await torn.store.adapter(torn.name, round)).hash))).toEqual(hashes);
    expect(torn.sessions).toBe(6);
    expect(torn.outcome.rounds).toEqual(outcome.rounds);

    const home = {
      store,
      files,
      run: name,
      round: 3,
      said: (text: string) => text,
      read: async () => null,
      model: { name: 'Ladder', fingerprint: '', world: 'ladder', family: 'llama', parameters: 1, small: true, context: 256, note: null },
    };
    const made = await takeHome(home, ['adapter', 'merged']);
    const bytes = (path: string): Uint8Array => {
      const file = made.find((one) => one.name === path);
      return file === undefined
        ? new Uint8Array()
        : 'text' in file
          ? new TextEncoder().encode(file.text)
          : 'bytes' in file
            ? file.bytes
            : joined(file.pieces());
    };
    const adapter = readAdapterFolder(
      new Map(['adapter_config.json', 'adapter_model.safetensors'].map((file) => [file, bytes(`adapter/${file}`)])),
      files.config,
    );
    expect([adapter.rank, adapter.alpha]).toEqual([6, 12]);
    expect(new TextDecoder().decode(bytes('adapter/README.md'))).toContain('those of rounds 1 to 3 are added up here');
    // the model that is taken home says what the run's model says
    using lm = new TfLanguageModel(files, { mode: 'lora', restarts: true, rank: 2, alpha: 4, targets: LINEARS }, { seed: config.seed });
    await lm.restore(await store.adapter(name, 3));
    const weights = readSafetensors(Uint8Array.from(bytes('merged/model.safetensors'))).tensors;
    using plain = new TfLanguageModel({ ...files, weights }, { mode: 'full' }, { seed: 1 });
    const rows = [{ prompt: 'User: Where is the hat?\nBot:', completion: ' Sorry, I do not know the hat.\n' }];
    const [[own], [other]] = [await lm.score(rows), await plain.score(rows)];
    expect(other?.nll).toBeCloseTo(own?.nll ?? Number.NaN, 3);
  });
});

function joined(pieces: Iterable<Uint8Array>): Uint8Array {
  return Uint8Array.from(Buffer.concat([...pieces]));
}
