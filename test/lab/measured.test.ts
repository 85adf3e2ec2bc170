/** What is measured of an open model before its runs: it says how far it is, ends in the middle of its work when it is cancelled, and leaves nothing behind. */
import 'fake-indexeddb/auto';
import * as tf from '@tensorflow/tfjs';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createLab } from '../../src/lab/lab.ts';
import type { RunModel } from '../../src/run/records.ts';
import { Connection } from '../../src/store/runs/connection.ts';
import { IndexedStore } from '../../src/store/runs/indexed.ts';
import type { Told } from '../../src/protocol/lm.ts';
import { DEFAULTS } from '../../src/run/config.ts';
import { randomModel } from '../support/random-model.ts';

const KIT = join(import.meta.dirname, '../../public/kits/english');
const RUN = { ...DEFAULTS, demonstrations: 0, principles: false };
let lab: ReturnType<typeof createLab>;
let model: RunModel;

beforeAll(async () => {
  vi.stubGlobal('navigator', { hardwareConcurrency: 1 }); // older Nodes have none
  lab = createLab({
    commit: 'test',
    startHelper: () => {
      throw new Error('a model of the user’s has no helpers');
    },
  });
  const kit = readdirSync(KIT).map((name): [string, Uint8Array<ArrayBuffer>] => [
    `kit/${name}`,
    Uint8Array.from(readFileSync(join(KIT, name))),
  ]);
  const files = [...randomModel('llama', { context: 256 }), ...kit].map(([name, bytes]) => {
    const path = `mine/${name}`;
    return { path, file: new File([bytes], path.slice(path.lastIndexOf('/') + 1)) };
  });
  for await (const event of await lab.open({ backend: 'wasm', model: { kind: 'files', files } }))
    if (event.type === 'failed') throw new Error(event.failure.detail);
    else if (event.type === 'made') model = event.made.model;
});
afterAll(() => void vi.unstubAllGlobals());

type Told1 = Told<string, unknown>;
const WORK: Readonly<Record<string, () => Promise<ReadableStream<Told1>>>> = {
  'the time': () => lab.measure(RUN),
  'its answers': () => lab.measureAnswers(RUN),
};

async function all(stream: ReadableStream<Told1>): Promise<readonly Told1[]> {
  const events: Told1[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

describe.each(Object.entries(WORK))('%s of an open model', (_, begin) => {
  test('is told in ever larger shares, from nothing to the whole', async () => {
    const events = await all(await begin());
    expect(events.at(-1)?.type).toBe('made');
    const progress = events.flatMap((event) => (event.type === 'progress' ? [event] : []));
    const shares = progress.map(({ done, total }) => done / total);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect([shares[0], shares.at(-1)]).toEqual([0, 1]);
    expect(shares.length).toBeGreaterThan(4);
  }, 60_000);

  test('ends in the middle of its work when it is cancelled, and gives its memory back; the next one begins at once', async () => {
    const held = tf.memory().numTensors;
    const reader = (await begin()).getReader();
    expect((await reader.read()).value?.type).toBe('progress');
    await reader.cancel();
    const events = await all(await begin());
    expect(events.at(-1)?.type).toBe('made');
    expect(tf.memory().numTensors).toBe(held);
  }, 60_000);

  test('is ended by another one, which takes its place', async () => {
    const first = all(await begin());
    const second = all(await begin());
    expect((await first).at(-1)).toMatchObject({ type: 'failed', failure: { code: 'STOPPED' } });
    expect((await second).at(-1)?.type).toBe('made');
  }, 60_000);
});

describe('a whole model that is taken home', () => {
  const taken = async () => {
    const { name, fingerprint, kit, rendering, weights } = model;
    const run = await new IndexedStore(await Connection.open()).createRun(RUN, {
      name,
      fingerprint,
      ...(kit === undefined ? {} : { kit }),
      ...(rendering === undefined ? {} : { rendering }),
      ...(weights === undefined ? {} : { weights }),
    });
    return () => lab.takeHome(run, 0, ['merged'], true, 'F16');
  };

  test('says how far it is: what is measured of it first, from nothing to the whole, then its files', async () => {
    const events = await all(await (await taken())());
    expect(events.at(-1)).toMatchObject({ type: 'made', made: { files: [{ name: expect.stringContaining('round-0.zip') as string }] } });
    const told = events.flatMap((event) => (event.type === 'progress' ? [`${event.part} ${event.done}/${event.total}`] : []));
    expect(told.slice(0, 7)).toEqual([0, 1, 2, 3, 4, 5, 6].map((done) => `comparing ${done}/6`));
    expect(told[7]).toMatch(/^packing 0\//);
  }, 60_000);

  test('ends in the middle of its work when it is cancelled, and gives its memory back; the next one begins at once', async () => {
    const begin = await taken();
    const held = tf.memory().numTensors;
    const reader = (await begin()).getReader();
    expect((await reader.read()).value).toMatchObject({ type: 'progress', part: 'comparing' });
    await reader.cancel();
    const events = await all(await begin());
    expect(events.at(-1)?.type).toBe('made');
    expect(tf.memory().numTensors).toBe(held);
  }, 60_000);
});
