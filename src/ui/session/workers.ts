/**
 * The two workers as the page sees them. A worker that died never rejects a call, so every call and every stream ends with its death:
 * an error event, or a heart that no longer beats. Knows no component, and of the workers only their interfaces.
 */
import * as Comlink from 'comlink';
import { AppError, type Failure, toFailure } from '../../errors.ts';
import type { DownloadEvent, HomeEvent, ModelWorker, SampledEvent, ShelfWorker, SpeedEvent } from '../../protocol/models.ts';
import type { Answer, LmWorker, OpenEvent, OpenWanted } from '../../protocol/lm.ts';
import type { ChatEvent, ChatWorker } from '../../protocol/chat.ts';
import type { LibraryWorker } from '../../protocol/library.ts';
import { Lifeline, type Watcher } from '../../protocol/lifeline.ts';
import type { MachineEvent, MachineWorker } from '../../protocol/machine.ts';
import type { LessonWorker } from '../../protocol/lesson.ts';
import type { VoicesWorker } from '../../protocol/voices.ts';
import type { RunEvent } from '../../run/events.ts';

/** The two workers, and a call when one of them dies. */
export type Workers = {
  readonly lm: LmWorker & ChatWorker & ModelWorker & MachineWorker & VoicesWorker & LessonWorker;
  readonly library: LibraryWorker & ShelfWorker;
  /** Why runs are kept in memory; null where the browser keeps them, or was not asked yet. */
  readonly blocked: () => Failure | null;
  readonly onDeath: (listener: (failure: Failure) => void) => void;
  /** Ends both workers; what is saved stays. */
  readonly close: () => void;
};

/** The model's worker also answers for runs that are in its memory alone. */
type Lm = Workers['lm'] & LibraryWorker;
type Library = LibraryWorker & ShelfWorker;
type Life<T> = { readonly remote: Comlink.Remote<T>; readonly line: Lifeline };

/** Seconds of silence that mean death: while the worker loads, at work, at rest. */
const SILENCE = { load: 60, work: 20, rest: 5 };

/** Has the policy of the page's server forbidden a worker? */
let isForbidden = false;
if (typeof document !== 'undefined')
  document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => {
    if (/^(?:worker|script|child|default)-src/.test(effectiveDirective)) isForbidden = true;
  });

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
    return this.#life !== null && !this.#life.line.ended;
  }

  #started(): Worker {
    try {
      return this.#start();
    } catch (error) {
      // a page without an origin, as in a frame that gives it none
      throw new AppError('WORKER_BLOCKED', String(error), { cause: error });
    }
  }

  #live(): Life<T> {
    if (this.#life !== null && !this.#life.line.ended) return this.#life;
    const worker = this.#started();
    let [silent, longest, beats] = [0, 0, 0];
    // a worker that the browser forbids is made, and fails before its first sign of life
    const line = new Lifeline(worker, () => (beats === 0 && isForbidden ? 'WORKER_BLOCKED' : 'WORKER_DIED'), this.#died);
    // counts its own ticks, not time: after sleep or in a frozen tab both sides go on where they were
    const timer = setInterval(() => {
      if (line.ended) return clearInterval(timer);
      silent++;
      // one that was silent for long and lived may be so again, at rest too
      const limit = beats === 0 ? SILENCE.load : Math.max(line.busy ? SILENCE.work : SILENCE.rest, 3 * longest);
      if (silent > limit) line.die(`no sign of life for ${silent} s`);
    }, 1000);
    worker.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      if (typeof data !== 'object' || data === null || !('beat' in data)) return;
      if (beats++ > 0) longest = Math.max(longest, silent);
      silent = 0;
    });
    this.#life = { remote: Comlink.wrap<T>(worker), line };
    return this.#life;
  }

  /** Calls `watcher` if the worker dies before the function given back is called. */
  watch(watcher: Watcher): () => void {
    return this.#live().line.watch(watcher);
  }

  /** Makes a call; rejects with `WORKER_DIED` when the worker dies first. */
  call<R>(make: (remote: Comlink.Remote<T>) => Promise<R>): Promise<R> {
    const { remote, line } = this.#live();
    return line.until(() => make(remote));
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
    this.#life?.line.end('closed by the page');
  }
}

type Followed = RunEvent | ChatEvent | DownloadEvent | HomeEvent | MachineEvent | OpenEvent | SpeedEvent | SampledEvent;

/** A stream that ends with `failed` when its worker dies, instead of never. `cancelled` is called when nobody wants the rest. */
function guarded<E extends Followed, W>(
  stream: ReadableStream<E>,
  line: LazyWorker<W>,
  cancelled: () => void = () => {},
): ReadableStream<E> {
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
        const told = reader.cancel();
        cancelled();
        return told;
      },
    },
    { highWaterMark: 0 },
  );
}

