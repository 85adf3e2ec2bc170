/** A whole run as one file: out of one browser and into another, the same to the last bit; what is not whole, or too much, is refused. */
import 'fake-indexeddb/auto';
import fc from 'fast-check';
import { unzipSync, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../src/digest.ts';
import { toFailure, AppError } from '../../src/errors.ts';
import { zipOf } from '../../src/files/out/zip.ts';
import { writeSafetensors } from '../../src/files/safetensors.ts';
import { bringRun } from '../../src/lab/run-file/bring.ts';
import { readRunFile } from '../../src/lab/run-file/read.ts';
import { createRunFiles } from '../../src/lab/run-file/serve.ts';
import { runFiles } from '../../src/lab/run-file/write.ts';
import { DEFAULTS } from '../../src/run/config.ts';
import type { RunStore } from '../../src/run/run-store.ts';
import { Connection } from '../../src/store/runs/connection.ts';
import { IndexedStore } from '../../src/store/runs/indexed.ts';
import { MemoryStore } from '../../src/store/runs/memory.ts';
import { BASE, heldOutOf, RESULT, resultOf, sampleOf } from '../support/ledger-data.ts';

type Bytes = Uint8Array<ArrayBuffer>;

let databases = 0;
const indexed = async (): Promise<RunStore> => new IndexedStore(await Connection.open(`run-file-${databases++}`));
const STORES = [
  ['IndexedDB', indexed],
  ['memory', async (): Promise<RunStore> => new MemoryStore()],
] as const;

async function adapterOf(fill: number) {
  const data = new Float32Array([fill, 0.5, -fill]);
  const bytes = writeSafetensors(new Map([['a', { shape: [3], data }]]));
  return { bytes, hash: await sha256(bytes) };
}

const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const shapes = fc.record({
  rounds: fc.integer({ min: 0, max: 3 }),
  begun: fc.boolean(),
  own: fc.boolean(),
  finished: fc.boolean(),
  extra: fc.integer({ min: 0, max: 5 }),
  text: fc.string({ unit: 'binary', maxLength: 40 }),
  value: number,
  losses: fc.array(number, { maxLength: 6 }),
});
type Shape = typeof shapes extends fc.Arbitrary<infer T> ? T : never;
const WHOLE: Shape = { rounds: 2, begun: true, own: true, finished: true, extra: 0, text: 'é"\n', value: 0.1 + 0.2, losses: [2, 1] };

/** A run with so many committed rounds and a part of the next. */
async function make(store: RunStore, { rounds, begun, own, finished, extra, text, value, losses }: Shape): Promise<string> {
  const run = await store.createRun({ ...DEFAULTS, seed: 4 }, own ? { name: text, fingerprint: 'f' } : null);
  const ledger = await store.openLedger(run);
  if (!begun && rounds === 0) return run;
  await ledger.putPrompts(['Where is the bell?', text]);
  await ledger.putBase(BASE, heldOutOf(0));
  await ledger.putDifficulty({ p0: value, p1: 2 });
  for (let round = 1; round <= rounds; round++) {
    await ledger.putSamples([
      sampleOf(run, round, 0, { completion: text, perplexity: value }),
      sampleOf(run, round, 1, { order: 0, agreement: 0.5 }),
    ]);
    await ledger.commitRound(resultOf(round), await adapterOf(round), heldOutOf(round));
  }
  await store.putLosses(
    run,
    losses.map((loss, step) => ({ round: 1, step, loss })),
  );
  await store.putSession(run, 0, { backend: 'wasm', device: 'CPU', commit: 'abc', workers: 2, seconds: 2.5 }, 0.25);
  if (finished && rounds > 0) {
    const { hash } = await adapterOf(rounds);
    const all = Array.from({ length: rounds }, (_, i) => resultOf(i + 1));
    const config = { ...DEFAULTS, seed: 4 };
    await store.finishRun(run, { ...RESULT, config, rounds: all, bestRound: rounds, adapterHash: hash });
  } else if (extra > 0) await ledger.putSamples(Array.from({ length: extra }, (_, i) => sampleOf(run, rounds + 1, i, { question: text })));
  return run;
}

const fileOf = async (store: RunStore, run: string): Promise<Bytes> =>
  new Uint8Array(await (await zipOf(await runFiles(store, run))).arrayBuffer());

/** Everything that the page and a resumed run read of a run, but its name. */
async function seen(store: RunStore, run: string) {
  const summary = (await store.runs()).find((other) => other.run === run);
  const rounds = [...Array((summary?.rounds.length ?? 0) + 2).keys()];
  return {
    summary: { ...summary, run: '' },
    record: await store.run(run),
    saved: await (
      await store.openLedger(run)
    )
      .load()
      .then((saved) => ({ ...saved, samples: saved.samples.map((one) => ({ ...one, run: '' })) })),
    samples: await Promise.all(rounds.map(async (round) => (await store.samples(run, round)).map((one) => ({ ...one, run: '' })))),
    heldOut: await Promise.all(rounds.map((round) => store.heldOut(run, round))),
    losses: await store.losses(run),
    adapters: await Promise.all((summary?.rounds ?? []).map(async ({ round }) => (await store.adapter(run, round)).hash)),
  };
}

/** The same file with other contents of some of its files, and with hashes that are right or left. */
async function changed(file: Bytes, change: Readonly<Record<string, Bytes | string | null>>, { hashed = true } = {}): Promise<Bytes> {
  const files: Record<string, Bytes> = { ...(unzipSync(file) as Record<string, Bytes>) };
  for (const [name, content] of Object.entries(change)) {
    if (content === null) delete files[name];
    else files[name] = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  }
  if (hashed) {
    const hashes: Record<string, string> = {};
    for (const [name, bytes] of Object.entries(files)) if (name !== 'hashes.json') hashes[name] = await sha256(bytes);
    files['hashes.json'] = new TextEncoder().encode(JSON.stringify(hashes));
  }
  return zipSync(files);
}

const whole = async (): Promise<Bytes> => {
  const store = new MemoryStore();
  return fileOf(store, await make(store, WHOLE));
};
const headIn = (file: Bytes) => JSON.parse(new TextDecoder().decode(unzipSync(file)['run.json'])) as Record<string, unknown>;
const textIn = (file: Bytes, name: string): string => new TextDecoder().decode(unzipSync(file)[name]);

describe.each(STORES)('out of %s', (_, from) => {
  it.each(STORES)('and into %s a run is the same: list, charts, answers, adapters, and where it would go on', async (__, to) => {
    await fc.assert(
      fc.asyncProperty(shapes, async (shape) => {
        const [here, there] = [await from(), await to()];
        const run = await make(here, shape);
        const file = await fileOf(here, run);
        expect(await fileOf(here, run)).toEqual(file);
        const before = await seen(here, run);
        await here.deleteRun(run);
        const brought = await bringRun(there, await readRunFile(file));
        expect(await fileOf(there, brought)).toEqual(file);
        expect(await seen(there, brought)).toEqual(before);
      }),
      { numRuns: 15 },
    );
  });
});

describe('a run file', () => {
  it('of a run that failed for good says so', async () => {
    const store = new MemoryStore();
    const run = await make(store, { ...WHOLE, finished: false });
    await store.failRun(run, toFailure(new AppError('KEPT_TOO_FEW', 'round 3 kept 0 of 8')));
    const there = await indexed();
    const brought = await bringRun(there, await readRunFile(await fileOf(store, run)));
    expect((await there.runs())[0]).toMatchObject({ run: brought, failure: { code: 'KEPT_TOO_FEW', detail: 'round 3 kept 0 of 8' } });
  });

  it('does not disturb the run that it is made of', async () => {
    const store = await indexed();
    const run = await make(store, { ...WHOLE, finished: false });
    const writer = await store.openLedger(run);
    await fileOf(store, run);
    await writer.putSamples([sampleOf(run, 3, 0)]);
    expect(await store.samples(run, 3)).toHaveLength(1);
  });

  it('of which a bit was changed anywhere is refused, or is the same run', async () => {
    const file = await whole();
    const right = await readRunFile(file);
    await fc.assert(
      fc.asyncProperty(fc.nat(file.length - 1), fc.integer({ min: 0, max: 7 }), async (at, bit) => {
        const damaged = file.slice();
        damaged[at] = (damaged[at] ?? 0) ^ (1 << bit);
        const read = await readRunFile(damaged).catch((error: unknown) => error);
        if (read instanceof Error)
          expect(read).toMatchObject({ code: expect.stringMatching(/^IMPORT_|^RUN_LARGE$|^FILE_|^WEIGHTS_/) as unknown });
        else expect(read).toEqual(right);
      }),
      { numRuns: 300 },
    );
  });

  it('that is cut off anywhere is refused', async () => {
    const file = await whole();
    await fc.assert(
      fc.asyncProperty(fc.nat(file.length - 1), async (length) => {
        await expect(readRunFile(file.slice(0, length))).rejects.toMatchObject({ code: 'IMPORT_FORMAT' });
      }),
      { numRuns: 60 },
    );
  });

  it.each<readonly [string, (file: Bytes) => Promise<Bytes>, string, RegExp]>([
    ['is no zip', async () => new Uint8Array([1, 2, 3]), 'IMPORT_FORMAT', /no zip/],
    ['has a file of another name', (file) => changed(file, { 'script.js': '1' }), 'IMPORT_FORMAT', /script\.js.* does not belong/],
    ['climbs out of its folder', (file) => changed(file, { '../run.json': '1' }), 'IMPORT_FORMAT', /does not belong/],
    ['lacks a file', (file) => changed(file, { 'losses.json': null }), 'IMPORT_FORMAT', /losses\.json is missing/],
    ['lacks an adapter', (file) => changed(file, { 'adapters/round-2.safetensors': null }), 'IMPORT_FORMAT', /round-2.* is missing/],
    [
      'has an adapter too many',
      async (file) => changed(file, { 'adapters/round-3.safetensors': (await adapterOf(3)).bytes }),
      'IMPORT_FORMAT',
      /does not have/,
    ],
    [
      'has another adapter',
      async (file) => changed(file, { 'adapters/round-1.safetensors': (await adapterOf(9)).bytes }),
      'IMPORT_FORMAT',
      /round 1 is another/,
    ],
    [
      'was changed without its hashes',
      (file) => changed(file, { 'losses.json': '[]' }, { hashed: false }),
      'IMPORT_FORMAT',
      /losses\.json is damaged/,
    ],
    ['grows without bound', (file) => changed(file, { 'samples.jsonl': new Uint8Array(2 ** 24) }), 'RUN_LARGE', /more than 100 times/],
    ['is nested without bound', (file) => changed(file, { 'losses.json': '['.repeat(40) + ']'.repeat(40) }), 'RUN_LARGE', /nested/],
    [
      'is of a newer version',
      (file) => changed(file, { 'run.json': JSON.stringify({ ...headIn(file), version: 2 }) }),
      'IMPORT_FORMAT',
      /newer version/,
    ],
    ['is something else', (file) => changed(file, { 'run.json': '{"format":"photos"}' }), 'IMPORT_FORMAT', /no run of this page/],
    [
      'has a setting nobody knows',
      (file) => changed(file, { 'run.json': JSON.stringify({ ...headIn(file), config: { ...DEFAULTS, colour: 'blue' } }) }),
      'IMPORT_FORMAT',
      /colour/,
    ],
    [
      'has a setting out of its range',
      (file) => changed(file, { 'run.json': JSON.stringify({ ...headIn(file), config: { ...DEFAULTS, rounds: 99 } }) }),
      'IMPORT_FORMAT',
      /from 1 to 8/,
    ],
    [
      'has a damaged result',
      (file) => changed(file, { 'run.json': JSON.stringify({ ...headIn(file), result: { seed: 1 } }) }),
      'IMPORT_FORMAT',
      /damaged/,
    ],
    [
      'has an object that cannot become a text for a hash',
      (file) => {
        const { rounds, ...head } = headIn(file);
        const others = (rounds as readonly object[]).map((round) => ({ ...round, adapter: { toString: 1 } }));
        return changed(file, { 'run.json': JSON.stringify({ ...head, rounds: others }) });
      },
      'IMPORT_FORMAT',
      /adapter of round 1 is another/,
    ],
    [
      'has such an object for what was not measured',
      (file) => {
        const { base, ...head } = headIn(file);
        const leftOut = [{ what: { toString: 1 }, needs: 1, has: 1 }];
        return changed(file, { 'run.json': JSON.stringify({ ...head, base: { ...(base as object), leftOut } }) });
      },
      'IMPORT_FORMAT',
      /a measurement is damaged/,
    ],
    [
      'has a sample twice',
      (file) => changed(file, { 'samples.jsonl': textIn(file, 'samples.jsonl').split('\n')[0]?.concat('\n').repeat(2) ?? '' }),
      'IMPORT_FORMAT',
      /twice/,
    ],
    [
      'has a sample of no round',
      (file) => changed(file, { 'samples.jsonl': textIn(file, 'samples.jsonl').replace('"round":1', '"round":7') }),
      'IMPORT_FORMAT',
      /line 1 .* no sample/,
    ],
    [
      'has more in a sample',
      (file) => changed(file, { 'samples.jsonl': textIn(file, 'samples.jsonl').replace('{', '{"html":"<b>",') }),
      'IMPORT_FORMAT',
      /no sample/,
    ],
    [
      'has an answer of no round',
      (file) => changed(file, { 'held-out.jsonl': textIn(file, 'held-out.jsonl').replace('"round":2', '"round":1') }),
      'IMPORT_FORMAT',
      /no round/,
    ],
    [
      'has losses that are none',
      (file) => changed(file, { 'losses.json': '[{"round":1,"step":0,"loss":"1"}]' }),
      'IMPORT_FORMAT',
      /losses\.json is damaged/,
    ],
  ])('that %s is refused with a sentence', async (_, spoil, code, detail) => {
    const error: unknown = await readRunFile(await spoil(await whole())).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code, detail: expect.stringMatching(detail) as unknown });
  });

  it('that is larger than any is not read, and nobody is told to split a run', async () => {
    const { bringRun: bring } = createRunFiles(() => Promise.resolve(new MemoryStore()));
    const answer = await bring({ size: 2 ** 30 } as File);
    expect(answer).toMatchObject({ ok: false, failure: { code: 'RUN_LARGE', message: expect.stringContaining('a run cannot be split') } });
  });

  it('leaves nothing in the store where its last step fails', async () => {
    const store = new MemoryStore();
    const filed = await readRunFile(await whole());
    store.finishRun = async () => Promise.reject(new AppError('STORAGE_QUOTA', 'the disk is full'));
    await expect(bringRun(store, filed)).rejects.toMatchObject({ code: 'STORAGE_QUOTA' });
    expect(await store.runs()).toEqual([]);
  });
});
