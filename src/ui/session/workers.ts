/**
 * The two workers as the page sees them. A worker that died never rejects a call, so every call and every stream ends with its death:
 * an error event, or a heart that no longer beats. Knows no component, and of the workers only their interfaces.
 */
import * as Comlink from 'comlink';
import { AppError, type Failure, toFailure } from '../../errors.ts';
import type { DownloadEvent, ModelWorker, ShelfWorker } from '../../protocol/models.ts';
import type { Answer, LmWorker } from '../../protocol/lm.ts';
import type { LibraryWorker } from '../../protocol/library.ts';
import type { RunEvent } from '../../run/events.ts';

/** The two workers, and a call when one of them dies. */
export type Workers = {
  readonly lm: LmWorker & ModelWorker;
  readonly library: LibraryWorker & ShelfWorker;
  /** Why runs are kept in memory; null where the browser keeps them, or was not asked yet. */
  readonly blocked: () => Failure | null;
  readonly onDeath: (listener: (failure: Failure) => void) => void;
  /** Ends both workers; what is saved stays. */
  readonly close: () => void;
};

/** The model's worker also answers for runs that are in its memory alone. */
type Lm = LmWorker & LibraryWorker & ModelWorker;
type Library = LibraryWorker & ShelfWorker;
type Watcher = (failure: Failure) => void;
type Life<T> = { readonly remote: Comlink.Remote<T>; readonly watchers: Set<Watcher>; readonly end: (detail: string) => Failure };

/** Seconds of silence that mean death: while the worker loads, at work, at rest. */
const SILENCE = { load: 60, work: 20, rest: 5 };

/** One worker: started when it is first needed, and again after its death. */
class LazyWorker<T> {
  readonly #start: () => Worker;
  readonly #died: Watcher;
  #life: Life<T> | null = null;

  constructor(start: () => Worker, died: Watcher) {
    this.#start = start;
    this.#died = died;
  }

  get alive(): boolean {
    return this.#life !== null;
  }

  #live(): Life<T> {
    if (this.#life !== null) return this.#life;
    const worker = this.#start();
    const watchers = new Set<Watcher>();
    let [silent, longest, beats] = [0, 0, 0];
    // counts its own ticks, not time: after sleep or in a frozen tab both sides go on where they were
    const timer = setInterval(() => {
      silent++;
      const limit = beats === 0 ? SILENCE.load : watchers.size === 0 ? SILENCE.rest : Math.max(SILENCE.work, 3 * longest);
      if (silent > limit) die(`no sign of life for ${silent} s`);
    }, 1000);
    const end = (detail: string): Failure => {
      const failure = toFailure(new AppError('WORKER_DIED', detail));
      if (this.#life === life) this.#life = null;
      clearInterval(timer);
      worker.terminate();
      for (const watcher of watchers) watcher(failure);
      return failure;
    };
    const die = (detail: string): void => this.#died(end(detail));
    worker.addEventListener('error', ({ message }) => die(message ?? 'the worker could not be loaded'));
    worker.addEventListener('messageerror', () => die('a message could not be read'));
    worker.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      if (typeof data !== 'object' || data === null || !('beat' in data)) return;
      if (beats++ > 0) longest = Math.max(longest, silent);
      silent = 0;
    });
    const life = { remote: Comlink.wrap<T>(worker), watchers, end };
    this.#life = life;
    return life;
  }

  /** Calls `watcher` if the worker dies before the function given back is called. */
  watch(watcher: Watcher): () => void {
    const { watchers } = this.#live();
    watchers.add(watcher);
    return () => void watchers.delete(watcher);
  }

  /** Makes a call; rejects with `WORKER_DIED` when the worker dies first. */
  call<R>(make: (remote: Comlink.Remote<T>) => Promise<R>): Promise<R> {
    const { remote } = this.#live();
    return new Promise<R>((resolve, reject) => {
      const unwatch = this.watch(({ detail }) => reject(new AppError('WORKER_DIED', detail)));
      void make(remote).then(resolve, reject).finally(unwatch);
    });
  }

  /** A call whose failures are data, its worker's death among them. */
  async ask<R>(make: (remote: Comlink.Remote<T>) => Promise<Answer<R>>): Promise<Answer<R>> {
    try {
      return await this.call(make);
    } catch (error) {
      return { ok: false, failure: toFailure(error) };
    }
  }

  /** Ends the worker on purpose. */
  close(): void {
    this.#life?.end('closed by the page');
  }
}

/** A stream that ends with `failed` when its worker dies, instead of never. */
function guarded<E extends RunEvent | DownloadEvent, W>(stream: ReadableStream<E>, line: LazyWorker<W>): ReadableStream<E> {
  const reader = stream.getReader();
  let unwatch = (): void => {};
  let ended = false;
  return new ReadableStream<E>(
    {
      start(controller) {
        unwatch = line.watch((failure) => {
          ended = true;
          controller.enqueue({ type: 'failed', failure } as E);
          controller.close();
        });
      },
      async pull(controller) {
        const { done, value } = await reader.read();
        if (ended) return;
        if (!done) return controller.enqueue(value);
        unwatch();
        controller.close();
      },
      cancel: () => {
        unwatch();
        return reader.cancel();
      },
    },
    { highWaterMark: 0 },
  );
}

