/**
 * The page's memory and its verbs: signals that components read, and what the buttons do. Talks to the two workers through
 * `Workers`; knows no component and nothing of how they live.
 */
import { computed, signal } from '@preact/signals';
import type { ReadonlySignal } from '@preact/signals';
import { AppError, isFinal, toFailure } from '../../errors.ts';
import type { Failure } from '../../errors.ts';
import type { Answer, ModelSource, Until } from '../../protocol/lm.ts';
import type { OpenedEngine, RunSummary } from '../../run/records.ts';
import type { BackendName } from '../../contracts/engine.ts';
import { type RunConfig, DEFAULTS } from '../../run/config.ts';
import type { RunEvent } from '../../run/events.ts';
import { createBelonging } from './belonging.ts';
import { createChat } from './chat.ts';
import { createExperiment } from './experiment.ts';
import { createExperiments } from './experiments.ts';
import { createFields } from './fields.ts';
import type { Isolation } from './isolate.ts';
import { createLesson } from './lesson.ts';
import { createInstrument } from './instrument.ts';
import { createLessonRuns } from './lesson-runs.ts';
import { createMachine } from './machine.ts';
import { roundShown } from './outcome.ts';
import { createStory } from './story.ts';
import { createSuggested } from './suggested.ts';
import { createModels } from './models.ts';
import { createNewest } from './newest.ts';
import { createRunFiles } from './run-files.ts';
import { createOffline, type OfflineHost } from './offline.ts';
import { type Between, createTabs } from './tabs.ts';
import { takenOver } from './take-over.ts';
import { throttled } from './throttled.ts';
import { followWorld } from './world-open.ts';
import { createStoredRuns, readStored } from './stored-runs.ts';
import { EMPTY_VIEW, isBusy, reduce } from './view.ts';
import type { RunView } from './view.ts';
import type { Workers } from './workers.ts';

export type Session = ReturnType<typeof createSession>;

/** Plots change at most this often. */
const PLOT_MS = 1000;

