/**
 * A language model that many hands answer for: the model that trains, and helpers that each hold a copy of it. Requests are cut into
 * batches of similar length and handed to whoever is free. A completion is a function of its request and the weights alone, so who
 * makes it, in which batch and when, changes no result. A helper that fails is not asked again, and its batch is done by the model
 * itself; one that falls silent only costs the wait. Knows no tensor, no worker and no message.
 */
import type {
  AdapterState,
  Completion,
  DistillOptions,
  FinetuneOptions,
  GenerateOptions,
  GenerateRequest,
  LanguageModel,
  Score,
  StepReport,
  TaughtRow,
  TopTokens,
  TrainingRow,
} from '../../contracts/language-model.ts';
import { type Failure, toFailure } from '../../errors.ts';
import { breathe } from '../../engine/work.ts';

/** Answers with a copy of the model, a whole batch at a time. */
export interface Helper {
  /** False while it loads its copy. */
  readonly ready: boolean;
  /** Takes on these weights; `null` is the base model. */
  hold(state: AdapterState | null): Promise<void>;
  /** All completions of a batch; their indices are those in the batch. */
  generate(requests: readonly GenerateRequest[], options: GenerateOptions): Promise<readonly Completion[]>;
  score(rows: readonly TrainingRow[]): Promise<readonly Score[]>;
  /** Told once, when it has failed: it will not be asked again. */
  dismiss(failure: Failure): void;
}

type PoolOptions = {
  /** How many work at a time. The model itself answers only where fewer helpers do, else it would keep them waiting for work. */
  readonly width: number;
  /** Milliseconds without a word from anyone after which the model itself does what is still out. */
  readonly patience?: number;
};

/** Positions of requests that are answered together. */
type Batch = readonly number[];

type Seat = {
  readonly helper: Helper;
  /** Name of the weights that it has; null while nobody knows. */
  holds: string | null;
  busy: boolean;
  gone: boolean;
};

/** How a batch is done by the model itself, and by a helper. */
type Work<T> = {
  readonly own: (batch: Batch) => AsyncIterator<T>;
  readonly theirs: (helper: Helper, batch: Batch) => Promise<readonly T[]>;
};

/** On the CPU larger batches are hardly faster and smaller ones end together; of 16 rows each row takes 1.7 times as long. */
const BATCH = 32;
/** With fewer batches nothing is won by sharing them (measured: 32 prompts take as long, 64 little more than half). */
const WORTH_SHARING = 2;

export class PooledLanguageModel implements LanguageModel {
  readonly #local: LanguageModel;
  readonly #seats: readonly Seat[];
  readonly #width: number;
  readonly #patience: number;
  /** The weights of the model itself; undefined where they must be asked for. */
  #state: AdapterState | null | undefined = undefined;

  constructor(local: LanguageModel, helpers: readonly Helper[], { width, patience = 5000 }: PoolOptions) {
    this.#local = local;
    this.#seats = helpers.map((helper) => ({ helper, holds: null, busy: false, gone: false }));
    this.#width = width;
    this.#patience = patience;
  }

