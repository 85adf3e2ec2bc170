/**
 * The store of runs in plain memory, for a browser that lets the page store nothing: everything works until the tab is closed.
 * It behaves as the one in IndexedDB does, down to the errors; one suite of tests holds both to it.
 */
import { AppError, type Failure } from '../../errors.ts';
import type { AdapterState } from '../../contracts/language-model.ts';
import type { Ledger, Saved } from '../../contracts/ledger.ts';
import type { HeldOutAnswers, Measured, RoundResult, Sample } from '../../contracts/records.ts';
import type { KeptExperiment } from '../../run/experiment-file.ts';
import type { RunConfig } from '../../run/config.ts';
import type { RunModel, RunResult, RunSession, RunSummary } from '../../run/records.ts';
import { describedBy } from './rows.ts';
import { sha256 } from '../../digest.ts';
import { type Loss, type RunRecord, type RunStore, type Spent, withSession } from '../../run/run-store.ts';

type Round = { readonly result: RoundResult; readonly adapter: AdapterState };

type Run = {
  readonly config: RunConfig;
  readonly model: RunModel | null;
  name: string;
  note: string;
  writer: number;
  spent: Spent;
  result: RunResult | null;
  failure: Failure | null;
  base: Measured | null;
  prompts: readonly string[] | null;
  difficulty: Readonly<Record<string, number>> | null;
  /** Round t is at t - 1. */
  readonly rounds: Round[];
  /** By round, then by index. */
  readonly samples: Map<number, Map<number, Sample>>;
  /** By round, 0 for the base. */
  readonly heldOut: Map<number, HeldOutAnswers>;
  /** By `round/step`. */
  losses: Map<string, Loss>;
};

export class MemoryStore implements RunStore {
  readonly #runs = new Map<string, Run>();
  readonly #experiments = new Map<string, KeptExperiment>();
  #serial = 0;

