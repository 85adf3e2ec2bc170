/**
 * The lab: joins engine, model, training, method, world and store, and answers the page. Progress is one stream of events a run; whatever
 * fails crosses as data with a code. Without storage it keeps runs in memory and answers the library's questions about them too. Knows no
 * worker but through its host.
 */
import { close, type Host, type Opened, openEngine, opening, told } from './opened.ts';
import * as Comlink from 'comlink';
import { gauges, hasRoom, openBackend } from '../engine/backend.ts';
import type { Gate } from '../engine/work.ts';
import type { Share } from '../model/load.ts';
import { GrowingRows } from '../model/rows.ts';
import { dropUnread } from '../model/shared-weights.ts';
import { AppError, type Failure, toFailure } from '../errors.ts';
import { type HomeEvent, LOADED, needsModel, type ModelWorker } from '../protocol/models.ts';
import type { ChatEvent, ChatQuestion, ChatWorker } from '../protocol/chat.ts';
import type { LibraryWorker } from '../protocol/library.ts';
import type { Answer, LmWorker, OpenEvent, OpenWanted, Told } from '../protocol/lm.ts';
import { type RunConfig, DEFAULTS } from '../run/config.ts';
import type { RunEvent } from '../run/events.ts';
import { Connection } from '../store/runs/connection.ts';
import { IndexedStore } from '../store/runs/indexed.ts';
import { answer, createLibrary } from '../store/runs/library.ts';
import { MemoryStore } from '../store/runs/memory.ts';
import type { RunStore } from '../run/run-store.ts';
import { createCompare } from './comparing.ts';
import { createRunFiles } from './run-file/serve.ts';
import { Control } from './control.ts';
import { orFailing } from './race.ts';
import { checkConfig, tensorRun, tuningOf } from './tensor-run.ts';
import type { Weights } from './replica.ts';
import { readPickedAdapter } from './picked-adapter.ts';
import { shortageText, timesOf } from './plan/planner.ts';
import { type End, follow, type Ground, isSameGround, otherModel } from './run.ts';
import { tasksFor } from './tasks.ts';
import { fetchKit, kitReport } from './kits.ts';
import { toStream } from './stream.ts';
import { worldText } from '../run/worlds.ts';
import { worldOf } from '../world/list.ts';
import { withoutThought } from '../world/turns.ts';
import { besideEachOther, type Taken, takeMeasured } from './take-home.ts';
import { measuring } from './measuring.ts';
import type { MachineWorker } from '../protocol/machine.ts';
import type { VoicesWorker } from '../protocol/voices.ts';
import type { LessonWorker } from '../protocol/lesson.ts';
import { Lesson } from './lesson.ts';
import { askVoices } from './voices.ts';
import { blobsOf, zipping } from '../files/out/zip.ts';

/** The open model as a run remembers it. */
function groundOf({ source: { model }, identity, world }: Opened): Ground {
  if (world !== null) return { model: null, world: world.name };
  const { name, fingerprint, rendering, date, weights } = model;
  const kit = identity === null ? {} : { kit: identity };
  const looked = { ...(rendering === undefined ? {} : { rendering }), ...(weights === undefined ? {} : { weights }) };
  return { model: { name, fingerprint, ...kit, ...looked, ...(date === undefined ? {} : { date }) }, world: DEFAULTS.world };
}

type Failed = { readonly type: 'failed'; readonly failure: Failure };

type Lab = LmWorker & ChatWorker & LibraryWorker & ModelWorker & MachineWorker & VoicesWorker & LessonWorker;