function failed<E extends RunEvent | DownloadEvent>(failure: Failure): ReadableStream<E> {
  return new ReadableStream<E>({
    start(controller) {
      controller.enqueue({ type: 'failed', failure } as E);
      controller.close();
    },
  });
}

const lmWorker = (): Worker => new Worker(new URL('../../../workers/lm.worker.ts', import.meta.url), { type: 'module', name: 'lm' });
const libraryWorker = (): Worker =>
  new Worker(new URL('../../../workers/library.worker.ts', import.meta.url), { type: 'module', name: 'library' });

/** Starts the two workers; both come back by themselves after a death, the model's when it is next opened or run. */
export function connect(workers: { readonly lm?: () => Worker; readonly library?: () => Worker } = {}): Workers {
  const listeners: Watcher[] = [];
  const died = (failure: Failure): void => listeners.forEach((listener) => listener(failure));
  const lm = new LazyWorker<Lm>(workers.lm ?? lmWorker, died);
  const library = new LazyWorker<Library>(workers.library ?? libraryWorker, died);
  let options: Parameters<LmWorker['open']>[0] | null = null;
  let blocked: Failure | null = null;

  /** Where the library has no database, the model's worker knows the runs that are in its memory. */
  async function ask<R>(make: (remote: Comlink.Remote<Library>) => Promise<Answer<R>>): Promise<Answer<R>> {
    if (blocked === null || !lm.alive) {
      const answer = await library.ask(make);
      if (answer.ok || answer.failure.code !== 'STORAGE_BLOCKED') return answer;
      blocked = answer.failure;
      if (!lm.alive) return answer;
    }
    return lm.ask((remote) => make(remote as unknown as Comlink.Remote<Library>));
  }

  /** The worker that died is started again as it was opened. */
  async function revive(): Promise<Failure | null> {
    if (lm.alive || options === null) return null;
    const wanted = options;
    const answer = await lm.ask((remote) => remote.open(wanted));
    return answer.ok ? null : answer.failure;
  }

  /** A question to the open model. */
  async function open<R>(make: (remote: Comlink.Remote<Lm>) => Promise<Answer<R>>): Promise<Answer<R>> {
    const failure = await revive();
    return failure === null ? lm.ask(make) : { ok: false, failure };
  }

  return {
    lm: {
      open(wanted) {
        // another device, another worker: tensors do not move
        if (options !== null) lm.close();
        const { model, kit } = wanted;
        const here = (url: string): string => new URL(url, document.baseURI).href;
        const asked = {
          ...wanted,
          model: model.kind === 'bundled' ? { ...model, url: here(model.url) } : model,
          ...(kit === undefined ? {} : { kit: here(kit) }),
        };
        options = asked;
        return lm.ask((remote) => remote.open(asked));
      },
      async run(config, resume) {
        // silent in Chrome; needs the click that started the run
        void navigator.storage?.persist?.().catch(() => false);
        try {
          const failure = await revive();
          return failure === null ? guarded(await lm.call((remote) => remote.run(config, resume)), lm) : failed(failure);
        } catch (error) {
          return failed(toFailure(error));
        }
      },
      // a dead worker has nothing to pause
      pause: async () => (lm.alive ? lm.call((remote) => remote.pause()) : undefined),
      resume: async () => (lm.alive ? lm.call((remote) => remote.resume()) : undefined),
      stop: async () => (lm.alive ? lm.call((remote) => remote.stop()) : undefined),
      ask: (run, round, question) => open((remote) => remote.ask(run, round, question)),
      plan: (config) => open((remote) => remote.plan(config)),
      measure: (config) => open((remote) => remote.measure(config)),
      takeHome: (run, round, what, zipped) => open((remote) => remote.takeHome(run, round, what, zipped)),
      loadAdapter: (files) => open((remote) => remote.loadAdapter(files)),
    },
    library: {
      compare: (arms, reference) => ask((remote) => remote.compare(arms, reference)),
      runs: () => ask((remote) => remote.runs()),
      samples: (run, round) => ask((remote) => remote.samples(run, round)),
      losses: (run) => ask((remote) => remote.losses(run)),
      adapter: (run, round) => ask((remote) => remote.adapter(run, round)),
      deleteRun: (run) => ask((remote) => remote.deleteRun(run)),
      stored: () => library.ask((remote) => remote.stored()),
      forget: (folder) => library.ask((remote) => remote.forget(folder)),
      async download(id, host) {
        void navigator.storage?.persist?.().catch(() => false);
        try {
          return guarded(await library.call((remote) => remote.download(id, host)), library);
        } catch (error) {
          return failed(toFailure(error));
        }
      },
    },
    blocked: () => blocked,
    onDeath: (listener) => void listeners.push(listener),
    close: () => {
      lm.close();
      library.close();
    },
  };
}
