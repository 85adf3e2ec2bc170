/**
 * The page's memory of models and its verbs: which one is open, which are kept, the download on its way, the plan of the next run, the adapter
 * that was loaded. Knows no component and no run.
 */
import { computed, effect, signal } from '@preact/signals';
import type { ReadonlySignal } from '@preact/signals';
import { toFailure, type Failure } from '../../errors.ts';
import type { HomeFile, StoredModel, LoadedAdapter, ModelWorker, RunPlan, ShelfWorker, ExportKind, Speeds } from '../../protocol/models.ts';
import type { Answer, KitChoice, LmWorker, ModelSource, OpenedModel, PickedEntry } from '../../protocol/lm.ts';
import type { OpenedEngine } from '../../run/records.ts';
import type { BackendName } from '../../contracts/engine.ts';
import type { RunConfig } from '../../run/config.ts';
import { hasWorld, worldText } from '../../run/worlds.ts';
import { createKitChoosing, isData } from './kit.ts';
import { refusalText } from '../plan-text.ts';

/** A download on its way. Times are milliseconds of `performance.now()`. */
export type Fetching = {
  readonly id: string;
  readonly host: string;
  readonly file: string;
  readonly done: number;
  readonly total: number;
  /** Where this try began, and when. */
  readonly from: number;
  readonly since: number;
  readonly now: number;
  /** Milliseconds that the hub has asked to wait from `now` on; absent while bytes come. */
  readonly wait?: number;
};

type Host = {
  readonly lm: LmWorker & ModelWorker;
  readonly library: ShelfWorker;
  /** The bundled model of a world. */
  readonly bundled: (world: string) => ModelSource;
  /** The world of the next run. */
  readonly world: ReadonlySignal<string>;
  readonly backend: BackendName | 'auto';
  /** The folder of the alignment kit. */
  readonly kit: string;
  /** The options of the next run. */
  readonly config: ReadonlySignal<RunConfig>;
  readonly busy: () => boolean;
  /** Told what is open now; null while nothing is. */
  readonly opened: (engine: OpenedEngine | null, model: OpenedModel | null) => void;
};

const PLAN_MS = 200;

export type Models = ReturnType<typeof createModels>;

async function heard<T>(call: Promise<Answer<T>>): Promise<Answer<T>> {
  return call.catch((error: unknown) => ({ ok: false, failure: toFailure(error) }));
}