  #run(run: string): Run {
    const found = this.#runs.get(run);
    if (found === undefined) throw new AppError('RUN_UNKNOWN', `run ${run} is not in memory`);
    return found;
  }

  async createRun(config: RunConfig, model: RunModel | null = null): Promise<string> {
    const run = `run-${++this.#serial}`;
    this.#runs.set(run, {
      config: structuredClone(config),
      model,
      name: '',
      note: '',
      writer: 0,
      spent: { sessions: [], firstSampleSeconds: null },
      result: null,
      failure: null,
      base: null,
      prompts: null,
      difficulty: null,
      rounds: [],
      samples: new Map(),
      heldOut: new Map(),
      losses: new Map(),
    });
    return run;
  }

  async run(run: string): Promise<RunRecord> {
    const { config, model, spent, failure } = this.#run(run);
    return { config, ...(model === null ? {} : { model }), spent, problem: failure?.message ?? null };
  }

  async begun(run: string): Promise<Pick<Saved, 'prompts' | 'difficulty'>> {
    const { prompts, difficulty } = this.#run(run);
    return { prompts, difficulty };
  }

  async openLedger(run: string): Promise<Ledger> {
    const found = this.#run(run);
    found.losses = new Map([...found.losses].filter(([, loss]) => loss.round <= found.rounds.length));
    return new MemoryLedger(run, ++found.writer, () => this.#run(run));
  }

  async putLosses(run: string, losses: readonly Loss[]): Promise<void> {
    const found = this.#run(run);
    for (const { round, step, loss } of losses) found.losses.set(`${round}/${step}`, { round, step, loss });
  }

  async putSession(run: string, index: number, session: RunSession, firstSampleSeconds: number | null): Promise<void> {
    const found = this.#run(run);
    found.spent = { sessions: withSession(found.spent.sessions, index, structuredClone(session)), firstSampleSeconds };
  }

  async finishRun(run: string, result: RunResult): Promise<void> {
    this.#run(run).result = structuredClone(result);
  }

  async failRun(run: string, failure: Failure): Promise<void> {
    this.#run(run).failure = structuredClone(failure);
  }

  async runs(): Promise<readonly RunSummary[]> {
    const summaries = Array.from(this.#runs, ([run, { config, model, name, note, result, failure, base, rounds, spent }]): RunSummary => ({
      run,
      ...describedBy(name, note),
      config,
      ...(model === null ? {} : { model }),
      status: result === null ? 'running' : 'finished',
      base,
      rounds: rounds.map((round) => round.result),
      result,
      sessions: spent.sessions,
      ...(failure === null ? {} : { failure }),
      problem: failure?.message ?? null,
      unknown: [],
    }));
    return summaries.toReversed();
  }

  async samples(run: string, round: number): Promise<readonly Sample[]> {
    return samplesOf(this.#runs.get(run), round);
  }

  async heldOut(run: string, round: number): Promise<HeldOutAnswers | null> {
    return this.#runs.get(run)?.heldOut.get(round) ?? null;
  }

  async losses(run: string): Promise<readonly Loss[]> {
    const losses = [...(this.#runs.get(run)?.losses.values() ?? [])];
    return losses.sort((a, b) => a.round - b.round || a.step - b.step);
  }

  async adapter(run: string, round: number): Promise<AdapterState> {
    const found = this.#runs.get(run)?.rounds[round - 1];
    if (found === undefined) throw new AppError('RUN_UNKNOWN', `round ${round} of run ${run} is not committed`);
    return found.adapter;
  }

  async describeRun(run: string, name: string, note: string): Promise<void> {
    Object.assign(this.#run(run), { name, note });
  }

  async experiments(): Promise<readonly KeptExperiment[]> {
    return [...this.#experiments.values()];
  }

  async putExperiment(experiment: KeptExperiment): Promise<void> {
    this.#experiments.set(experiment.id, structuredClone(experiment));
  }

  async deleteExperiment(id: string): Promise<void> {
    this.#experiments.delete(id);
  }

  async deleteRun(run: string): Promise<void> {
    this.#runs.delete(run);
  }
}

function samplesOf(run: Run | undefined, round: number): Sample[] {
  return [...(run?.samples.get(round)?.values() ?? [])].sort((a, b) => a.index - b.index);
}

class MemoryLedger implements Ledger {
  readonly #name: string;
  readonly #writer: number;
  readonly #find: () => Run;

  constructor(name: string, writer: number, find: () => Run) {
    this.#name = name;
    this.#writer = writer;
    this.#find = find;
  }

  #fence(): Run {
    const run = this.#find();
    if (run.writer !== this.#writer) throw new AppError('RUN_LOCKED', `run ${this.#name} was taken over by another writer`);
    return run;
  }

  async answers(round: number): Promise<readonly Sample[]> {
    return samplesOf(this.#find(), round);
  }

  async load(): Promise<Saved> {
    const run = this.#find();
    return {
      base: run.base,
      prompts: run.prompts,
      difficulty: run.difficulty,
      rounds: run.rounds.map((round) => round.result),
      samples: samplesOf(run, run.rounds.length + 1),
      adapter: run.rounds.at(-1)?.adapter ?? null,
    };
  }

  async putBase(base: Measured, heldOut: HeldOutAnswers): Promise<void> {
    const run = this.#fence();
    run.base = structuredClone(base);
    run.heldOut.set(0, structuredClone(heldOut));
  }

  async putPrompts(prompts: readonly string[]): Promise<void> {
    this.#fence().prompts = structuredClone(prompts);
  }

  async putDifficulty(difficulty: Readonly<Record<string, number>>): Promise<void> {
    this.#fence().difficulty = structuredClone(difficulty);
  }

  async putSamples(samples: readonly Sample[]): Promise<void> {
    const run = this.#fence();
    for (const sample of samples) {
      if (sample.run !== this.#name) throw new AppError('INTERNAL', `a sample of run ${sample.run} in the ledger of run ${this.#name}`);
    }
    for (const sample of structuredClone(samples)) {
      const round = run.samples.get(sample.round) ?? new Map<number, Sample>();
      run.samples.set(sample.round, round.set(sample.index, sample));
    }
  }

  async commitRound(result: RoundResult, state: AdapterState, heldOut: HeldOutAnswers): Promise<void> {
    if ((await sha256(state.bytes)) !== state.hash) {
      throw new AppError('STORAGE_CORRUPT', `the adapter's bytes do not have the hash ${state.hash}`);
    }
    const run = this.#fence();
    if (result.round !== run.rounds.length + 1) {
      throw new AppError('INTERNAL', `round ${result.round} of run ${this.#name} cannot follow round ${run.rounds.length}`);
    }
    run.heldOut.set(result.round, structuredClone(heldOut));
    run.rounds.push(structuredClone({ result, adapter: state }));
  }

  async adapter(round: number): Promise<AdapterState> {
    const found = this.#find().rounds[round - 1];
    if (found === undefined) throw new AppError('RUN_UNKNOWN', `round ${round} of run ${this.#name} is not committed`);
    return found.adapter;
  }
}
