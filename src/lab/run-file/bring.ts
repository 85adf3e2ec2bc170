/** A read run into a store, by the same steps in which a run is made: so whatever stops it leaves a run that is whole as far as it goes, or none. */
import { toFailure, AppError, type ErrorCode } from '../../errors.ts';
import type { HeldOutAnswers } from '../../contracts/records.ts';
import type { RunStore } from '../../run/run-store.ts';
import { lockRun } from '../../store/lock.ts';
import type { FiledRun } from './format.ts';

/** Samples a transaction. */
const GROUP = 64;
const NONE: HeldOutAnswers = { validation: [], test: [] };

async function fill(store: RunStore, run: string, { head, samples, heldOut, losses, adapters }: FiledRun): Promise<void> {
  const ledger = await store.openLedger(run);
  const { base, prompts, difficulty, rounds, spent, result, failure } = head;
  if (prompts !== null) await ledger.putPrompts(prompts);
  if (base !== null) await ledger.putBase(base, heldOut.get(0) ?? NONE);
  if (difficulty !== null) await ledger.putDifficulty(difficulty);
  for (let round = 1; round <= rounds.length + 1; round++) {
    const own = samples.filter((sample) => sample.round === round).map((sample) => ({ ...sample, run }));
    for (let at = 0; at < own.length; at += GROUP) await ledger.putSamples(own.slice(at, at + GROUP));
    const [done, bytes] = [rounds[round - 1], adapters[round - 1]];
    if (done !== undefined && bytes !== undefined)
      await ledger.commitRound(done.result, { bytes, hash: done.adapter }, heldOut.get(round) ?? NONE);
  }
  await store.putLosses(run, losses);
  for (const [i, session] of spent.sessions.entries()) await store.putSession(run, i, session, spent.firstSampleSeconds);
  if (result !== null) await store.finishRun(run, result);
  if (failure !== null) await store.failRun(run, toFailure(new AppError(failure.code as ErrorCode, failure.detail)));
}

/** Stores the run under a new name, which it gives. Nothing of it stays where that fails. */
export async function bringRun(store: RunStore, filed: FiledRun): Promise<string> {
  const run = await store.createRun(filed.head.config, filed.head.model);
  const free = await lockRun(run);
  try {
    await fill(store, run, filed);
    return run;
  } catch (error) {
    await store.deleteRun(run).catch(() => {});
    throw error;
  } finally {
    await free();
  }
}
