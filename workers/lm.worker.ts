/**
 * The worker that owns the only device and the model: joins engine, model, training, method, world and store, and serves the page.
 * Progress is one stream of events a run; whatever fails crosses as data with a code. Without storage it keeps runs in memory and
 * answers the library's questions about them too. On the CPU it starts helpers: this file again, under another name.
 */
import * as Comlink from 'comlink';
import { gauges, onEngineFailure, openBackend, precompile } from '../src/engine/backend.ts';
import { AppError, type Failure, toFailure } from '../src/errors.ts';
import type { Kit } from '../src/export/kit.ts';
import { LOADED, type ModelWorker } from '../src/model-protocol.ts';
import { DEFAULTS } from '../src/options.ts';
import type { BackendName, LibraryWorker, LmWorker, ModelSource, OpenedEngine, RunConfig, RunEvent, RunModel } from '../src/protocol.ts';
import { Connection } from '../src/store/connection.ts';
import { IndexedStore } from '../src/store/indexed.ts';
import { answer, createLibrary } from '../src/store/library.ts';
import { MemoryStore } from '../src/store/memory.ts';
import type { RunStore } from '../src/store/store.ts';
import { Chat } from './chat.ts';
import { createCompare } from './compare.ts';
import { Control, Turns } from './control.ts';
import { checkConfig, experiment, tuningOf } from './experiment.ts';
import { startHeartbeat } from './heartbeat.ts';
import { serveHelper } from './helper.ts';
import { HELPER, Helpers, helpersFor } from './helpers.ts';
import { fetchKit, pickedKit } from './kits.ts';
import type { Weights } from './held.ts';
import { readPickedAdapter } from './picked-adapter.ts';
import { Planning } from './planning.ts';
import { shortageText } from './planner.ts';
import { type End, follow, otherModel } from './run.ts';
import { formatOf, openSource, type OpenedSource } from './sources.ts';
import { toStream } from './stream.ts';
import { taskOf, type Tasks } from './tasks.ts';
import { takeHome } from './take-home.ts';
import { blobOf, zipOf } from './zip.ts';

/** An open engine with the model's files. After a failure of the engine the next call opens another. */
type Opened = {
  readonly want: BackendName | 'auto';
  readonly from: ModelSource;
  readonly source: OpenedSource;
  readonly kit: Kit | null;
  readonly tasks: Tasks;
  readonly info: OpenedEngine;
  /** Null where this worker answers alone. */
  readonly helpers: Helpers | null;
  readonly turns: Turns;
  readonly chat: Chat;
  readonly planning: Planning;
  /** A PEFT adapter that was picked. */
  adapter: Weights | null;
  readonly failure: Promise<never>;
  failed: boolean;
};

const COMMIT = (import.meta.env['VITE_COMMIT'] as string | undefined) ?? 'unknown';

let opened: Opened | null = null;
let reopening: Promise<Opened> | null = null;
/** The run in progress. */
let active: Control | null = null;
let stored: RunStore | null = null;
/** Why runs are kept in memory; told in each. */
let blocked: Failure | null = null;
/** Told in the next run, or in the one in progress. */
const warnings: Failure[] = [];

/** The same file, so there is nothing more to download. */
const startHelper = (): Worker => new Worker(self.location.href, { type: 'module', name: HELPER });

async function openEngine({ want, from }: Pick<Opened, 'want' | 'from'>, loaded: Promise<Pick<Opened, 'source' | 'kit'>>): Promise<Opened> {
  const [device, { source, kit }] = await Promise.all([openBackend(want), loaded]);
  const { files } = source;
  // helpers load the model by its address
  const count = device.backend === 'wasm' && from.kind === 'bundled' ? helpersFor(files, navigator.hardwareConcurrency) : 0;
  const helpers =
    count === 0 || from.kind !== 'bundled' ? null : new Helpers(count, startHelper, from.url, (failure) => warnings.push(failure));
  const info = { ...device, workers: Math.max(1, count), commit: COMMIT };
  await precompile(files.config.head_dim);
  let unsubscribe = (): void => {};
  const failure = new Promise<never>((_, reject) => {
    unsubscribe = onEngineFailure((error) => {
      next.failed = true;
      unsubscribe();
      reject(error);
    });
  });
  failure.catch(() => {}); // also when nothing is in progress
  const format = from.kind === 'bundled' ? null : formatOf(files);
  const tasks = taskOf(format === null ? null : { tokenizer: files.tokenizer, format, eos: files.config.eos_token_ids }, kit);
  const parts = { chat: new Chat(files, format), planning: new Planning(source, tasks, device.backend), turns: new Turns() };
  const next: Opened = { want, from, source, kit, tasks, info, helpers, ...parts, adapter: null, failure, failed: false };
  return next;
}

async function engine(): Promise<Opened> {
  if (opened === null) throw new AppError('INTERNAL', 'open() was not called, or it failed');
  if (!opened.failed) return opened;
  reopening ??= openEngine(opened, Promise.resolve(opened)).finally(() => (reopening = null));
  return (opened = await reopening);
}

/** The open model as a run remembers it; null for the bundled one. */
function runModel({ source: { model } }: Opened): RunModel | null {
  return model.bundled ? null : { name: model.name, fingerprint: model.fingerprint };
}

/** A run that is stored, if the open model is its own. Errors: RUN_UNKNOWN, MODEL_OTHER. */
async function ownRun(run: string, open: Opened): Promise<RunStore> {
  const store = await storage();
  const { model } = await store.run(run);
  const mine = runModel(open);
  if (model?.fingerprint !== mine?.fingerprint) throw otherModel(model ?? null, mine);
  return store;
}

