/**
 * The write side of one run in IndexedDB. Samples are written as they are made; a round is committed by one small strict transaction
 * over data that is already there, so a round that was reported as saved is never lost or mixed, whatever dies. Knows no model.
 */
import { AppError } from '../../errors.ts';
import type { AdapterState } from '../../contracts/language-model.ts';
import type { Ledger, Saved } from '../../contracts/ledger.ts';
import type { HeldOutAnswers, Measured, RoundResult, Sample } from '../../contracts/records.ts';
import { getChunks, putChunks, sweepChunks } from './chunks.ts';
import type { Connection } from './connection.ts';
import { type HeadRow, keysBelow } from './schema.ts';

const unknown = (run: string): AppError => new AppError('RUN_UNKNOWN', `run ${run} is not in the database`);

/** Weights of a committed round. Throws `RUN_UNKNOWN`, `STORAGE_CORRUPT`. */
export async function readAdapter(connection: Connection, run: string, round: number): Promise<AdapterState> {
  const row = await connection.read(['rounds'], (tx) => tx.objectStore('rounds').get([run, round]));
  if (row === undefined) throw new AppError('RUN_UNKNOWN', `round ${round} of run ${run} is not committed`);
  return getChunks(connection, run, row.adapter);
}

/**
 * Opens a run for writing and clears what an interrupted commit left behind. The caller holds the run's lock. A ledger that was
 * opened before this one can commit no more: it throws `RUN_LOCKED`.
 */
export async function openLedger(connection: Connection, run: string): Promise<Ledger> {
  const writer = await connection.write(['heads', 'metrics'], 'strict', async (tx) => {
    const heads = tx.objectStore('heads');
    const head = await heads.get(run);
    if (head === undefined) throw unknown(run);
    await heads.put({ ...head, writer: head.writer + 1 });
    // the interrupted round is trained again, perhaps in fewer steps
    await tx.objectStore('metrics').delete(IDBKeyRange.bound([run, head.round + 1], [run, []]));
    return head.writer + 1;
  });
  await sweepChunks(connection, run);
  return new IndexedLedger(connection, run, writer);
}

class IndexedLedger implements Ledger {
  readonly #connection: Connection;
  readonly #run: string;
  readonly #writer: number;

  constructor(connection: Connection, run: string, writer: number) {
    this.#connection = connection;
    this.#run = run;
    this.#writer = writer;
  }

  async load(): Promise<Saved> {
    const run = this.#run;
    const [head, rounds, samples, own] = await this.#connection.read(['heads', 'rounds', 'samples', 'prompts'], async (tx) => {
      const head = await tx.objectStore('heads').get(run);
      if (head === undefined) throw unknown(run);
      const rounds = await tx.objectStore('rounds').getAll(keysBelow(run));
      const samples = await tx.objectStore('samples').getAll(keysBelow(run, head.round + 1));
      return [head, rounds, samples, await tx.objectStore('prompts').get(run)] as const;
    });
    if (own !== undefined && !(Array.isArray(own.prompts) && own.prompts.every((text) => typeof text === 'string'))) {
      throw new AppError('STORAGE_CORRUPT', `the prompts of run ${run} are damaged`);
    }
    const last = rounds.at(-1);
    if ((last?.round ?? 0) !== head.round || rounds.some((row, i) => row.round !== i + 1)) {
      throw new AppError('STORAGE_CORRUPT', `run ${run} has round ${head.round} as its head but ${rounds.length} committed rounds`);
    }
    const adapter = last === undefined ? null : await getChunks(this.#connection, run, last.adapter);
    const { base, difficulty } = head;
    return { base, prompts: own?.prompts ?? null, difficulty, rounds: rounds.map((row) => row.result), samples, adapter };
  }

  async putBase(base: Measured, heldOut: HeldOutAnswers): Promise<void> {
    await this.#connection.write(['heads', 'heldOut'], 'relaxed', async (tx) => {
      const head = this.#fence(await tx.objectStore('heads').get(this.#run));
      await tx.objectStore('heldOut').put({ ...heldOut, run: this.#run, round: 0 });
      await tx.objectStore('heads').put({ ...head, base });
    });
  }

  async putPrompts(prompts: readonly string[]): Promise<void> {
    await this.#connection.write(['heads', 'prompts'], 'strict', async (tx) => {
      this.#fence(await tx.objectStore('heads').get(this.#run));
      await tx.objectStore('prompts').put({ run: this.#run, prompts });
    });
  }

  async putDifficulty(difficulty: Readonly<Record<string, number>>): Promise<void> {
    await this.#connection.write(['heads'], 'relaxed', async (tx) => {
      const head = this.#fence(await tx.objectStore('heads').get(this.#run));
      await tx.objectStore('heads').put({ ...head, difficulty });
    });
  }

  answers(round: number): Promise<readonly Sample[]> {
    return this.#connection.read(['samples'], (tx) => tx.objectStore('samples').getAll(keysBelow(this.#run, round)));
  }

  async putSamples(samples: readonly Sample[]): Promise<void> {
    await this.#connection.write(['heads', 'samples'], 'relaxed', async (tx) => {
      this.#fence(await tx.objectStore('heads').get(this.#run));
      for (const sample of samples) {
        if (sample.run !== this.#run) throw new AppError('INTERNAL', `a sample of run ${sample.run} in the ledger of run ${this.#run}`);
        await tx.objectStore('samples').put(sample);
      }
    });
  }

  async commitRound(result: RoundResult, state: AdapterState, heldOut: HeldOutAnswers): Promise<void> {
    const run = this.#run;
    const adapter = await putChunks(this.#connection, run, state);
    await this.#connection.write(['heads', 'rounds', 'chunks', 'heldOut'], 'strict', async (tx) => {
      const head = this.#fence(await tx.objectStore('heads').get(run));
      if (result.round !== head.round + 1) {
        throw new AppError('INTERNAL', `round ${result.round} of run ${run} cannot follow round ${head.round}`);
      }
      for (const chunk of adapter.chunks) {
        const there = await tx.objectStore('chunks').getKey([run, chunk.sha256]);
        if (there === undefined) throw new AppError('STORAGE_CORRUPT', `a chunk of round ${result.round} of run ${run} is gone`);
      }
      await tx.objectStore('heldOut').put({ ...heldOut, run, round: result.round });
      await tx.objectStore('rounds').put({ run, round: result.round, result, adapter });
      await tx.objectStore('heads').put({ ...head, round: result.round });
    });
  }

  adapter(round: number): Promise<AdapterState> {
    return readAdapter(this.#connection, this.#run, round);
  }

  /** The head, if this ledger is still the one that may write. */
  #fence(head: HeadRow | undefined): HeadRow {
    if (head === undefined) throw unknown(this.#run);
    if (head.writer !== this.#writer) throw new AppError('RUN_LOCKED', `run ${this.#run} was taken over by another writer`);
    return head;
  }
}