  async *generate(requests: readonly GenerateRequest[], options: GenerateOptions): AsyncGenerator<Completion, void, undefined> {
    const batches = cut(requests.map(({ prompt }) => prompt.length));
    const local = this.#local;
    if (this.#alone(batches)) return yield* local.generate(requests, options);
    const of = (batch: Batch) => batch.map((i) => requests[i] as GenerateRequest);
    const placed = (batch: Batch, completion: Completion) => ({ ...completion, index: batch[completion.index] as number });
    yield* this.#spread<Completion>(batches, {
      own: async function* (batch) {
        for await (const completion of local.generate(of(batch), options)) yield placed(batch, completion);
      },
      theirs: async (helper, batch) => (await helper.generate(of(batch), options)).map((completion) => placed(batch, completion)),
    });
  }

  async score(rows: readonly TrainingRow[]): Promise<readonly Score[]> {
    const batches = cut(rows.map(({ prompt, completion }) => prompt.length + completion.length));
    const local = this.#local;
    if (this.#alone(batches)) return local.score(rows);
    const of = (batch: Batch) => batch.map((i) => rows[i] as TrainingRow);
    const placed = (batch: Batch, found: readonly Score[]) => batch.map((index, i) => ({ index, score: found[i] as Score }));
    const scores: Score[] = [];
    const spread = this.#spread<{ readonly index: number; readonly score: Score }>(batches, {
      own: async function* (batch) {
        yield* placed(batch, await local.score(of(batch)));
      },
      theirs: async (helper, batch) => placed(batch, await helper.score(of(batch))),
    });
    for await (const { index, score } of spread) scores[index] = score;
    return scores;
  }

  /** By the model itself: much comes back for little work. */
  likeliest(rows: readonly TrainingRow[], k: number): Promise<readonly TopTokens[]> {
    return this.#local.likeliest(rows, k);
  }

  finetune(rows: readonly TrainingRow[], options: FinetuneOptions): AsyncGenerator<StepReport, void, undefined> {
    return this.#trained(this.#local.finetune(rows, options));
  }

  distill(rows: readonly TaughtRow[], options: DistillOptions): AsyncGenerator<StepReport, void, undefined> {
    return this.#trained(this.#local.distill(rows, options));
  }

  /** The steps of the model itself, whose weights nobody knows afterwards. */
  async *#trained(steps: AsyncIterable<StepReport>): AsyncGenerator<StepReport, void, undefined> {
    try {
      for await (const report of steps) {
        this.#state = undefined;
        yield report;
      }
    } finally {
      this.#state = undefined;
    }
  }

  async restart(): Promise<void> {
    this.#state = undefined;
    await this.#local.restart();
  }

  async snapshot(): Promise<AdapterState> {
    const state = await this.#local.snapshot();
    if (this.#state === undefined) this.#state = state;
    return state;
  }

  async restore(state: AdapterState | null): Promise<void> {
    this.#state = undefined;
    await this.#local.restore(state);
    this.#state = state;
  }

  #alone(batches: readonly Batch[]): boolean {
    return batches.length < WORTH_SHARING || this.#seats.every(({ gone }) => gone);
  }

  /** Does all batches and yields what comes of them as it comes. Hands out work only while it is asked for more, so a pause holds all. */
  async *#spread<T>(batches: readonly Batch[], work: Work<T>): AsyncGenerator<T, void, undefined> {
    const state = this.#state === undefined ? await this.snapshot() : this.#state;
    const waiting = [...batches];
    /** What came back from a helper undone. */
    const returned: Batch[] = [];
    const out = new Map<Seat, Batch>();
    const ready: T[] = [];
    let own: AsyncIterator<T> | null = null;
    let over = false;
    let wake = (): void => {};

    /** Is this batch still the seat's, or has it at least not been begun by another? */
    const claim = (seat: Seat, batch: Batch): boolean => {
      if (out.get(seat) === batch) return out.delete(seat);
      const at = returned.indexOf(batch);
      if (at !== -1) returned.splice(at, 1);
      return at !== -1;
    };
    const hand = async (seat: Seat, batch: Batch): Promise<void> => {
      seat.busy = true;
      out.set(seat, batch);
      try {
        await hold(seat, state);
        const done = over ? [] : await work.theirs(seat.helper, batch);
        if (!over && claim(seat, batch)) ready.push(...done);
      } catch (error) {
        if (claim(seat, batch)) returned.push(batch);
        const failure = toFailure(error);
        // what would fail anywhere is no fault of the helper's
        if (failure.code === 'PROMPT_TOO_LONG' || failure.code === 'NUM_NONFINITE') return;
        seat.gone = true;
        seat.helper.dismiss(failure);
      } finally {
        seat.busy = false;
        wake();
      }
    };

    try {
      for (;;) {
        for (const seat of this.#seats) {
          if (seat.busy || seat.gone || !seat.helper.ready) continue;
          const batch = waiting.shift();
          if (batch !== undefined) void hand(seat, batch);
        }
        if (ready.length > 0) {
          yield ready.shift() as T;
          continue;
        }
        if (own === null) {
          const batch = returned.shift() ?? (out.size < this.#width ? waiting.shift() : undefined);
          if (batch !== undefined) own = work.own(batch);
        }
        if (own !== null) {
          const step: IteratorResult<T> = await own.next();
          if (step.done === true) own = null;
          else ready.push(step.value);
          // the helpers' answers are waiting outside
          await breathe();
          continue;
        }
        if (out.size === 0) return;
        const heard = await within(this.#patience, (resolve) => (wake = resolve));
        if (heard) continue;
        returned.push(...out.values());
        out.clear();
      }
    } finally {
      over = true;
      await own?.return?.();
    }
  }
}

/** Gives a helper the weights, unless it has them. */
async function hold(seat: Seat, state: AdapterState | null): Promise<void> {
  const name = state === null ? 'base' : state.hash;
  if (seat.holds === name) return;
  seat.holds = null;
  await seat.helper.hold(state);
  seat.holds = name;
}

/** Positions in order of length, in batches of nearly equal size. */
function cut(lengths: readonly number[]): readonly Batch[] {
  const order = [...lengths.keys()].sort((a, b) => (lengths[a] ?? 0) - (lengths[b] ?? 0) || a - b);
  const count = Math.ceil(order.length / BATCH);
  const start = (i: number): number => Math.floor((i * order.length) / count);
  return Array.from({ length: count }, (_, i) => order.slice(start(i), start(i + 1)));
}

/** Waits for a call; false when none came in time. */
async function within(milliseconds: number, listen: (call: () => void) => void): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    return await new Promise<boolean>((resolve) => {
      listen(() => resolve(true));
      timer = setTimeout(() => resolve(false), milliseconds);
    });
  } finally {
    clearTimeout(timer);
  }
}
