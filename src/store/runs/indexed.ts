/**
 * The store of runs in IndexedDB: what a run is, from its first row to its last, and the read side of all runs. The rounds of a run
 * are ledger.ts. Knows no worker.
 */
import { AppError, type Failure } from '../../errors.ts';
import type { AdapterState } from '../../contracts/language-model.ts';
import type { Ledger, Saved } from '../../contracts/ledger.ts';
import { type KeptExperiment, readKeptExperiment } from '../../run/experiment-file.ts';
import type { RunConfig } from '../../run/config.ts';
import type { RunModel, RunResult, RunSession, RunSummary } from '../../run/records.ts';
import type { HeldOutAnswers, Sample } from '../../contracts/records.ts';
import type { Connection } from './connection.ts';
import { openLedger, readAdapter } from './ledger.ts';
import { readHeldOut, readRun, summaryOf } from './rows.ts';
import { type HeadRow, keysBelow, type RunRow } from './schema.ts';
import { type Loss, type RunRecord, type RunStore, withSession } from '../../run/run-store.ts';

/** The prompts that a model wrote were not kept at first, and another version or device writes others. */
const PROMPTS_LOST = 'An earlier version began it and did not keep the prompts that the model wrote.';

/** Has it answered whole rounds of prompts of its own? Those of a round that is not committed can be compared with what is written anew. */
function needsPrompts({ promptSource }: RunConfig, head: HeadRow | undefined): boolean {
  return promptSource === 'own' && (head?.round ?? 0) > 0;
}

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
      const spent = { sessions: [], firstSampleSeconds: null };
      await tx.objectStore('runs').add({ run, serial, config, ...(model === null ? {} : { model }), spent, result: null });
      await tx.objectStore('heads').add({ run, writer: 0, round: 0, base: null, difficulty: null });
      return run;
    });
  }

  async run(run: string): Promise<RunRecord> {
    const [row, head, prompts] = await this.#connection.read(['runs', 'heads', 'prompts'], (tx) =>
      Promise.all([tx.objectStore('runs').get(run), tx.objectStore('heads').get(run), tx.objectStore('prompts').getKey(run)]),
    );
    const read = readRun(row);
    if (read === null) throw new AppError('RUN_UNKNOWN', `run ${run} is not in the database`);
    const { config, model, spent, problem } = read;
    const lost = needsPrompts(config, head) && prompts === undefined;
    return { config, ...(model === undefined ? {} : { model }), spent, problem: problem ?? (lost ? PROMPTS_LOST : null) };
  }

  async begun(run: string): Promise<Pick<Saved, 'prompts' | 'difficulty'>> {
    const [head, row] = await this.#connection.read(['heads', 'prompts'], (tx) =>
      Promise.all([tx.objectStore('heads').get(run), tx.objectStore('prompts').get(run)]),
    );
    if (head === undefined) throw new AppError('RUN_UNKNOWN', `run ${run} is not in the database`);
    return { prompts: row?.prompts ?? null, difficulty: head.difficulty };
  }

  openLedger(run: string): Promise<Ledger> {
    return openLedger(this.#connection, run);
  }

  async putLosses(run: string, losses: readonly Loss[]): Promise<void> {
    await this.#connection.write(['metrics'], 'relaxed', async (tx) => {
      for (const { round, step, loss } of losses) await tx.objectStore('metrics').put({ run, round, step, loss });
    });
  }

  putSession(run: string, index: number, session: RunSession, firstSampleSeconds: number | null): Promise<void> {
    return this.#changeRun(
      run,
      ({ spent }) => ({ spent: { sessions: withSession(spent.sessions, index, session), firstSampleSeconds } }),
      'relaxed',
    );
  }

  finishRun(run: string, result: RunResult): Promise<void> {
    return this.#changeRun(run, () => ({ result }), 'strict');
  }

  failRun(run: string, { code, detail }: Failure): Promise<void> {
    return this.#changeRun(run, () => ({ failure: { code, detail } }), 'strict');
  }

  async #changeRun(run: string, change: (row: RunRow) => Partial<RunRow>, durability: 'relaxed' | 'strict'): Promise<void> {
    await this.#connection.write(['runs'], durability, async (tx) => {
      const row = await tx.objectStore('runs').get(run);
      if (row === undefined) throw new AppError('RUN_UNKNOWN', `run ${run} is not in the database`);
      await tx.objectStore('runs').put({ ...row, ...change(row) });
    });
  }

  async runs(): Promise<readonly RunSummary[]> {
    const [runs, heads, rounds, prompts] = await this.#connection.read(['runs', 'heads', 'rounds', 'prompts'], (tx) =>
      Promise.all([
        tx.objectStore('runs').getAll(),
        tx.objectStore('heads').getAll(),
        tx.objectStore('rounds').getAll(),
        tx.objectStore('prompts').getAllKeys(),
      ]),
    );
    const read = runs.flatMap((row) => readRun(row) ?? []).sort((a, b) => b.serial - a.serial);
    return read.map((row) => {
      const head = heads.find(({ run }) => run === row.run);
      const ofRun = rounds.filter(({ run }) => run === row.run);
      const summary = summaryOf(row, head, ofRun);
      const lost = needsPrompts(row.config, head) && !prompts.includes(row.run);
      return { ...summary, problem: summary.problem ?? (lost ? PROMPTS_LOST : null) };
    });
  }

  samples(run: string, round: number): Promise<readonly Sample[]> {
    return this.#connection.read(['samples'], (tx) => tx.objectStore('samples').getAll(keysBelow(run, round)));
  }

  async heldOut(run: string, round: number): Promise<HeldOutAnswers | null> {
    return readHeldOut(await this.#connection.read(['heldOut'], (tx) => tx.objectStore('heldOut').get([run, round])));
  }

  async losses(run: string): Promise<readonly Loss[]> {
    const rows = await this.#connection.read(['metrics'], (tx) => tx.objectStore('metrics').getAll(keysBelow(run)));
    return rows.map(({ round, step, loss }) => ({ round, step, loss }));
  }

  adapter(run: string, round: number): Promise<AdapterState> {
    return readAdapter(this.#connection, run, round);
  }

  describeRun(run: string, name: string, note: string): Promise<void> {
    return this.#changeRun(run, () => ({ name, note }), 'relaxed');
  }

  async experiments(): Promise<readonly KeptExperiment[]> {
    const rows = await this.#connection.read(['experiments'], (tx) => tx.objectStore('experiments').getAll());
    return rows.toSorted((a, b) => a.serial - b.serial).flatMap((row) => readKeptExperiment(row) ?? []);
  }

  async putExperiment(experiment: KeptExperiment): Promise<void> {
    await this.#connection.write(['meta', 'experiments'], 'relaxed', async (tx) => {
      const before = await tx.objectStore('experiments').get(experiment.id);
      const serial = before?.serial ?? ((await tx.objectStore('meta').get('experiments')) ?? 0) + 1;
      if (before === undefined) await tx.objectStore('meta').put(serial, 'experiments');
      await tx.objectStore('experiments').put({ ...experiment, serial });
    });
  }

  async deleteExperiment(id: string): Promise<void> {
    await this.#connection.write(['experiments'], 'relaxed', (tx) => tx.objectStore('experiments').delete(id));
  }

  async deleteRun(run: string): Promise<void> {
    await this.#connection.write(
      ['runs', 'heads', 'rounds', 'samples', 'metrics', 'chunks', 'prompts', 'heldOut'],
      'relaxed',
      async (tx) => {
        await Promise.all([
          tx.objectStore('runs').delete(run),
          tx.objectStore('heads').delete(run),
          tx.objectStore('prompts').delete(run),
          tx.objectStore('rounds').delete(keysBelow(run)),
          tx.objectStore('heldOut').delete(keysBelow(run)),
          tx.objectStore('samples').delete(keysBelow(run)),
          tx.objectStore('metrics').delete(keysBelow(run)),
          tx.objectStore('chunks').delete(keysBelow(run)),
        ]);
      },
    );
  }
}