function failed<E extends Followed>(failure: Failure): ReadableStream<E> {
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

const here = (url: string): string => new URL(url, document.baseURI).href;

/** Starts the two workers; both come back by themselves after a death, the model's when it is next opened or run. */
export function connect(workers: { readonly lm?: () => Worker; readonly library?: () => Worker } = {}): Workers {
  const listeners: Watcher[] = [];
  const died = (failure: Failure): void => listeners.forEach((listener) => listener(failure));
  const lm = new LazyWorker<Lm>(workers.lm ?? lmWorker, died);
  const library = new LazyWorker<Library>(workers.library ?? libraryWorker, died);
  let options: OpenWanted | null = null;
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
    for await (const event of await opening(wanted, () => {})) if (event.type === 'failed') return event.failure;
    return null;
  }

  /** A model on its way into the worker. */
  async function opening(wanted: OpenWanted, cancelled: () => void): Promise<ReadableStream<OpenEvent>> {
    try {
      return guarded(await lm.call((remote) => remote.open(wanted)), lm, cancelled);
    } catch (error) {
      return failed(toFailure(error));
    }
  }

  /** A question to the open model. */
  async function open<R>(make: (remote: Comlink.Remote<Lm>) => Promise<Answer<R>>): Promise<Answer<R>> {
    const failure = await revive();
    return failure === null ? lm.ask(make) : { ok: false, failure };
  }

  /** The events of something that the open model does; a failure is one of them. */
  async function follow<E extends RunEvent | ChatEvent | HomeEvent | MachineEvent | SpeedEvent | SampledEvent>(
    make: (remote: Comlink.Remote<Lm>) => Promise<ReadableStream<E>>,
  ): Promise<ReadableStream<E>> {
    try {
      const failure = await revive();
      return failure === null ? guarded(await lm.call(make), lm) : failed(failure);
    } catch (error) {
      return failed(toFailure(error));
    }
  }

  return {
    lm: {
      open(wanted) {
        // another device, another worker: tensors do not move
        if (options !== null) lm.close();
        const { model, kit } = wanted;
        const asked = {
          ...wanted,
          model: model.kind === 'bundled' ? { ...model, url: here(model.url) } : model,
          ...(kit === undefined ? {} : { kit: here(kit) }),
        };
        const before = options;
        options = asked;
        return opening(asked, () => {
          // ends the work wherever it is, and gives its memory back
          lm.close();
          options = before;
        });
      },
      readKit: ({ own, kit }) => open((remote) => remote.readKit({ own, kit: here(kit) })),
      run(config, resume) {
        // silent in Chrome; needs the click that started the run
        void navigator.storage?.persist?.().catch(() => false);
        return follow((remote) => remote.run(config, resume));
      },
      // a dead worker has nothing to pause
      go: async (until) => (lm.alive ? lm.call((remote) => remote.go(until)) : undefined),
      stop: async () => (lm.alive ? lm.call((remote) => remote.stop()) : undefined),
      chat: (question) => follow((remote) => remote.chat(question)),
      nearest: (question, ids) => open((remote) => remote.nearest(question, ids)),
      plan: (config) => open((remote) => remote.plan(config)),
      measure: (config) => follow((remote) => remote.measure(config)),
      measureAnswers: (config) => follow((remote) => remote.measureAnswers(config)),
      voices: (asked) => open((remote) => remote.voices(asked)),
      voicesTo: (question) => open((remote) => remote.voicesTo(question)),
      drawAnswer: (put, seed) => open((remote) => remote.drawAnswer(put, seed)),
      examples: (ids) => open((remote) => remote.examples(ids)),
      inclination: (put) => open((remote) => remote.inclination(put)),
      takeSample: (at) => open((remote) => remote.takeSample(at)),
      takeStep: (other) => open((remote) => remote.takeStep(other)),
      measureMachine(wanted) {
        const asked = { ...wanted, model: new URL(wanted.model, document.baseURI).href };
        return follow((remote) => remote.measureMachine(asked));
      },
      takeHome: (run, round, what, zipped, dtype) => follow((remote) => remote.takeHome(run, round, what, zipped, dtype)),
      loadAdapter: (files) => open((remote) => remote.loadAdapter(files)),
    },
    library: {
      compare: (arms, reference) => ask((remote) => remote.compare(arms, reference)),
      runs: () => ask((remote) => remote.runs()),
      samples: (run, round) => ask((remote) => remote.samples(run, round)),
      heldOut: (run, round) => ask((remote) => remote.heldOut(run, round)),
      losses: (run) => ask((remote) => remote.losses(run)),
      adapter: (run, round) => ask((remote) => remote.adapter(run, round)),
      deleteRun: (run) => ask((remote) => remote.deleteRun(run)),
      runFile: (run) => ask((remote) => remote.runFile(run)),
      bringRun: (file) => ask((remote) => remote.bringRun(file)),
      describeRun: (run, name, note) => ask((remote) => remote.describeRun(run, name, note)),
      experiments: () => ask((remote) => remote.experiments()),
      putExperiment: (experiment) => ask((remote) => remote.putExperiment(experiment)),
      deleteExperiment: (id) => ask((remote) => remote.deleteExperiment(id)),
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
      async keep(source, model) {
        void navigator.storage?.persist?.().catch(() => false);
        try {
          return guarded(await library.call((remote) => remote.keep(source, model)), library);
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
