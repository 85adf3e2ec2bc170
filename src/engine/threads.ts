/**
 * Several threads at one operation of the CPU backend: calls of kernels that may be made at the same time are written into a list in the
 * shared memory, from which all threads take the next one, this one too. Who makes a call changes no bit of what it computes. Knows no
 * kernel and no operation; what the other threads do is thread.ts.
 */
import program from 'virtual:thread';
import { AppError } from '../errors.ts';

/** A call of a kernel: its place among the kernels, and its operands. Scratch memory is counted from SCRATCH, since each thread has its own. */
export type Call = { readonly kernel: number; readonly operands: readonly number[] };

/** Where scratch memory begins in the operands of a call: beyond every address. */
export const SCRATCH = 2 ** 40;

/** Numbers that a call takes in the list: its kernel, how many operands it has, and these. */
const STRIDE = 24;
const CALLS = 64;
/** Words of the list: which list it is, calls that nobody has taken, calls that are not done, whether one failed; from SCRATCH_AT on, each thread's scratch memory. */
const WORDS = { TICKET: 0, LEFT: 1, NOT_DONE: 2, FAILED: 3, SCRATCH_AT: 4 } as const;
/** The most threads, this one among them: more cores than that bring little. */
export const MOST_THREADS = 16;
const WORD_COUNT = WORDS.SCRATCH_AT + MOST_THREADS;

/** What a thread is told at its start. */
export type ThreadStart = {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Which thread it is, from 1. */
  readonly index: number;
  readonly kernels: readonly string[];
  readonly list: typeof WORDS & {
    readonly words: number;
    readonly wordCount: number;
    readonly calls: number;
    readonly callCount: number;
    readonly STRIDE: number;
    readonly SCRATCH: number;
  };
};

/** What the threads share. */
type Shared = Pick<ThreadStart, 'module' | 'memory' | 'kernels'> & { readonly allocate: (bytes: number) => number };

/** A worker of a browser or of Node. */
type Thread = { readonly end: () => void };

/** Milliseconds within which a thread says that it is ready. */
const PATIENCE = 10_000;

const BROWSER = `${program}; addEventListener('message', ({ data }) => serve(data, () => postMessage('ready')), { once: true });`;
const NODE = `${program}; const { parentPort } = require('node:worker_threads');
parentPort.once('message', (data) => serve(data, () => parentPort.postMessage('ready')));`;

function inNode(start: ThreadStart, ready: () => void, failed: (reason: unknown) => void): Thread {
  const { Worker } = globalThis.process.getBuiltinModule('node:worker_threads');
  const worker = new Worker(NODE, { eval: true });
  worker.once('message', ready);
  worker.once('error', failed);
  worker.postMessage(start, []);
  worker.unref();
  return { end: () => void worker.terminate() };
}

function inBrowser(start: ThreadStart, ready: () => void, failed: (reason: unknown) => void): Thread {
  const url = URL.createObjectURL(new Blob([BROWSER], { type: 'text/javascript' }));
  const worker = new Worker(url);
  worker.addEventListener('message', ready, { once: true });
  worker.addEventListener('error', (event) => failed(event.message), { once: true });
  worker.postMessage(start, []);
  return {
    end: () => {
      worker.terminate();
      URL.revokeObjectURL(url);
    },
  };
}

function begin(start: ThreadStart): Promise<Thread> {
  const open = typeof Worker === 'function' ? inBrowser : inNode;
  return new Promise((resolve, reject) => {
    const failed = (reason: unknown): void => {
      clearTimeout(timer);
      thread.end();
      reject(new AppError('INTERNAL', `a thread did not start: ${String(reason)}`));
    };
    const timer = setTimeout(() => failed('it does not answer'), PATIENCE);
    const ready = (): void => {
      clearTimeout(timer);
      resolve(thread);
    };
    const thread = open(start, ready, failed);
  });
}

export class Threads {
  readonly #words: Int32Array;
  readonly #calls: Float64Array;
  readonly #threads: readonly Thread[];

  private constructor(words: Int32Array, calls: Float64Array, threads: readonly Thread[]) {
    this.#words = words;
    this.#calls = calls;
    this.#threads = threads;
  }

  /** Starts `count - 1` threads beside this one. Rejects where one does not start. */
  static async start(count: number, { module, memory, kernels, allocate }: Shared): Promise<Threads> {
    const [words, calls] = [allocate(4 * WORD_COUNT), allocate(8 * CALLS * STRIDE)];
    const list = { ...WORDS, words, wordCount: WORD_COUNT, calls, callCount: CALLS, STRIDE, SCRATCH };
    const view = new Int32Array(memory.buffer, words, WORD_COUNT).fill(0);
    const begun = Array.from({ length: count - 1 }, (_, i) => begin({ module, memory, index: i + 1, kernels, list }));
    const threads = (await Promise.allSettled(begun)).flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const team = new Threads(view, new Float64Array(memory.buffer, calls, CALLS * STRIDE), threads);
    if (threads.length < count - 1) {
      team.end();
      await Promise.all(begun);
    }
    return team;
  }

  /** How many work, this one included. */
  get count(): number {
    return this.#threads.length + 1;
  }

  /**
   * Makes all calls, in any order and several at a time; `own` makes one in this thread, and `scratch` is where each thread's scratch
   * memory begins. Returns when all are done. Errors: INTERNAL, where a kernel failed in another thread.
   */
  run(calls: readonly Call[], scratch: readonly number[], own: (call: Call) => void): void {
    scratch.forEach((at, index) => (this.#words[WORDS.SCRATCH_AT + index] = at));
    for (let from = 0; from < calls.length; from += CALLS) this.#together(calls.slice(from, from + CALLS), own);
  }

  #together(calls: readonly Call[], own: (call: Call) => void): void {
    const words = this.#words;
    calls.forEach(({ kernel, operands }, i) => {
      if (operands.length > STRIDE - 2) throw new AppError('INTERNAL', `a kernel takes ${operands.length} operands`);
      this.#calls.set([kernel, operands.length, ...operands], i * STRIDE);
    });
    Atomics.store(words, WORDS.NOT_DONE, calls.length);
    // A thread that comes late from the last list found nothing there, and finds these from here on.
    Atomics.store(words, WORDS.LEFT, calls.length);
    Atomics.add(words, WORDS.TICKET, 1);
    Atomics.notify(words, WORDS.TICKET);
    let failure: { readonly error: unknown } | null = null;
    for (let next; (next = Atomics.sub(words, WORDS.LEFT, 1) - 1) >= 0;) {
      try {
        own(calls[next] as Call);
      } catch (error) {
        failure = { error };
      }
      Atomics.sub(words, WORDS.NOT_DONE, 1);
    }
    this.#wait();
    const others = Atomics.exchange(words, WORDS.FAILED, 0) !== 0;
    if (failure !== null) throw failure.error;
    if (others) throw new AppError('INTERNAL', 'a CPU kernel failed in a thread');
  }

  /** Others are at their last call: a short while, in which sleeping would cost more than looking. */
  #wait(): void {
    const words = this.#words;
    for (let looks = 0; ; looks++) {
      const left = Atomics.load(words, WORDS.NOT_DONE);
      if (left <= 0) return;
      if (looks > 2000 && maySleep) Atomics.wait(words, WORDS.NOT_DONE, left, 1);
    }
  }

  end(): void {
    for (const thread of this.#threads) thread.end();
  }
}

/** A page may not sleep, a worker may. */
const maySleep = !('document' in globalThis);