async function storage(): Promise<RunStore> {
  if (stored !== null) return stored;
  try {
    stored = new IndexedStore(await Connection.open());
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'STORAGE_BLOCKED') throw error;
    blocked = toFailure(error);
    stored = new MemoryStore();
  }
  return stored;
}

async function* start(config: RunConfig, resume: string | null, control: Control): AsyncGenerator<RunEvent, void> {
  if (active !== null) {
    yield { type: 'failed', failure: toFailure(new AppError('RUN_LOCKED', 'a run is in progress in this tab')) };
    return;
  }
  active = control;
  let end: End;
  try {
    const wanted = resume === null ? checkConfig(config) : config;
    const open = await engine();
    const { source, tasks, info, helpers, turns, failure, planning } = open;
    const plan = await planning.plan(wanted);
    // what was left to the plan is written down, so that the run can be made again
    const checked = { ...wanted, ...(resume === null ? plan.settled : {}) };
    if (resume === null && plan.tooMuch.length > 0) throw new AppError('PLAN_TOO_LARGE', shortageText(plan));
    const store = await storage();
    if (blocked !== null) warnings.unshift(blocked);
    end = yield* follow(checked, resume, {
      store,
      engine: { ...info, workers: Math.max(1, helpers?.count ?? 1) },
      control,
      turns,
      failure,
      warnings,
      gauges,
      now: () => performance.now() / 1000,
      opened: runModel(open),
      begin: (run, config, ledger) =>
        experiment(
          { files: source.files, helpers, tasks, questions: planning.fit(config).drawn, rows: plan.rows, gate: () => control.gate(turns) },
          { run, config, ledger },
        ),
    });
  } catch (error) {
    end = { type: 'failed', failure: toFailure(error) };
  } finally {
    active = null;
  }
  yield end;
}

/** The weights to ask: the base model's, a round's, or those of the adapter that was loaded. */
async function weightsOf(open: Opened, run: string, round: number): Promise<Weights> {
  if (round === LOADED) {
    if (open.adapter === null) throw new AppError('MODEL_MISSING', 'no adapter was loaded for this model');
    return open.adapter;
  }
  if (round <= 0) return { tuning: tuningOf(DEFAULTS), seed: DEFAULTS.seed, state: null };
  const store = await ownRun(run, open);
  const { config } = await store.run(run);
  return { tuning: tuningOf(config), seed: config.seed, state: await store.adapter(run, round) };
}

/** What a model is aligned to; the bundled one has its world. `kit` is the address of the kit that comes with the page. */
async function kitOf(model: ModelSource, kit: string | undefined): Promise<Kit | null> {
  if (model.kind === 'bundled') return null;
  const own = model.kind === 'files' ? await pickedKit(model.files) : null;
  return own ?? (kit === undefined ? null : fetchKit(kit));
}

const api = {
  ...createLibrary(storage),
  compare: createCompare(storage),

  open: ({ backend, model, kit }) =>
    answer(async () => {
      if (active !== null) throw new AppError('RUN_LOCKED', 'a run is in progress in this tab');
      opened?.helpers?.end();
      opened = null;
      const loaded = Promise.all([openSource(model), kitOf(model, kit)]);
      opened = await openEngine(
        { want: backend, from: model },
        loaded.then(([source, kit]) => ({ source, kit })),
      );
      const prompts = opened.kit?.prompts.length ?? null;
      return { ...opened.info, model: { ...opened.source.model, prompts, standard: await opened.planning.standard() } };
    }),

  run: (config, resume) => {
    const control = new Control();
    const stream = toStream(start(config, resume ?? null, control), () => control.stop());
    return Promise.resolve(Comlink.transfer(stream, [stream]));
  },

  pause: async () => active?.pause(),
  resume: async () => active?.resume(),
  stop: async () => active?.stop(),

  ask: (run, round, question) =>
    answer(async () => {
      const open = await engine();
      const { turns, chat, failure } = open;
      const weights = await weightsOf(open, run, round);
      return Promise.race([turns.take(() => chat.answer(round, weights, question)), failure]);
    }),

  plan: (config) => answer(async () => (await engine()).planning.plan(checkConfig(config))),
  measure: (config) =>
    answer(async () => {
      if (active !== null) throw new AppError('RUN_LOCKED', 'a run is in progress in this tab');
      const { turns, planning, failure } = await engine();
      return Promise.race([turns.take(() => planning.measure(checkConfig(config))), failure]);
    }),
  takeHome: (run, round, what, zipped) =>
    answer(async () => {
      const open = await engine();
      const { files, read, model } = open.source;
      const { task } = open.tasks;
      const made = await takeHome(
        { store: await ownRun(run, open), files, read, model, run, round, said: (completion) => task.said(completion) },
        what,
      );
      const name = `${model.name.split('/').at(-1) ?? ''}-${run}-round-${round}`.replace(/[^\w.-]+/g, '-');
      if (zipped) return [{ name: `${name}.zip`, blob: await zipOf(made) }];
      return Promise.all(made.map(async (file) => ({ name: file.name.replace(/^\w+\//, ''), blob: await blobOf(file) })));
    }),
  loadAdapter: (files) =>
    answer(async () => {
      const open = await engine();
      const { weights, told } = await readPickedAdapter(files, open.source.files.config);
      open.adapter = weights;
      return told;
    }),
} satisfies LmWorker & LibraryWorker & ModelWorker;

if (self.name === HELPER) serveHelper();
else {
  Comlink.expose(api);
  startHeartbeat();
}