/** One visit to the page. */
export function createSession(
  workers: Omit<Workers, 'close'>,
  options: {
    readonly backend: BackendName | 'auto';
    readonly models: string;
    readonly kit: string;
    readonly isolation: Isolation;
    readonly network: Omit<OfflineHost, 'busy'>;
    readonly between: Between;
  },
) {
  const { lm, library } = workers;
  const view = signal<RunView>({ ...EMPTY_VIEW, status: 'loading' });
  const engine = signal<OpenedEngine | null>(null);
  const runs = signal<readonly RunSummary[] | null>(null);
  const failure = signal<Failure | null>(null);
  const blocked = signal<Failure | null>(null);
  const pending = signal<'start' | 'pause' | 'resume' | 'stop' | null>(null);
  const opening = signal<string | null>(null);
  /** Is the run on its way to the end of a step? */
  const stepping = signal(false);
  const frozen = signal(false);
  const hidden = signal(document.hidden);
  const now = signal(performance.now());
  const newest = createNewest(view, now);
  const { show } = newest;
  /** Has the page looked for the model and for earlier runs? */
  const loaded = signal(false);
  const fields = createFields({ busy: () => busy.peek(), autorun: () => void start() });
  /** The visitors of a stand, counted. */
  const visitor = signal(0);
  /** Is the shown run the newest one, that the page has brought up by itself? */
  const broughtUp = signal(false);

  const bundled = (world: string): ModelSource => ({ kind: 'bundled', url: `${options.models}${world}/`, world });
  const chat = createChat({ lm, run: () => newest.value.run ?? '', kept: () => sessionStorage });
  const models = createModels({
    lm,
    library,
    bundled,
    world: fields.world,
    backend: options.backend,
    kit: options.kit,
    config: computed(() => fields.parsed.value.config),
    busy: () => busy.peek(),
    stand: computed(() => fields.place.value.booth),
    suit: (model) => fields.suit(model),
    opened: (info, model) => {
      engine.value = info;
      if (model !== null) {
        fields.suit(model.world === null ? model : null);
        chat.suit(model);
      }
      if (info !== null && newest.value.status === 'failed' && (newest.value.run === null || !isFinal(newest.value.failure)))
        show({ ...newest.value, status: newest.value.run === null ? 'idle' : 'stopped', failure: null }, 'once');
    },
  });
  const { comparable, others, ofWorlds, ...belongs } = createBelonging({ view, runs, engine, models });

  const offline = createOffline({ ...options.network, busy: () => busy.peek() });
  const machine = createMachine({ lm, model: `${options.models}${DEFAULTS.world}/`, busy: () => busy.peek() });

  document.addEventListener('visibilitychange', () => (hidden.value = document.hidden));
  const standard = computed(() => models.opened.value?.standard ?? {});
  const openWorld = computed(() => models.opened.value?.world ?? null);
  const experiment = createExperiment({
    view,
    runs: comparable,
    others,
    now,
    standard,
    refresh: refreshRuns,
    follow: followFrom,
    stop,
    compare: (arms, reference) => ask(library.compare(arms, reference)),
  });
  const [lesson, instrument] = [createLesson(lm, () => localStorage), createInstrument(() => localStorage)];
  const lessonRuns = createLessonRuns({
    view,
    runs: ofWorlds,
    now,
    refresh: refreshRuns,
    follow: followFrom,
    stop,
    samples: (run, round) => ask(library.samples(run, round)),
  });
  const experiments = createExperiments({
    library,
    experiment,
    standard,
    open: computed(() => fields.place.value.experiment),
    goTo: (id) => fields.go({ experiment: id }),
    ask: (call) => ask(call),
  });
  const tabs = createTabs(
    {
      shown: () => newest.value,
      writes: () => (writing ? newest.value.run : null),
      show: (next) => show(next, 'once'),
      fold: (event) => take(event),
      letGo: () => void (experiment.running.peek() ? experiment.stop() : lessonRuns.running.peek() ? lessonRuns.stop() : stop()),
      abandoned: (run) => void stored(run).then((summary) => summary && showStored(summary)),
      changed: () => void refreshRuns(),
    },
    options.between,
  );
  /** Is something on its way in this tab? What another one does can be watched beside it. */
  const busy = computed(
    () => (isBusy(view.value.status) && tabs.followed.value === null) || experiment.running.value || lessonRuns.running.value,
  );
  const besides = {
    lm,
    world: openWorld,
    busy: computed(() => busy.value || !loaded.value),
    shown: computed(() => {
      const { run, result } = view.value;
      const round = roundShown(view.value);
      return run === null || result === null || round === 0 || belongs.unasked.value !== null ? null : { run, round };
    }),
  };
  const [story, suggested] = [createStory(besides), createSuggested(besides)];
  const plotted = throttled(view, PLOT_MS, () => frozen.value || hidden.value);

  /** Does this tab make a run now? */
  let writing = false;
  const take = (event: RunEvent): boolean => {
    const often = event.type === 'sample' || event.type === 'progress' || event.type === 'step';
    show(reduce(newest.value, event, performance.now()), often ? 'soon' : 'once');
    return often;
  };
  const fold = (event: RunEvent) => {
    // For programs that drive the page (scripts/demo.ts).
    document.dispatchEvent(new CustomEvent('run-event', { detail: event }));
    if (!take(event)) pending.value = null;
    if (newest.value.status === 'paused' ? event.type === 'paused' : !isBusy(newest.value.status)) stepping.value = false;
    if (event.type === 'started') fields.begun();
    if (newest.value.run !== null && blocked.peek() === null) tabs.tell(newest.value.run, event);
  };

  setInterval(() => {
    if (newest.value.status === 'running' || newest.value.savedAt !== null) now.value = performance.now();
  }, 1000);

  workers.onDeath((death) => {
    if (writing && isBusy(newest.value.status)) fold({ type: 'failed', failure: death });
    else failure.value = death;
  });

  const keeping = { library, ask, refresh: refreshRuns };

  /** The value of an answer; a failure is shown and gives undefined. */
  async function ask<T>(call: Promise<Answer<T>>): Promise<T | undefined> {
    const answer = await call.catch((error: unknown) => ({ ok: false, failure: toFailure(error) }) as const);
    if (answer.ok) return answer.value;
    failure.value = answer.failure;
    return undefined;
  }

  async function refreshRuns(): Promise<void> {
    const list = await ask(library.runs());
    if (list !== undefined) runs.value = list;
    blocked.value = workers.blocked();
    // without storage every tab has runs of its own
    if (blocked.value === null) await tabs.look();
  }

  /** What is stored of a run by now. */
  async function stored(run: string): Promise<RunSummary | undefined> {
    await refreshRuns();
    return runs.value?.find((other) => other.run === run);
  }

  /** Follows a new run, or a stored one that is shown, to its end. */
  async function follow(config: RunConfig, stored: RunSummary | null): Promise<void> {
    failure.value = null;
    broughtUp.value = false;
    pending.value = 'start';
    tabs.suit(null);
    writing = true;
    show({ ...(stored === null ? EMPTY_VIEW : newest.value), config, status: 'loading', failure: null }, 'once');
    try {
      const unopened = stored?.model === undefined ? await models.suitWorld(config.world) : await models.bring(stored.model);
      if (unopened !== null) {
        models.problem.value = null; // it is told once, by the run
        throw new AppError(unopened.code, unopened.detail);
      }
      const stream = await lm.run(config, stored?.run);
      for await (const event of stream) fold(event);
      if (isBusy(newest.value.status)) fold({ type: 'stopped' });
    } catch (error) {
      const failure = toFailure(error);
      fold(failure.code === 'STOPPED' ? { type: 'stopped' } : { type: 'failed', failure });
    }
    writing = false;
    await refreshRuns();
    tabs.suit(newest.value.run);
  }

  /** The same from what is shown of a stored run, which is shown first. */
  async function followFrom(config: RunConfig, stored: RunSummary | null): Promise<void> {
    if (stored !== null && newest.value.run !== stored.run) await showStored(stored);
    await follow(config, stored);
  }

  /** Starts a new run, unless a setting is out of its range; before the model is there, as soon as it is. */
  async function start(): Promise<void> {
    if (fields.refuse()) return;
    if (!loaded.value) pending.value = 'start';
    if (busy.value) return;
    const { config } = fields.parsed.value;
    const [draft, model] = [fields.draft.peek(), models.opened.peek()];
    const refused = await models.refusal(config);
    // a sentence about settings or a model that are gone would be left standing
    if (refused !== null && fields.draft.peek() === draft && models.opened.peek() === model) fields.refuseFor(refused);
    if (refused === null && !busy.value) await follow(config, null);
  }

  async function stop(): Promise<void> {
    if (writing) pending.value = 'stop';
    await lm.stop();
  }

  /** Shows a stored run: curves, samples and chat. */
  async function openRun(run: string): Promise<void> {
    const summary = runs.value?.find((other) => other.run === run);
    if (summary === undefined || busy.value) return;
    broughtUp.value = false;
    await showStored(summary);
    fields.load(summary.config);
  }

  async function showStored(summary: RunSummary): Promise<void> {
    opening.value = summary.run;
    const read = await readStored(keeping, summary);
    opening.value = null;
    // a run may have been started in the meantime
    if (writing) return;
    show(read, 'once');
    tabs.suit(summary.run);
  }

  fields.watch({ busy, changes: [models.opened, runs] });
  followWorld({ world: fields.world, open: openWorld, busy, openBundled: () => void models.openBundled() });

  return {
    view: view as ReadonlySignal<RunView>,
    /** The same view for plots: at most once a second, not while frozen or hidden. */
    plotted,
    engine: engine as ReadonlySignal<OpenedEngine | null>,
    runs: runs as ReadonlySignal<readonly RunSummary[] | null>,
    failure,
    /** Why runs are kept in memory alone; null where the browser keeps them. */
    blocked: blocked as ReadonlySignal<Failure | null>,
    pending: pending as ReadonlySignal<'start' | 'pause' | 'resume' | 'stop' | null>,
    opening: opening as ReadonlySignal<string | null>,
    stepping: stepping as ReadonlySignal<boolean>,
    frozen,
    /** Is the tab out of sight? */
    hidden: hidden as ReadonlySignal<boolean>,
    now: now as ReadonlySignal<number>,
    cast: newest.cast,
    busy,
    backend: options.backend,
    isolation: options.isolation,
    ...belongs,
    broughtUp: broughtUp as ReadonlySignal<boolean>,
    ...fields,
    experiment,
    lessonRuns,
    instrument,
    experiments,
    models,
    chat,
    machine,
    lesson,
    runFiles: createRunFiles(keeping),
    offline,
    story,
    suggested,
    tabs,
    /** Another visitor of a stand is another number, and finds nothing of what was typed before. */
    visitor: visitor as ReadonlySignal<number>,
    /** Forgets what a visitor of a stand typed and chose, and what went wrong then; what is stored stays. */
    beginAnew(): void {
      failure.value = null;
      for (const part of [chat, lesson, instrument]) part.forget();
      fields.beginAnew();
      visitor.value++;
    },
    openRun,
    refreshRuns,
    stop,

    /**
     * Loads the model; starts a run at once if the link says so, else shows the newest run of this browser. The settings are those of the
     * address, whatever run is shown.
     */
    async open(): Promise<void> {
      const [problem] = await Promise.all([models.openBundled(), refreshRuns(), experiments.refresh()]);
      if (problem !== null) failure.value = problem;
      const wanted = pending.value === 'start';
      pending.value = null;
      loaded.value = true;
      show({ ...EMPTY_VIEW, status: problem === null ? 'idle' : 'failed', engine: engine.value }, 'once');
      const latest = runs.value?.[0];
      if ((fields.wantsRun() || wanted) && problem === null) await start();
      else if (latest !== undefined) {
        broughtUp.value = true;
        await showStored(latest);
      }
    },
    start,
    /** The settings of the run that is shown, into the fields. */
    takeSettings(): void {
      if (newest.value.config !== null) fields.load(newest.value.config);
    },
    /** Back to an empty page; nothing stored is touched. */
    clear(): void {
      tabs.suit(null);
      show({ ...EMPTY_VIEW, engine: engine.value }, 'once');
    },
    /** Gets the run that another tab makes, and goes on with it here. */
    async takeOver(): Promise<void> {
      const run = await takenOver({ tabs, models, runs, hindrance: belongs.hindrance, failed: (it) => void (failure.value = it) });
      const summary = run === null ? undefined : await stored(run);
      if (summary === undefined || busy.value) return;
      await showStored(summary);
      if (summary.status !== 'finished' && summary.problem === null) await this.continueRun(summary.run);
    },
    /** Goes on with a stored run, with its own settings, which the fields show from now on. */
    async continueRun(run: string): Promise<void> {
      const summary = runs.value?.find((other) => other.run === run);
      if (summary === undefined || busy.value) return;
      if (newest.value.run !== run) await showStored(summary);
      if (busy.value) return;
      fields.load(summary.config);
      await follow(summary.config, summary);
    },
    /** Play, pause and step, as far as `until`. */
    async play(until: Until): Promise<void> {
      if (!writing || pending.value !== null) return;
      pending.value = until === 'now' || newest.value.status !== 'paused' ? 'pause' : 'resume';
      stepping.value = until !== 'now' && until !== 'end';
      await lm.go(until);
    },
    async deleteRun(run: string): Promise<void> {
      await ask(library.deleteRun(run));
      if (newest.value.run === run && !busy.value) show({ ...EMPTY_VIEW, engine: newest.value.engine }, 'once');
      await refreshRuns();
    },
    ...createStoredRuns(keeping),
  };
}
