/**
 * The worker that owns the only device and the model: joins engine, model, training, method, world and store, and serves the page.
 * Progress is one stream of events a run; whatever fails crosses as data with a code. Without storage it keeps runs in memory and
 * answers the library's questions about them too. On the CPU it starts helpers: this file again, under another name.
 */
import * as Comlink from 'comlink';
import { gauges, onEngineFailure, openBackend, precompile } from '../src/engine/backend.ts';
import { AppError, type Failure, toFailure } from '../src/errors.ts';
import { loadModel, type ModelFiles } from '../src/model/load.ts';
import { DEFAULTS } from '../src/options.ts';
import type { BackendName, LibraryWorker, LmWorker, OpenedEngine, RunConfig, RunEvent } from '../src/protocol.ts';
import { Connection } from '../src/store/connection.ts';
import { IndexedStore } from '../src/store/indexed.ts';
import { answer, createLibrary } from '../src/store/library.ts';
import { MemoryStore } from '../src/store/memory.ts';
import type { RunStore } from '../src/store/store.ts';
import { Chat } from './chat.ts';
import { createCompare } from './compare.ts';
import { Control, Turns } from './control.ts';
import { checkConfig, experiment } from './experiment.ts';
import { startHeartbeat } from './heartbeat.ts';
import { serveHelper } from './helper.ts';
import { HELPER, Helpers, helpersFor } from './helpers.ts';
import { type End, follow } from './run.ts';
import { toStream } from './stream.ts';

/** An open engine with the model's files. After a failure of the engine the next call opens another. */
type Opened = {
  readonly want: BackendName | 'auto';
  /** Where the model's files are. */
  readonly model: string;
  readonly files: ModelFiles;
  readonly info: OpenedEngine;
  /** Null where this worker answers alone. */
  readonly helpers: Helpers | null;
  readonly turns: Turns;
  readonly chat: Chat;
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

async function openEngine({ want, model }: Pick<Opened, 'want' | 'model'>, loaded: Promise<ModelFiles>): Promise<Opened> {
  const [device, files] = await Promise.all([openBackend(want), loaded]);
  const count = device.backend === 'wasm' ? helpersFor(files, navigator.hardwareConcurrency) : 0;
  const helpers = count === 0 ? null : new Helpers(count, startHelper, model, (failure) => warnings.push(failure));
  const info = { ...device, workers: Math.max(1, count) };
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
  const next: Opened = { want, model, files, info, helpers, turns: new Turns(), chat: new Chat(files), failure, failed: false };
  return next;
}

async function engine(): Promise<Opened> {
  if (opened === null) throw new AppError('INTERNAL', 'open() was not called, or it failed');
  if (!opened.failed) return opened;
  reopening ??= openEngine(opened, Promise.resolve(opened.files)).finally(() => (reopening = null));
  return (opened = await reopening);
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
    const checked = resume === null ? checkConfig(config) : config;
    const { files, info, helpers, turns, failure } = await engine();
    const store = await storage();
    if (blocked !== null) warnings.unshift(blocked);
    end = yield* follow(checked, resume, {
      store,
      engine: { ...info, workers: Math.max(1, helpers?.count ?? 1) },
      control,
      turns,
      failure,
      warnings,
      commit: COMMIT,
      gauges,
      now: () => performance.now() / 1000,
      begin: (run, config, ledger) => experiment({ files, helpers }, { run, config, ledger }),
    });
  } catch (error) {
    end = { type: 'failed', failure: toFailure(error) };
  } finally {
    active = null;
  }
  yield end;
}

const api = {
  ...createLibrary(storage),
  compare: createCompare(storage),

  open: ({ backend, model }) =>
    answer(async () => {
      if (active !== null) throw new AppError('RUN_LOCKED', 'a run is in progress in this tab');
      opened?.helpers?.end();
      opened = await openEngine({ want: backend, model }, loadModel(model));
      return opened.info;
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
      const { turns, chat, failure } = await engine();
      let asked = { round, config: DEFAULTS, state: null } as Parameters<Chat['answer']>[0];
      if (round > 0) {
        const store = await storage();
        asked = { round, config: (await store.run(run)).config, state: await store.adapter(run, round) };
      }
      return Promise.race([turns.take(() => chat.answer(asked, question)), failure]);
    }),
} satisfies LmWorker & LibraryWorker;

if (self.name === HELPER) serveHelper();
else {
  Comlink.expose(api);
  startHeartbeat();
}
