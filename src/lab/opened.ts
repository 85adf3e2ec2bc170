/**
 * An open engine with a model in it and everything that runs ask of the two: the task, the chat, the planner, the helpers. Knows no run and no
 * store.
 */
import { onEngineFailure, openBackend, prepared, spread } from '../engine/backend.ts';
import { breathe, type Gate } from '../engine/work.ts';
import { AppError, type Failure } from '../errors.ts';
import type { Kit } from '../files/in/kit.ts';
import { prepareFor } from '../model/prepare.ts';
import type { OpenedEngine, RunKit } from '../run/records.ts';
import type { BackendName, EngineInfo } from '../contracts/engine.ts';
import type { KitChoice, ModelSource, OpenedModel, OpenProgress, OpenWanted, Progress } from '../protocol/lm.ts';
import { Chat, speechOf, speechOfWorld } from './chat.ts';
import { Turns } from './control.ts';
import { Helpers, helpersFor } from './pool/helpers.ts';
import { StandIn } from './pool/stand-in.ts';
import { chosenKit, fetchKit, identityOf, keptKitOf, pickedKit } from './kits.ts';
import { openOpfs } from '../store/models/opfs.ts';
import { openModel } from '../store/models/shelf.ts';
import type { Lesson } from './lesson.ts';
import type { Weights } from './replica.ts';
import { isSmall } from '../model/cost.ts';
import type { Share } from '../model/load.ts';
import { dropUnread, sendWeights } from '../model/shared-weights.ts';
import { DEFAULTS } from '../run/config.ts';
import { ModelPlanner } from './plan/model-planner.ts';
import { openSource, type OpenedSource } from './sources.ts';
import { knownWorld, tasksOfKit, tasksOfWorld, type Tasks } from './tasks.ts';
import type { KnownWorld } from '../world/list.ts';

/** What the worker around gives. */
export type Host = {
  readonly commit: string;
  readonly startHelper: () => Worker;
  readonly warn: (failure: Failure) => void;
};

/** An open engine with the model's files. After a failure of the engine the next call opens another. */
export type Opened = {
  readonly want: BackendName | 'auto';
  readonly from: ModelSource;
  readonly source: OpenedSource;
  readonly kit: Kit | null;
  /** Which kit it is; null without one. */
  readonly identity: RunKit | null;
  /** Null for a model of the user's. */
  readonly world: KnownWorld | null;
  readonly tasks: Tasks;
  readonly info: OpenedEngine;
  /** Null where this worker answers alone. */
  readonly helpers: Helpers | null;
  /** Answers the chat while the kernels of a graphics card are compiled; null where there are none, or nobody can stand in. */
  readonly standIn: StandIn | null;
  readonly turns: Turns;
  readonly chat: Chat;
  readonly planner: ModelPlanner;
  /** Options with which its runs begin, where they are not the usual ones. */
  readonly standard: OpenedModel['standard'];
  /** A PEFT adapter that was picked. */
  adapter: Weights | null;
  /** Made when somebody begins a chapter. */
  lesson: Lesson | null;
  readonly failure: Promise<never>;
  failed: boolean;
};

/**
 * Opens a model while its engine opens, and sends what is large to the device where a run of it has room. Whoever walks away, or meets a
 * failure, has nothing open. Errors: those of the engine, of `openSource` and of kits.
 */
export async function* opening(
  { backend: want, model: from, kit, own = null }: OpenWanted,
  host: Host,
): AsyncGenerator<OpenProgress, Opened> {
  const [device, found] = [openBackend(want), kitOf(from, kit, own)];
  for (const early of [device, found]) early.catch(() => {}); // it is heard of below
  const source = yield* told('reading', openSource(from));
  const next = await openEngine({ want, from }, await device, { source, kit: await found }, host);
  let isWhole = false;
  try {
    if (await isWorthSending(next)) yield* told('sending', sendWeights(source.files));
    isWhole = true;
  } finally {
    if (!isWhole) close(next);
  }
  return next;
}

/** Ends what works for a model. What it was opened from can be read again. */
export function close({ source, chat, helpers, standIn }: Opened): void {
  helpers?.end();
  standIn?.end();
  chat.close();
  dropUnread(source.files);
}

