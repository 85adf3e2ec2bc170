/**
 * The page's memory of models and its verbs: which one is open, which are kept, the download on its way, the plan of the next run, the adapter
 * that was loaded. Knows no component and no run.
 */
import { say } from '../language/language.ts';
import { computed, effect, signal } from '@preact/signals';
import type { ReadonlySignal } from '@preact/signals';
import { toFailure, type Failure } from '../../errors.ts';
import type { StoredModel, LoadedAdapter, ModelWorker, RunPlan, ShelfWorker } from '../../protocol/models.ts';
import type { KitChoice, LmWorker, ModelSource, OpenedModel, PickedEntry } from '../../protocol/lm.ts';
import { isSameModel, isWrittenAlike, type OpenedEngine, type RunModel } from '../../run/records.ts';
import type { BackendName } from '../../contracts/engine.ts';
import type { RunConfig } from '../../run/config.ts';
import { hasWorld, worldText } from '../../run/worlds.ts';
import { type Found, foundIn, meantOf, placeOf } from '../../picked-folders.ts';
import { createComeBack } from './come-back.ts';
import { copiesOf } from './copies.ts';
import { createKitChoosing, isData, PAGE_KIT } from './kit.ts';
import { refusalText } from '../plan-text.ts';
import { heard } from './heard.ts';
import { createFetching, type Fetching } from './fetching.ts';
import { createMeasuring } from './measuring.ts';
import { createPacking } from './packing.ts';
import { createUnderWay } from './under-way.ts';
import { bytesOf, filesIn, folderStore, type FolderHandle, type Remembered } from './folders.ts';

/** What lies in a folder that was picked, where it is more than one thing; `chosen` is what was opened of it. */
export type Offered = {
  readonly files: readonly PickedEntry[];
  readonly handle: FolderHandle | null;
  readonly found: readonly Found[];
  readonly chosen: Found | null;
};

/** Where a model comes from, the files of its kit where they were chosen, and what it is called until it is open, said when it is drawn. */
type Way = { readonly from: ModelSource; readonly own: KitChoice | null; readonly name: () => string };

/** What has a name of its own. */
const called = (name: string) => (): string => name;
const worldName = (world: string) => (): string => say('the world “{world}”', { world: say(worldText(world)) });

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
  /** Is this page a stand now? */
  readonly stand: ReadonlySignal<boolean>;
  /** Other settings suit this model now. */
  readonly suit: (model: OpenedModel) => void;
  /** Told what is open now; null while nothing is. */
  readonly opened: (engine: OpenedEngine | null, model: OpenedModel | null) => void;
};

const PLAN_MS = 200;

export type { Fetching };
export type Models = ReturnType<typeof createModels>;

