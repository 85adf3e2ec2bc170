/**
 * The store of runs in IndexedDB: what a run is, from its first row to its last, and the read side of all runs. The rounds of a run
 * are ledger.ts. Knows no worker.
 */
import { AppError } from '../errors.ts';
import type { AdapterState } from '../align/language-model.ts';
import type { Ledger } from '../align/ledger.ts';
import type { RunConfig, RunModel, RunResult, RunSummary, Sample } from '../protocol.ts';
import type { Connection } from './connection.ts';
import { openLedger, readAdapter } from './ledger.ts';
import { keysBelow, type RunRow } from './schema.ts';
import type { Loss, RunRecord, RunStore, Spent } from './store.ts';

export class IndexedStore implements RunStore {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  createRun(config: RunConfig, model: RunModel | null = null): Promise<string> {
    return this.#connection.write(['meta', 'runs', 'heads'], 'strict', async (tx) => {
      const serial = ((await tx.objectStore('meta').get('serial')) ?? 0) + 1;
      const run = `run-${serial}`;
      await tx.objectStore('meta').put(serial, 'serial');
      const spent = { seconds: 0, firstSampleSeconds: null };
      await tx.objectStore('runs').add({ run, serial, config, ...(model === null ? {} : { model }), spent, result: null });
      await tx.objectStore('heads').add({ run, writer: 0, round: 0, base: null, difficulty: null });
      return run;
    });
  }

  async run(run: string): Promise<RunRecord> {
    const row = await this.#connection.read(['runs'], (tx) => tx.objectStore('runs').get(run));
    if (row === undefined) throw new AppError('RUN_UNKNOWN', `run ${run} is not in the database`);
    return { config: row.config, ...(row.model === undefined ? {} : { model: row.model }), spent: row.spent };
  }

  openLedger(run: string): Promise<Ledger> {
    return openLedger(this.#connection, run);
  }

  async putLosses(run: string, losses: readonly Loss[]): Promise<void> {
    await this.#connection.write(['metrics'], 'relaxed', async (tx) => {
      for (const { round, step, loss } of losses) await tx.objectStore('metrics').put({ run, round, step, loss });
    });
  }

  putSpent(run: string, spent: Spent): Promise<void> {
    return this.#changeRun(run, { spent }, 'relaxed');
  }

  finishRun(run: string, result: RunResult): Promise<void> {
    return this.#changeRun(run, { result }, 'strict');
  }

  async #changeRun(run: string, change: Partial<Pick<RunRow, 'spent' | 'result'>>, durability: 'relaxed' | 'strict'): Promise<void> {
    await this.#connection.write(['runs'], durability, async (tx) => {
      const row = await tx.objectStore('runs').get(run);
      if (row === undefined) throw new AppError('RUN_UNKNOWN', `run ${run} is not in the database`);
      await tx.objectStore('runs').put({ ...row, ...change });
    });
  }

  async runs(): Promise<readonly RunSummary[]> {
    const [runs, heads, rounds] = await this.#connection.read(['runs', 'heads', 'rounds'], (tx) =>
      Promise.all([tx.objectStore('runs').getAll(), tx.objectStore('heads').getAll(), tx.objectStore('rounds').getAll()]),
    );
    runs.sort((a, b) => b.serial - a.serial);
    return runs.map(({ run, config, model, result }) => ({
      run,
      config,
      ...(model === undefined ? {} : { model }),
      status: result === null ? 'running' : 'finished',
      base: heads.find((head) => head.run === run)?.base ?? null,
      rounds: rounds.filter((row) => row.run === run).map((row) => row.result),
      result,
    }));
  }

  samples(run: string, round: number): Promise<readonly Sample[]> {
    return this.#connection.read(['samples'], (tx) => tx.objectStore('samples').getAll(keysBelow(run, round)));
  }

  async losses(run: string): Promise<readonly Loss[]> {
    const rows = await this.#connection.read(['metrics'], (tx) => tx.objectStore('metrics').getAll(keysBelow(run)));
    return rows.map(({ round, step, loss }) => ({ round, step, loss }));
  }

  adapter(run: string, round: number): Promise<AdapterState> {
    return readAdapter(this.#connection, run, round);
  }

  async deleteRun(run: string): Promise<void> {
    await this.#connection.write(['runs', 'heads', 'rounds', 'samples', 'metrics', 'chunks'], 'relaxed', async (tx) => {
      await Promise.all([
        tx.objectStore('runs').delete(run),
        tx.objectStore('heads').delete(run),
        tx.objectStore('rounds').delete(keysBelow(run)),
        tx.objectStore('samples').delete(keysBelow(run)),
        tx.objectStore('metrics').delete(keysBelow(run)),
        tx.objectStore('chunks').delete(keysBelow(run)),
      ]);
    });
  }
}