/** What takes long, with every per cent of it; `between` is waited for between two shares, hears messages and may end it. */
export async function* told<P extends string, T>(
  part: P,
  work: AsyncGenerator<Share, T> | Generator<Share, T>,
  between: Gate = breathe,
): AsyncGenerator<Progress<P>, T> {
  let percent = -1;
  try {
    for (;;) {
      const step = await work.next();
      if (step.done === true) return step.value;
      const { done, total } = step.value;
      const now = Math.floor((100 * done) / total);
      if (now > percent) yield { type: 'progress', part, done, total };
      percent = now;
      await between();
    }
  } finally {
    await work.return(undefined as never);
  }
}

/** Small weights are there at once; those of which no run can be made stay where they are. */
async function isWorthSending({ source, planner, standard }: Opened): Promise<boolean> {
  if (source.model.small) return false;
  const { tooMuch } = await planner.plan({ ...DEFAULTS, ...standard });
  return !tooMuch.some(({ what }) => what === 'memory' || what === 'tensor');
}

/** On the CPU helpers are started beside a small model, on a graphics card its kernels begin to be compiled. `warn` is told of what the run goes on without. */
export async function openEngine(
  { want, from }: Pick<Opened, 'want' | 'from'>,
  device: EngineInfo,
  { source, kit }: Pick<Opened, 'source' | 'kit'>,
  { commit, startHelper, warn }: Host,
): Promise<Opened> {
  const { files } = source;
  // helpers load the model by its address
  const count = device.backend === 'wasm' && from.kind === 'bundled' ? helpersFor(files, navigator.hardwareConcurrency) : 0;
  const helpers = count === 0 || from.kind !== 'bundled' ? null : new Helpers(count, startHelper, from.url, warn);
  const threads = await spread(isSmall(files.config) ? 1 : navigator.hardwareConcurrency);
  const info = { ...device, threads, workers: Math.max(1, count), commit };
  prepareFor(files.config);
  const standIn = device.backend === 'webgpu' ? standInFor(files, from, startHelper) : null;
  let unsubscribe = (): void => {};
  const failure = new Promise<never>((_, reject) => {
    unsubscribe = onEngineFailure((error) => {
      next.failed = true;
      unsubscribe();
      reject(error);
    });
  });
  failure.catch(() => {}); // also when nothing is in progress
  const world = from.kind === 'bundled' ? knownWorld(from.world) : null;
  const speech = world === null ? speechOf(files, source.chat.format) : speechOfWorld(world);
  const tasks = world === null ? tasksOf(source, kit) : tasksOfWorld(world);
  const planner = new ModelPlanner(source, tasks, device.backend);
  const parts = { chat: new Chat(files, speech, standIn), planner, turns: new Turns() };
  const identity = kit === null ? null : await identityOf(kit);
  const standard = world === null ? await planner.standard() : { world: world.name };
  const next: Opened = {
    want,
    from,
    source,
    kit,
    identity,
    world,
    tasks,
    info,
    helpers,
    standIn,
    ...parts,
    standard,
    adapter: null,
    lesson: null,
    failure,
    failed: false,
  };
  return next;
}

/** One helper on the CPU for the chat on a graphics card, of a small model that it can load by its address. */
function standInFor(files: OpenedSource['files'], from: ModelSource, startHelper: () => Worker): StandIn | null {
  // with two cores assumed: compiling keeps the driver busy, not this machine's workers
  if (from.kind !== 'bundled' || helpersFor(files, 2) === 0) return null;
  return new StandIn(new Helpers(1, startHelper, from.url, () => {}), prepared('answering'));
}

function tasksOf({ chat }: OpenedSource, kit: Kit | null): Tasks {
  if (kit === null) throw new AppError('MODEL_MISSING', 'there is no kit for this model');
  return tasksOfKit(chat, kit);
}

/** What a model is aligned to; a bundled one has its world. `kit` is the address of the kit that comes with the page, `chosen` files of the user's. */
export async function kitOf(model: ModelSource, kit: string | undefined, chosen: KitChoice | null): Promise<Kit | null> {
  if (model.kind === 'bundled') return null;
  if (chosen !== null && kit !== undefined) return chosenKit(chosen, () => fetchKit(kit));
  const own = model.kind === 'files' ? await pickedKit(model.files) : await keptKitOf(await openModel(await openOpfs(), model.folder));
  return own ?? (kit === undefined ? null : fetchKit(kit));
}