/** Everything about models that one visit remembers. */
export function createModels({ lm, library, bundled, world, backend, kit, config, busy, stand, suit, opened: tell }: Host) {
  const opened = signal<OpenedModel | null>(null);
  const source = signal<ModelSource>(bundled(world.peek()));
  const opening = signal<(() => string) | null>(null);
  const problem = signal<Failure | null>(null);
  const stored = signal<readonly StoredModel[] | null>(null);
  const noDisk = signal<Failure | null>(null);
  const plan = signal<RunPlan | null>(null);
  const adapter = signal<LoadedAdapter | null>(null);
  let adapterFrom: readonly PickedEntry[] = [];
  const ownKit = signal<KitChoice | null>(null);
  const offered = signal<Offered | null>(null);
  const remembered = signal<readonly Remembered[]>([]);
  /** Models of this visit by their fingerprints: their files can be read again. */
  const seen = new Map<string, ModelSource>();
  /** Kits of this visit by their hashes: the files that were chosen, or null for the model's own or the page's. */
  const kits = new Map<string, KitChoice | null>();
  const { fetching, fetched, cancel } = createFetching(problem, refreshKept);
  const opens = createUnderWay();
  const measuring = createMeasuring({
    lm,
    config,
    opened,
    busy,
    failed: (failure) => void (problem.value = failure),
    sampled: (model, { longest }) => {
      opened.value = { ...model, standard: { ...model.standard, maxTokens: longest } };
      suit(opened.value);
    },
  });
  /** Ends with the last change of the model; never fails. */
  let changes: Promise<unknown> = Promise.resolve();

  effect(() => {
    const wanted = config.value;
    void measuring.speeds.value;
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

  const packing = createPacking(lm, problem);
  async function tryOpen({ from, own, name }: Way, canCancel: boolean): Promise<Failure | null> {
    [opened.value, adapter.value] = [null, null];
    measuring.forget();
    packing.cancelPacking();
    tell(null, null);
    opening.value = name;
    const answer = await opens.followed(() => lm.open({ backend, model: from, kit, own }), canCancel);
    if (!answer.ok) return answer.failure;
    const { model, ...engine } = answer.value;
    source.value = from;
    ownKit.value = own;
    if (model.world === null) seen.set(model.fingerprint, from);
    if (model.kit !== undefined) kits.set(model.kit.hash, own);
    opened.value = model;
    tell(engine, model);
    return null;
  }

  /** Opens a model, unless a run is on its way. */
  async function open(wanted: ModelSource, name = called(''), own = ownKit.value): Promise<Failure | null> {
    return busy() && opened.value !== null ? null : change({ from: wanted, own, name });
  }

  /** Opens a model after the one that is being opened; when that fails the one before is opened again, and the failure is kept. */
  function change(wanted: Way): Promise<Failure | null> {
    const made = changes.then(() => changeTo(wanted));
    changes = made;
    return made;
  }

  /** The files of the adapter that is loaded; null where none is. */
  const itsAdapter = (): readonly PickedEntry[] | null => (adapter.value === null ? null : adapterFrom);

  async function changeTo(wanted: Way): Promise<Failure | null> {
    const before: Way = { from: source.value, own: ownKit.value, name: called(opened.value?.name ?? '') };
    const isFirst = opened.value === null;
    const its = itsAdapter();
    problem.value = null;
    const failure = await tryOpen(wanted, wanted.from.kind !== 'bundled');
    if (failure !== null && (!isFirst || failure.code === 'STOPPED')) {
      if (failure.code !== 'STOPPED') problem.value = failure;
      // a large one takes long again, and its files may be gone: the page's own model is always there
      if ((await tryOpen(before, before.from.kind !== 'bundled')) !== null)
        await tryOpen({ from: bundled(world.peek()), own: before.own, name: called('') }, false);
      else if (its !== null) await loadAgain(its);
    }
    opening.value = null;
    return failure;
  }

  /** The worker forgets an adapter with its model. What was refused before is told first. */
  async function loadAgain(its: readonly PickedEntry[]): Promise<void> {
    const first = problem.value;
    await loadAdapter(its);
    problem.value = first ?? problem.value;
  }

  /** Opens the model again, with another kit; when that fails the kit before stays. */
  async function reopen(own: KitChoice | null): Promise<Failure | null> {
    if (busy()) return null;
    const its = itsAdapter();
    const failure = await change({ from: source.value, own, name: () => say('the kit') });
    if (failure === null && its !== null) await loadAgain(its);
    if (failure !== null) problem.value = null; // it is said beside the files of the kit
    return failure;
  }
  const choosing = createKitChoosing({ lm, kit, reopen });

  async function refreshKept(keepSeen = false): Promise<void> {
    const answer = await heard(library.stored());
    if (!answer.ok && keepSeen && stored.value !== null) return;
    stored.value = answer.ok ? answer.value : [];
    noDisk.value = !answer.ok && answer.failure.code === 'DISK_NONE' ? answer.failure : null;
    if (!answer.ok && noDisk.value === null) problem.value = answer.failure;
  }

  async function download(id: string, host: string): Promise<void> {
    const folder = await fetched(id, host, () => library.download(id, host));
    if (folder !== null && !busy()) await open({ kind: 'stored', folder }, called(id));
  }

  /** Copies the picked model that is open into this browser. */
  async function keep(): Promise<void> {
    const [from, model] = [source.value, opened.value];
    if (from.kind !== 'files' || model === null) return;
    const { name, fingerprint, rendering, weights } = model;
    const looked = { ...(rendering === undefined ? {} : { rendering }), ...(weights === undefined ? {} : { weights }) };
    await fetched(name, '', () => library.keep(from, { name, fingerprint, ...looked }));
  }

  async function loadAdapter(files: readonly PickedEntry[]): Promise<Failure | null> {
    const answer = await heard(lm.loadAdapter(files));
    if (answer.ok) [adapter.value, adapterFrom] = [answer.value, files];
    else problem.value = answer.failure;
    return answer.ok ? null : answer.failure;
  }

  /** Opens a model among picked files, or loads an adapter among them. */
  async function takeOne(files: readonly PickedEntry[], handle: FolderHandle | null, found: Found | null): Promise<Failure | null> {
    problem.value = null;
    if (found?.kind === 'adapter') return loadAdapter(files.filter(({ path }) => placeOf(path).folder === found.folder));
    const wanted: ModelSource = { kind: 'files', files, ...(found === null ? {} : { folder: found.folder }) };
    // a folder that brings a kit is meant to be aligned with it
    const bringsKit = files.some(({ file }) => file.name === 'kit.json');
    const failure = await open(wanted, () => say('your files'), bringsKit ? null : ownKit.value);
    const model = opened.value;
    if (failure !== null || handle === null || model === null || source.value !== wanted) return failure;
    await folderStore.put({ fingerprint: model.fingerprint, name: model.name, folder: found?.folder ?? '', handle });
    await refreshRemembered();
    return null;
  }

  async function refreshRemembered(): Promise<void> {
    remembered.value = await folderStore.all();
  }

  /** Where this browser can take a model from by itself. Errors: those of `filesIn`. */
  function placesOf(model: RunModel): readonly (() => Promise<ModelSource>)[] {
    const { fingerprint } = model;
    const here = seen.get(fingerprint);
    const folders = remembered.value.filter((folder) => folder.fingerprint === fingerprint);
    return [
      ...(here === undefined ? [] : [async () => here]),
      ...folders.map(({ handle, folder }) => async (): Promise<ModelSource> => {
        const files = await filesIn(handle);
        return { kind: 'files', files, ...(folder === '' ? {} : { folder }) };
      }),
      ...copiesOf(stored.value ?? [], model).map(({ folder }) => async (): Promise<ModelSource> => ({ kind: 'stored', folder })),
    ];
  }

  /**
   * Opens the model of a run with its kit from wherever this browser has them; null when it is open, or when nothing leads to it. Of places that
   * all fail the last failure to open it counts, else why the first could not be read; it is kept. What was open stays where the kit alone is
   * another and cannot be found.
   */
  async function bring(model: RunModel): Promise<Failure | null> {
    const isOpen = (): boolean => opened.value !== null && isSameModel(opened.value, model) && isWrittenAlike(opened.value, model);
    if (isOpen()) return null;
    const [from, own] = [source.value, ownKit.value];
    const isSame = opened.value?.fingerprint === model.fingerprint;
    const itsKit = model.kit === undefined ? own : (kits.get(model.kit.hash) ?? null);
    let failure: Failure | null = null;
    const unread: Failure[] = [];
    for (const place of placesOf(model)) {
      const wanted = await place().catch((error: unknown) => {
        unread.push(toFailure(error));
        return null;
      });
      if (wanted === null || (isSame && wanted === from && itsKit === own)) continue;
      failure = await change({ from: wanted, own: itsKit, name: called(model.name) });
      if (isOpen() || failure?.code === 'STOPPED') return failure;
    }
    const stays = ownKit.value === own && source.value === from;
    if (isSame && !stays) await change({ from, own, name: called(model.name) });
    failure ??= unread[0] ?? null;
    if (failure !== null) problem.value = failure;
    return failure;
  }

  const { comeBack, astray } = createComeBack({
    stand,
    settled: () => changes.then(() => ({ from: source.value, own: ownKit.value, adapter: itsAdapter() })),
    isOpen: () => opened.value !== null,
    busy,
    bundled: () => bundled(world.peek()),
    open: async ({ from, own, adapter: its }) => {
      const unopened = await change({ from, own, name: called('') });
      const failure = unopened === null && its !== null ? await loadAdapter(its) : unopened;
      problem.value = null; // it is told once, by the stand
      return failure;
    },
  });

  return {
    opened: opened as ReadonlySignal<OpenedModel | null>,
    source: source as ReadonlySignal<ModelSource>,
    /** The name of the model that is being opened; null when none is. */
    opening: computed(() => opening.value?.() ?? null),
    /** How far that is; null while it is fast. */
    loading: opens.far,
    /** Goes back to the model that was open before. */
    cancelOpening: opens.cancel,
    problem,
    /** Why no model can be kept in this browser; null where it can. */
    noDisk: noDisk as ReadonlySignal<Failure | null>,
    stored: stored as ReadonlySignal<readonly StoredModel[] | null>,
    fetching,
    plan: plan as ReadonlySignal<RunPlan | null>,
    measuring,
    adapter: adapter as ReadonlySignal<LoadedAdapter | null>,
    ...packing,
    /** The kit of the user's own, while it is chosen. */
    choosing,
    /** Is the kit one that was put together here? */
    ownKit: ownKit as ReadonlySignal<KitChoice | null>,
    open: (wanted: ModelSource, name = '') => open(wanted, called(name)),
    /** Opens the bundled model of the world that is chosen. */
    openBundled: () => open(bundled(world.peek()), worldName(world.peek())),
    /** Sees to it that a bundled model is that of a world, for a run that is about to begin. */
    suitWorld: async (name: string): Promise<Failure | null> => {
      await changes;
      const { value: model } = opened;
      if (model === null || model.world === null || model.world === name || !hasWorld(name)) return null;
      return change({ from: bundled(name), own: ownKit.value, name: worldName(name) });
    },
    /** For the next visitor of a stand: what was open when the page became one is opened again, and what was on its way ends. Is it open then? */
    comeBack(): Promise<boolean> {
      cancel();
      choosing.forget();
      [offered.value, problem.value] = [null, null];
      return comeBack();
    },
    /** Why a stand is not on its own model; null where it is. */
    astray,
    /** Reads again what this browser has of models, unless that changes just now: it is read at the end of it. */
    async lookForKept(): Promise<void> {
      await Promise.all([fetching.value === null ? refreshKept(true) : null, refreshRemembered()]);
    },
    /** What else lies in the folder that was picked; null where nothing does. */
    offered: offered as ReadonlySignal<Offered | null>,
    remembered: remembered as ReadonlySignal<readonly Remembered[]>,
    /** Takes another thing of the folder that was picked. */
    async takeOther(found: Found): Promise<void> {
      if (offered.value === null) return;
      const { files, handle } = offered.value;
      offered.value = { ...offered.value, chosen: found };
      await takeOne(files, handle, found);
    },
    /** Does a kit lie beside the picked model that is open? */
    bringsKit: computed(() => source.value.kind === 'files' && source.value.files.some(({ file }) => file.name === 'kit.json')),
    /** Bytes of the picked model that is open, as its copy would take them; null where it is none. */
    pickedBytes: computed(() => (opened.value === null || source.value.kind !== 'files' ? null : bytesOf(source.value))),
    /** Can a model of the user's be opened without a picker, with its kit as far as that is known? */
    canBring(model: RunModel): boolean {
      const { kit } = model;
      if (kit === undefined || kit.name === PAGE_KIT || kits.has(kit.hash)) return placesOf(model).length > 0;
      // the kit may lie beside the model
      const isFolder = remembered.value.some(({ fingerprint }) => fingerprint === model.fingerprint);
      return isFolder || copiesOf(stored.value ?? [], model).some((kept) => kept.kit);
    },
    bring,
    keep,
    forgetFolder: async (fingerprint: string): Promise<void> => {
      await folderStore.forget(fingerprint);
      await refreshRemembered();
    },
    download,
    cancelDownload: cancel,

    /**
     * Takes files that were picked or dropped: data for a kit, else what lies nearest in them, and where several lie as near, what is chosen
     * then. What could not be opened is a failure, which is kept.
     */
    async take(files: readonly PickedEntry[], handle: FolderHandle | null = null): Promise<Failure | null> {
      if (files.length === 0) return null;
      problem.value = null;
      if (isData(files.map(({ path }) => path))) {
        await choosing.take(files);
        return choosing.problem.peek();
      }
      const found = foundIn(files.map(({ path }) => path));
      const chosen = meantOf(found);
      offered.value = found.length > 1 ? { files, handle, found, chosen } : null;
      return chosen !== null || found.length === 0 ? takeOne(files, handle, chosen) : null;
    },

    async forget(folder: string): Promise<void> {
      const answer = await heard(library.forget(folder));
      if (!answer.ok) problem.value = answer.failure;
      await refreshKept();
    },

    /** Says why a run of these options would be refused, in one sentence; null when it may begin. */
    async refusal(wanted: RunConfig): Promise<(() => string) | null> {
      const made = await replan(wanted);
      return made === null || made.tooMuch.length === 0 ? null : () => refusalText(made);
    },
  };
}
