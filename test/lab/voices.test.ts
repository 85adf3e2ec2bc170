/** Who speaks in the bundled model: cold a mixture of all writers, with one good example in view somebody higher up, as the story says. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openBackend } from '../../src/engine/backend.ts';
import { tasksOfWorld } from '../../src/lab/tasks.ts';
import { tuningOf } from '../../src/lab/tensor-run.ts';
import { askVoices } from '../../src/lab/voices.ts';
import { loadModel } from '../../src/model/load.ts';
import { DEFAULTS } from '../../src/run/config.ts';
import { RUNGS, WRITERS } from '../../src/world/ladder/writers.ts';
import { ladder } from '../../src/world/ladder/world.ts';
import { voicesOf } from '../../src/world/voices.ts';

const MODEL = join(import.meta.dirname, '../../public/models/ladder');

test('one example moves the bars towards the guide, and asking twice gives the same bars', async () => {
  await openBackend('wasm');
  const files = await loadModel(async (name) => new Uint8Array(await readFile(join(MODEL, name))));
  const weights = { tuning: tuningOf(DEFAULTS), seed: DEFAULTS.seed, state: null };
  const found = await askVoices(files, tasksOfWorld(ladder), weights);
  expect(await askVoices(files, tasksOfWorld(ladder), weights)).toEqual(found);
  expect(new Set(Object.keys(found.cold))).toEqual(new Set(Object.keys(RUNGS)));
  const [cold, shown] = [voicesOf(WRITERS, found.cold) ?? [], voicesOf(WRITERS, found.shown) ?? []];
  const height = (voices: readonly number[]): number => voices.reduce((sum, voice, rung) => sum + voice * rung, 0);
  expect(height(shown)).toBeGreaterThan(height(cold) + 0.5);
  // nobody has the page for himself
  expect(Math.max(...cold)).toBeLessThan(0.6);
});