/** Everything about models that one visit remembers. */
export function createModels({ lm, library, bundled, world, backend, kit, config, busy, opened: tell }: Host) {
  const opened = signal<OpenedModel | null>(null);
  const source = signal<ModelSource>(bundled(world.peek()));
  const opening = signal<string | null>(null);
  const problem = signal<Failure | null>(null);
  const stored = signal<readonly StoredModel[] | null>(null);
  const noDisk = signal<Failure | null>(null);
  const fetching = signal<Fetching | null>(null);
  const plan = signal<RunPlan | null>(null);
  const measuring = signal(false);
  const speeds = signal<Speeds | null>(null);
  const adapter = signal<LoadedAdapter | null>(null);
  const packing = signal(false);
  const ownKit = signal<KitChoice | null>(null);
  let stop: (() => void) | null = null;
  /** Ends with the last change of the model; never fails. */
  let changes: Promise<unknown> = Promise.resolve();

  effect(() => {
    const wanted = config.value;
    void speeds.value;
    if (opened.value === null) {
      plan.value = null;
      return;
    }
    const timer = setTimeout(() => void replan(wanted), PLAN_MS);
    return () => clearTimeout(timer);
  });

  async function replan(wanted: RunConfig): Promise<RunPlan | null> {
    const answer = await heard(lm.plan(wanted));
    if (answer.ok) plan.value = answer.value;
    else plan.value = null;
    return plan.value;
  }

  async function tryOpen(wanted: ModelSource): Promise<Failure | null> {
    opened.value = null;
    adapter.value = null;
    speeds.value = null;
    tell(null, null);
    const answer = await heard(lm.open({ backend, model: wanted, kit, own: ownKit.value }));
    if (!answer.ok) return answer.failure;
    const { model, ...engine } = answer.value;
    source.value = wanted;
    opened.value = model;
    tell(engine, model);
    return null;
  }

  /** Opens a model, unless a run is on its way. */
  async function open(wanted: ModelSource, name = ''): Promise<Failure | null> {
    return busy() && opened.value !== null ? null : change(wanted, name);
  }

  /** Opens a model after the one that is being opened; when that fails the one before is opened again, and the failure is kept. */
  function change(wanted: ModelSource, name: string): Promise<Failure | null> {
    const made = changes.then(() => changeTo(wanted, name));
    changes = made;
    return made;
  }

  async function changeTo(wanted: ModelSource, name: string): Promise<Failure | null> {
    const before = source.value;
    const first = opened.value === null;
    problem.value = null;
    opening.value = name;
    const failure = await tryOpen(wanted);
    if (failure !== null && !first) {
      problem.value = failure;
      await tryOpen(before);
    }
    opening.value = null;
    return failure;
  }

  /** Opens the model again, with another kit; when that fails the kit before stays. */
  async function reopen(own: KitChoice | null): Promise<Failure | null> {
    if (busy()) return null;
    const before = ownKit.value;
    ownKit.value = own;
    const failure = await change(source.value, 'the kit');
    if (failure === null) return null;
    ownKit.value = before;
    problem.value = null; // it is said beside the files of the kit
    await change(source.value, 'the kit');
    return failure;
  }
  const choosing = createKitChoosing({ lm, kit, reopen });

  async function refreshKept(): Promise<void> {
    const answer = await heard(library.stored());
    stored.value = answer.ok ? answer.value : [];
    noDisk.value = !answer.ok && answer.failure.code === 'DISK_NONE' ? answer.failure : null;
    if (!answer.ok && noDisk.value === null) problem.value = answer.failure;
  }

  async function download(id: string, host: string): Promise<void> {
    if (fetching.value !== null) return;
    problem.value = null;
    const since = performance.now();
    fetching.value = { id, host, file: '', done: 0, total: 0, from: -1, since, now: since };
    let folder: string | null = null;
    let stopped = false;
    try {
      const reader = (await library.download(id, host)).getReader();
      stop = () => {
        stopped = true;
        void reader.cancel();
      };
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        if (value.type === 'stored') folder = value.model.folder;
        else if (value.type === 'failed') problem.value = value.failure;
        else if (fetching.value !== null) {
          const at = performance.now();
          const before: Fetching = fetching.value;
          const begins = before.from < 0 ? { from: value.done, since: at } : { from: before.from, since: before.since };
          const { type: _, wait, ...counted } = value;
          const { wait: __, ...earlier } = before;
          fetching.value = { ...earlier, ...begins, ...counted, now: at, ...(wait === undefined ? {} : { wait }) };
        }
      }
    } catch (error) {
      problem.value = toFailure(error);
    }
    stop = null;
    fetching.value = null;
    await refreshKept();
    if (folder !== null && !stopped && !busy()) await open({ kind: 'stored', folder }, id);
  }

  return {
    opened: opened as ReadonlySignal<OpenedModel | null>,
    source: source as ReadonlySignal<ModelSource>,
    /** The name of the model that is being opened; null when none is. */
    opening: opening as ReadonlySignal<string | null>,
    problem,
    /** Why no model can be kept in this browser; null where it can. */
    noDisk: noDisk as ReadonlySignal<Failure | null>,
    stored: stored as ReadonlySignal<readonly StoredModel[] | null>,
    fetching: fetching as ReadonlySignal<Fetching | null>,
    plan: plan as ReadonlySignal<RunPlan | null>,
    measuring: measuring as ReadonlySignal<boolean>,
    measured: computed(() => speeds.value !== null),
    adapter: adapter as ReadonlySignal<LoadedAdapter | null>,
    packing: packing as ReadonlySignal<boolean>,
    /** The kit of the user's own, while it is chosen. */
    choosing,
    /** Is the kit one that was put together here? */
    ownKit: ownKit as ReadonlySignal<KitChoice | null>,
    open,
    /** Opens the bundled model of the world that is chosen. */
    openBundled: () => open(bundled(world.peek()), `the world “${worldText(world.peek())}”`),
    /** Sees to it that a bundled model is that of a world, for a run that is about to begin. */
    suitWorld: async (name: string): Promise<Failure | null> => {
      await changes;
      const { value: model } = opened;
      if (model === null || model.world === null || model.world === name || !hasWorld(name)) return null;
      return change(bundled(name), `the world “${worldText(name)}”`);
    },
    refreshKept,
    download,
    cancelDownload: (): void => stop?.(),

    /** Takes files that were picked or dropped: data for a kit, an adapter where there is one among them, else a model. */
    async take(files: readonly PickedEntry[]): Promise<void> {
      if (files.length === 0) return;
      problem.value = null;
      if (isData(files.map(({ path }) => path))) return choosing.take(files);
      // a folder that brings a kit is meant to be aligned with it
      if (files.some(({ file }) => file.name === 'kit.json')) ownKit.value = null;
      if (!files.some(({ path }) => /(?:^|\/)adapter_config\.json$/.test(path)))
        return void (await open({ kind: 'files', files }, 'your files'));
      const answer = await heard(lm.loadAdapter(files));
      if (answer.ok) adapter.value = answer.value;
      else problem.value = answer.failure;
    },

    async forget(folder: string): Promise<void> {
      const answer = await heard(library.forget(folder));
      if (!answer.ok) problem.value = answer.failure;
      await refreshKept();
    },

    async measure(): Promise<void> {
      if (measuring.value || busy()) return;
      measuring.value = true;
      const answer = await heard(lm.measure(config.value));
      measuring.value = false;
      if (answer.ok) speeds.value = answer.value;
      else problem.value = answer.failure;
    },

    /** Why a run of these options would be refused, in one sentence; null when it may begin. */
    async refusal(wanted: RunConfig): Promise<string | null> {
      const made = await replan(wanted);
      return made === null || made.tooMuch.length === 0 ? null : refusalText(made);
    },

    /** The files of a round; undefined after a failure, which is kept. */
    async takeHome(run: string, round: number, what: readonly ExportKind[], zipped: boolean): Promise<readonly HomeFile[] | undefined> {
      packing.value = true;
      const answer = await heard(lm.takeHome(run, round, what, zipped));
      packing.value = false;
      if (answer.ok) return answer.value;
      problem.value = answer.failure;
      return undefined;
    },
  };
}
