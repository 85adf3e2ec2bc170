/**
 * The worker that owns the only device and the model: joins engine, model, training, method, world and store, and serves the page.
 * Progress is one stream of events a run; whatever fails crosses as data with a code. Without storage it keeps runs in memory and
 * answers the library's questions about them too.
 */
import * as Comlink from 'comlink';
import { gauges, onEngineFailure, openBackend, precompile } from '../src/engine/backend.ts';
import { AppError, type Failure, toFailure } from '../src/errors.ts';
import { loadModel, type ModelFiles } from '../src/model/load.ts';
import { DEFAULTS } from '../src/options.ts';
import type { BackendName, EngineInfo, LibraryWorker, LmWorker, RunConfig, RunEvent } from '../src/protocol.ts';
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
import { type End, follow } from './run.ts';
import { toStream } from './stream.ts';

/** An open engine with the model's files. After a failure of the engine the next call opens another. */
type Opened = {
  readonly want: BackendName | 'auto';
  readonly files: ModelFiles;
  readonly info: EngineInfo;
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
let stored: { readonly store: RunStore; readonly warning: Failure | null } | null = null;

async function openEngine(want: BackendName | 'auto', files: ModelFiles): Promise<Opened> {
  const info = await openBackend(want);
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
  const next: Opened = { want, files, info, turns: new Turns(), chat: new Chat(files), failure, failed: false };
  return next;
}

async function engine(): Promise<Opened> {
  if (opened === null) throw new AppError('INTERNAL', 'open() was not called, or it failed');
  if (!opened.failed) return opened;
  reopening ??= openEngine(opened.want, opened.files).finally(() => (reopening = null));
  return (opened = await reopening);
}

async function storage(): Promise<{ readonly store: RunStore; readonly warning: Failure | null }> {
  if (stored !== null) return stored;
  try {
    stored = { store: new IndexedStore(await Connection.open()), warning: null };
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'STORAGE_BLOCKED') throw error;
    stored = { store: new MemoryStore(), warning: toFailure(error) };
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
    const { files, info, turns, failure } = await engine();
    const { store, warning } = await storage();
    end = yield* follow(checked, resume, {
      store,
      engine: info,
      control,
      turns,
      failure,
      warning,
      commit: COMMIT,
      gauges,
      now: () => performance.now() / 1000,
      begin: (run, config, ledger) => experiment(files, run, config, ledger),
    });
  } catch (error) {
    end = { type: 'failed', failure: toFailure(error) };
  } finally {
    active = null;
  }
  yield end;
}

const openStore = async (): Promise<RunStore> => (await storage()).store;

const api = {
  ...createLibrary(openStore),
  compare: createCompare(openStore),

  open: ({ backend, model }) =>
    answer(async () => {
      if (active !== null) throw new AppError('RUN_LOCKED', 'a run is in progress in this tab');
      opened = await openEngine(backend, await loadModel(model));
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
        const { store } = await storage();
        asked = { round, config: (await store.run(run)).config, state: await store.adapter(run, round) };
      }
      return Promise.race([turns.take(() => chat.answer(asked, question)), failure]);
    }),
} satisfies LmWorker & LibraryWorker;

Comlink.expose(api);
startHeartbeat();
