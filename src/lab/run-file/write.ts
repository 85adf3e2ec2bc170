/** Takes a whole run out of a store, as the files of one zip. Nothing is written to the store: a run that is on its way goes on. */
import type { AdapterState } from '../../contracts/language-model.ts';
import { sha256 } from '../../digest.ts';
import { AppError } from '../../errors.ts';
import { type ExportFile, piecesOf } from '../../files/out/file.ts';
import type { RunStore } from '../../run/run-store.ts';
import { adapterName, type FiledHeldOut, FORMAT, NAMES, type RunHead, VERSION } from './format.ts';

const lines = (rows: readonly unknown[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

async function hashOf(file: ExportFile): Promise<string> {
  const pieces = [...piecesOf(file)];
  return sha256(new Uint8Array(await new Blob(pieces).arrayBuffer()));
}

/** The files of a run; the same run gives the same bytes. Errors: RUN_UNKNOWN, RUN_UNFIT for a damaged one, STORAGE_CORRUPT. */
export async function runFiles(store: RunStore, run: string): Promise<readonly ExportFile[]> {
  const [{ config, model, spent }, begun, summaries] = await Promise.all([store.run(run), store.begun(run), store.runs()]);
  const summary = summaries.find((other) => other.run === run);
  if (summary === undefined) throw new AppError('RUN_UNKNOWN', `run ${run} is not stored`);
  const { result, failure = null, base, rounds, problem } = summary;
  if (problem !== null && failure === null) throw new AppError('RUN_UNFIT', problem);
  const adapters: AdapterState[] = [];
  const samples = [];
  const heldOut: FiledHeldOut[] = [];
  for (let round = 0; round <= rounds.length + 1; round++) {
    const answers = await store.heldOut(run, round);
    if (answers !== null) heldOut.push({ round, ...answers });
    for (const { run: _, ...sample } of round === 0 ? [] : await store.samples(run, round)) samples.push(sample);
    if (round > 0 && round <= rounds.length) adapters.push(await store.adapter(run, round));
  }
  const head: RunHead = {
    format: FORMAT,
    version: VERSION,
    config,
    model: model ?? null,
    spent,
    result,
    failure: failure === null ? null : { code: failure.code, detail: failure.detail },
    base,
    ...begun,
    rounds: rounds.map((one, i) => ({ result: one, adapter: adapters[i]?.hash ?? '' })),
  };
  const files: ExportFile[] = [
    { name: NAMES.run, text: `${JSON.stringify(head)}\n` },
    { name: NAMES.samples, text: lines(samples) },
    { name: NAMES.heldOut, text: lines(heldOut) },
    { name: NAMES.losses, text: `${JSON.stringify(await store.losses(run))}\n` },
    ...adapters.map(({ bytes }, i) => ({ name: adapterName(i + 1), bytes })),
  ];
  const hashes: Record<string, string> = {};
  for (const file of files) hashes[file.name] = await hashOf(file);
  return [{ name: NAMES.hashes, text: `${JSON.stringify(hashes, null, 2)}\n` }, ...files];
}