/** What the page calls, on an engine and a store of its own. */
export function createLab(given: Omit<Host, 'warn'>): Lab {
  let opened: Opened | null = null;
  let reopening: Promise<Opened> | null = null;
  /** Ends when no other model is on its way. */
  let changed: Promise<void> = Promise.resolve();
  /** The run in progress. */
  let active: Control | null = null;
  /** The last measurement that was begun, with its end; it waits for the end of one before it. */
  let measured: { readonly control: Control; readonly ended: Promise<void> } | null = null;
  let stored: RunStore | null = null;
  /** Why runs are kept in memory; told in each. */
  let blocked: Failure | null = null;
  /** Told in the next run, or in the one in progress. */
  const warnings: Failure[] = [];
  const host: Host = { ...given, warn: (failure) => warnings.push(failure) };

  async function engine(): Promise<Opened> {
    await changed;
    if (opened === null) throw new AppError('INTERNAL', 'open() was not called, or it failed');
    if (!opened.failed) return opened;
    const { want } = opened;
    const before = opened;
    reopening ??= openBackend(want)
      .then((device) => openEngine(before, device, before, host))
      .finally(() => (reopening = null));
    return (opened = await reopening);
  }

  /** Opens another model in the place of the one before, which gives up its engine for it and is opened anew if nothing comes of that. */
  async function* change(wanted: OpenWanted): AsyncGenerator<OpenEvent, void> {
    let over = (): void => {};
    try {
      if (active !== null) throw new AppError('RUN_LOCKED', 'a run is in progress in this tab');
      changed = new Promise((resolve) => (over = resolve));
      if (opened !== null) {
        close(opened);
        opened.failed = true;
      }
      opened = yield* opening(wanted, host);
      const { info, source, kit, identity, standard } = opened;
      const { prompts = null, principles = null } = kit ?? {};
      const named = identity === null ? {} : { kit: identity };
      const model = { ...source.model, ...named, prompts: prompts?.length ?? null, principles, standard };
      yield { type: 'made', made: { ...info, model } };
    } catch (error) {
      yield { type: 'failed', failure: toFailure(error) };
    } finally {
      over();
    }
  }

  /** A run that is stored, if the open model is its own. Errors: RUN_UNKNOWN, MODEL_OTHER, KIT_OTHER. */
  async function ownRun(run: string, open: Opened): Promise<RunStore> {
    const store = await storage();
    const { model = null, config } = await store.run(run);
    const [mine, here] = [{ model, world: config.world }, groundOf(open)];
    if (!isSameGround(mine, here)) throw otherModel(mine, here);
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
      await endMeasuring();
      const wanted = resume === null ? checkConfig(config) : config;
      const open = await engine();
      const { source, tasks, info, helpers, turns, failure, planner, world } = open;
      open.chat.forget();
      const ground = groundOf(open);
      const mine = { model: ground.model, world: wanted.world };
      if (resume === null && world !== null && !isSameGround(mine, ground)) throw otherModel(mine, ground);
      const plan = await planner.plan(wanted);
      // what was left to the plan is written down, so that the run can be made again
      const checked = { ...wanted, ...(resume === null ? { ...plan.settled, world: ground.world } : {}) };
      if (resume === null && plan.tooMuch.length > 0) throw new AppError('PLAN_TOO_LARGE', shortageText(plan));
      // it trains weights of its own
      if (checked.tuning === 'full') dropUnread(source.files);
      const store = await storage();
      if (blocked !== null) warnings.unshift(blocked);
      end = yield* follow(checked, resume, {
        store,
        engine: { ...info, workers: Math.max(1, helpers?.count ?? 1), rows: plan.rows, ...timesOf(plan) },
        control,
        turns,
        failure,
        warnings,
        gauges,
        now: () => performance.now() / 1000,
        open: ground,
        begin: (run, config, ledger, date) => {
          const written = { ...config, ...(date === undefined ? {} : { date }) };
          return tensorRun(
            {
              files: source.files,
              helpers,
              tasks: tasksFor(tasks, written),
              questions: planner.count(written).drawn,
              rows: plan.growth.length > 1 ? new GrowingRows(plan.growth, hasRoom) : plan.rows,
              gate: () => control.gate(turns),
            },
            { run, config, ledger },
          );
        },
      });
    } catch (error) {
      end = { type: 'failed', failure: toFailure(error) };
    } finally {
      active = null;
    }
    yield end;
  }

  /** What is measured while something else computes is no measurement. */
  async function endMeasuring(): Promise<void> {
    measured?.control.stop();
    await measured?.ended;
  }

  /** A measurement of the open model or of the machine, while no run is on its way. */
  async function* alone<E>(control: Control, work: (open: Opened) => AsyncGenerator<E, void>): AsyncGenerator<E | Failed, void> {
    if (active !== null) {
      yield { type: 'failed', failure: toFailure(new AppError('RUN_LOCKED', 'a run is in progress in this tab')) };
      return;
    }
    let over = (): void => {};
    const mine = { control, ended: new Promise<void>((resolve) => (over = resolve)) };
    const earlier = endMeasuring();
    measured = mine; // before any waiting, so that a run ends this one too
    try {
      await earlier;
      yield* work(await engine());
    } catch (error) {
      yield { type: 'failed', failure: toFailure(error) };
    } finally {
      if (measured === mine) measured = null;
      over();
    }
  }

  /** A measurement of the open model, in its turn; cancelled, it ends in the middle of its work. */
  function inTurn<P extends string, T>(
    part: P,
    work: (open: Opened, gate: Gate) => AsyncGenerator<Share, T>,
  ): Promise<ReadableStream<Told<P, T>>> {
    return measurement((control) => (open) => {
      const gate = (): Promise<void> => control.heard();
      const whole = async function* (): AsyncGenerator<Told<P, T>, void> {
        yield { type: 'made', made: yield* told(part, work(open, gate), gate) };
      };
      return orFailing(open.turns.during(whole), open.failure);
    });
  }

  /** A measurement as a stream. */
  function measurement<E>(work: (control: Control) => (open: Opened) => AsyncGenerator<E, void>): Promise<ReadableStream<E | Failed>> {
    const control = new Control();
    const stream = toStream(alone(control, work(control)), () => control.stop());
    return Promise.resolve(Comlink.transfer(stream, [stream]));
  }

  /** The weights to ask: the base model's, a round's, or those of the adapter that was loaded. */
  async function weightsOf(open: Opened, run: string, round: number): Promise<Weights> {
    if (round === LOADED) {
      if (open.adapter === null) throw new AppError('ADAPTER_UNFIT', 'no adapter was loaded for this model');
      return open.adapter;
    }
    if (round <= 0) return { tuning: tuningOf(DEFAULTS), seed: DEFAULTS.seed, state: null };
    const store = await ownRun(run, open);
    const { config } = await store.run(run);
    return { tuning: tuningOf(config), seed: config.seed, state: await store.adapter(run, round) };
  }

  /** The lesson on the open model. Errors: MODEL_OTHER. */
  async function lesson(): Promise<{ readonly open: Opened; readonly lesson: Lesson }> {
    const open = await engine();
    const { source, world } = open;
    return { open, lesson: (open.lesson ??= new Lesson(source.files, world)) };
  }

  /** What the lesson asks of the model, in its turn. */
  function inLesson<T>(ask: (lesson: Lesson) => Promise<T>): Promise<Answer<T>> {
    return answer(async () => {
      const { open, lesson: asked } = await lesson();
      return Promise.race([open.turns.take(() => ask(asked)), open.failure]);
    });
  }

  /** An answer in its turn; a failure is the last event. */
  async function* chatting(question: ChatQuestion, control: Control): AsyncGenerator<ChatEvent, void> {
    try {
      const open = await engine();
      const weights = await weightsOf(open, question.run, question.round);
      yield* orFailing(
        open.turns.during(() => open.chat.answer(weights, question, control)),
        open.failure,
      );
      // the plan of a run has no room for conversations
      if (active !== null) open.chat.forget();
    } catch (error) {
      yield { type: 'failed', failure: toFailure(error) };
    }
  }

  /** What is taken home, a whole model measured in its turn; a failure is the last event. */
  async function* packing(
    [run, round, what, zipped, dtype]: Parameters<ModelWorker['takeHome']>,
    control: Control,
  ): AsyncGenerator<HomeEvent, void> {
    try {
      const open = await engine();
      const { files, read, model } = open.source;
      // the rest can be had of a run on any model, and in a world that is gone
      const stored = await (await storage()).run(run);
      const apart = !what.some((kind) => needsModel(kind, stored.model !== undefined));
      const store = apart ? await storage() : await ownRun(run, open);
      const tasks = apart ? null : tasksFor(open.tasks, stored.config);
      const task = tasks?.task ?? worldOf(stored.config.world)?.task ?? { said: withoutThought };
      const ends = tasks?.end === undefined || tasks.end === null ? {} : { ends: tasks.end.ids };
      const said = (completion: string): string => task.said(completion);
      const named = apart ? { ...model, name: stored.model?.name ?? worldText(stored.config.world) } : model;
      const texts = what.includes('merged') ? open.planner.texts(stored.config) : [];
      const home = { store, files, read, model: named, run, round, said, ...ends, dtype, texts, beside: !zipped };
      const gate = (): Promise<void> => control.heard();
      let taken: Taken = { files: [], note: null };
      const taking = async function* (): AsyncGenerator<HomeEvent, void> {
        await gate();
        taken = yield* told('comparing', takeMeasured(home, what, gate), gate);
      };
      yield* what.includes('merged') ? orFailing(open.turns.during(taking), open.failure) : taking();
      const { note } = taken;
      const name = `${named.name.split('/').at(-1) ?? ''}-${run}-round-${round}`.replace(/[^\w.-]+/g, '-');
      if (zipped) {
        const blob = yield* told('packing', zipping(taken.files), gate);
        return yield { type: 'made', made: { files: [{ name: `${name}.zip`, blob }], note } };
      }
      const single = besideEachOther(taken.files);
      const blobs = yield* told('packing', blobsOf(single), gate);
      yield { type: 'made', made: { files: blobs.map((blob, i) => ({ name: single[i]?.name ?? '', blob })), note } };
    } catch (error) {
      yield { type: 'failed', failure: toFailure(error) };
    }
  }

  return {
    ...createLibrary(storage),
    compare: createCompare(storage),
    ...createRunFiles(storage),

    open: (wanted) => {
      // no event is made before it is asked for: who cancels has seen the last one
      const stream = toStream(change(wanted), () => {}, 0);
      return Promise.resolve(Comlink.transfer(stream, [stream]));
    },

    readKit: ({ own, kit }) => answer(() => kitReport(own, () => fetchKit(kit))),

    run: (config, resume) => {
      const control = new Control();
      const stream = toStream(start(config, resume ?? null, control), () => control.stop());
      return Promise.resolve(Comlink.transfer(stream, [stream]));
    },

    go: async (until) => active?.allow(until),
    stop: async () => active?.stop(),

    chat: (question) => {
      const control = new Control();
      const stream = toStream(chatting(question, control), () => control.stop());
      return Promise.resolve(Comlink.transfer(stream, [stream]));
    },
    nearest: (question, ids) =>
      answer(async () => {
        const open = await engine();
        const { turns, chat, failure } = open;
        const weights = await weightsOf(open, question.run, question.round);
        return Promise.race([turns.take(() => chat.nearest(weights, question, ids)), failure]);
      }),

    plan: (config) => answer(async () => (await engine()).planner.plan(checkConfig(config))),
    measure: (config) => inTurn('measuring', ({ planner }, gate) => planner.measure(checkConfig(config), gate)),
    measureAnswers: (config) => inTurn('sampling', ({ planner }, gate) => planner.answers(checkConfig(config), gate)),
    measureMachine: (wanted) => measurement((control) => (open) => measuring(open, wanted, control, host.startHelper)),
    takeHome: (...asked) => {
      const control = new Control();
      const stream = toStream(packing(asked, control), () => control.stop());
      return Promise.resolve(Comlink.transfer(stream, [stream]));
    },
    loadAdapter: (files) =>
      answer(async () => {
        const open = await engine();
        const { weights, shown } = await readPickedAdapter(files, open.source.files.config);
        open.adapter = weights;
        return shown;
      }),
    voicesTo: (question) => answer(async () => (await lesson()).lesson.voicesTo(question)),
    drawAnswer: (put, seed) => inLesson((lesson) => lesson.draw(put, seed)),
    examples: (ids) => answer(async () => (await lesson()).lesson.examples(ids)),
    inclination: (put) => inLesson((lesson) => lesson.inclination(put)),
    takeSample: (at) => inLesson((lesson) => lesson.habit.take(at)),
    takeStep: (other) => inLesson((lesson) => lesson.habit.step(other)),
    voices: ({ run, round }) =>
      answer(async () => {
        const open = await engine();
        if (open.world === null) throw new AppError('MODEL_OTHER', 'who speaks can be told in a world alone');
        const weights = await weightsOf(open, run, round);
        return Promise.race([open.turns.take(() => askVoices(open.source.files, open.tasks, weights)), open.failure]);
      }),
  } satisfies Lab;
}
