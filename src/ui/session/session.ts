/**
 * The page's memory and its verbs: signals that components read, and what the buttons do. Talks to the two workers through
 * `Workers`; knows no component and nothing of how they live.
 */
import { CONTROLS } from '../../controls.ts';
import { computed, effect, signal } from '@preact/signals';
import type { ReadonlySignal } from '@preact/signals';
import { AppError, isFinal, toFailure } from '../../errors.ts';
import type { Failure } from '../../errors.ts';
import type { Answer, ModelSource, PickedEntry } from '../../protocol/lm.ts';
import { isSameModel, type OpenedEngine, type RunSummary } from '../../run/records.ts';
import type { BackendName } from '../../contracts/engine.ts';
import type { HeldOutAnswers } from '../../contracts/records.ts';
import { type RunConfig, DEFAULTS } from '../../run/config.ts';
import type { RunEvent } from '../../run/events.ts';
import { isMadeBy } from '../../run/sessions.ts';
import { hasWorld, WORLD_GONE, worldText } from '../../run/worlds.ts';
import { createChat } from './chat.ts';
import { createExperiment } from './experiment.ts';
import { createFields } from './fields.ts';
import type { FolderHandle } from './folders.ts';
import type { Isolation } from './isolate.ts';
import { createLesson } from './lesson.ts';
import { createInstrument } from './instrument.ts';
import { createLessonRuns } from './lesson-runs.ts';
import { createMachine } from './machine.ts';
import { roundShown } from './outcome.ts';
import { createStory } from './story.ts';
import { createModels } from './models.ts';
import { createRunFiles } from './run-files.ts';
import { createOffline, type OfflineHost } from './offline.ts';
import { throttled } from './throttled.ts';
import { EMPTY_VIEW, isBusy, reduce, viewOfStored } from './view.ts';
import type { RunView } from './view.ts';
import type { Workers } from './workers.ts';

export type Session = ReturnType<typeof createSession>;

/** Text labels change at most this often, plots at most once a second: what the page draws, the model's workers wait for. */
const TEXT_MS = 250;
const PLOT_MS = 1000;

/** What a run waits for, as a sentence. */
function openFirst({ model, config }: RunSummary): string {
  return `Open ${model?.name ?? `the bundled model of the world “${worldText(config.world)}”`} first.`;
}

/** One visit to the page. */
export function createSession(
  workers: Omit<Workers, 'close'>,
  options: {
    readonly backend: BackendName | 'auto';
    readonly models: string;
    readonly kit: string;
    readonly isolation: Isolation;
    readonly network: Omit<OfflineHost, 'busy'>;
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
  const frozen = signal(false);
  const hidden = signal(document.hidden);
  const now = signal(performance.now());
  /** Has the page looked for the model and for earlier runs? */
  const loaded = signal(false);
  const fields = createFields({ busy: () => busy.peek(), autorun: () => void start() });
  /** The visitors of a stand, counted. */
  const visitor = signal(0);
  /** Is the shown run the newest one, that the page has brought up by itself? */
  const broughtUp = signal(false);

  const bundled = (world: string): ModelSource => ({ kind: 'bundled', url: `${options.models}${world}/`, world });
  const chat = createChat({ lm, run: () => newest.run ?? '' });
  const models = createModels({
    lm,
    library,
    bundled,
    world: fields.world,
    backend: options.backend,
    kit: options.kit,
    config: computed(() => fields.parsed.value.config),
    busy: () => busy.peek(),
    suit: (model) => fields.suit(model),
    opened: (info, model) => {
      engine.value = info;
      if (model !== null) {
        fields.suit(model.world === null ? model : null);
        chat.suit(model);
      }
      if (info !== null && newest.status === 'failed' && (newest.run === null || !isFinal(newest.failure)))
        show({ ...newest, status: newest.run === null ? 'idle' : 'stopped', failure: null }, 'once');
    },
  });
  /** Runs of the open model; of all worlds where it is a bundled one, because each of them can be opened. */
  const runsHere = computed(() => {
    const open = models.opened.value;
    const mine = open === null || open.world !== null ? null : open;
    return (
      runs.value?.filter(({ model }) => (mine === null ? model === undefined : model !== undefined && isSameModel(model, mine))) ?? null
    );
  });
  /** A comparison mixes neither models, nor backends, nor versions, and goes on with no run that cannot; one that is at its end it leaves out. */
  const comparable = computed(() => {
    const made = engine.value;
    const goes = ({ problem, failure }: RunSummary): boolean => problem === null || failure !== undefined;
    return made === null ? null : (runsHere.value?.filter((summary) => goes(summary) && isMadeBy(summary.sessions, made)) ?? null);
  });

  /** Why the shown run cannot go on here, as a sentence; null where it can. */
  const hindrance = computed(() => {
    const { run } = view.value;
    const shown = runs.value?.find((other) => other.run === run);
    if (shown === undefined || shown.problem !== null) return shown?.problem ?? null;
    const [open, kit] = [models.opened.value, shown.model?.kit];
    if (kit !== undefined && open?.fingerprint === shown.model?.fingerprint && open?.kit?.hash !== kit.hash)
      return `Take its kit first, under ${CONTROLS.kit}: ${kit.name}.`;
    if (runsHere.value?.includes(shown) !== false) return null;
    // Resume opens what this browser can find by itself
    return shown.model !== undefined && models.canBring(shown.model) ? null : openFirst(shown);
  });
  /** Why the rounds of the shown run cannot be asked here, as a sentence; null where they can. */
  const unasked = computed(() => {
    const { run } = view.value;
    const open = models.opened.value;
    const shown = runs.value?.find((other) => other.run === run);
    if (shown === undefined || open === null) return null;
    if (shown.model === undefined && !hasWorld(shown.config.world)) return WORLD_GONE;
    const same = shown.model === undefined ? open.world === shown.config.world : open.world === null && isSameModel(open, shown.model);
    return same ? null : openFirst(shown);
  });

  const offline = createOffline({ ...options.network, busy: () => busy.peek() });
  const machine = createMachine({ lm, model: `${options.models}${DEFAULTS.world}/`, busy: () => busy.peek() });

  document.addEventListener('visibilitychange', () => (hidden.value = document.hidden));
  const experiment = createExperiment({
    view,
    runs: comparable,
    others: computed(() => {
      const made = engine.value;
      return made === null ? [] : (runsHere.value?.filter(({ sessions }) => !isMadeBy(sessions, made)) ?? []);
    }),
    now,
    standard: computed(() => models.opened.value?.standard ?? {}),
    refresh: refreshRuns,
    follow: followFrom,
    stop,
    compare: (arms, reference) => ask(library.compare(arms, reference)),
  });
  const lesson = createLesson(lm);
  const lessonRuns = createLessonRuns({
    view,
    runs: computed(() => {
      const made = engine.value;
      const goes = ({ model, problem, sessions }: RunSummary): boolean =>
        model === undefined && problem === null && made !== null && isMadeBy(sessions, made);
      return runs.value?.filter(goes) ?? null;
    }),
    now,
    refresh: refreshRuns,
    follow: followFrom,
    stop,
    samples: (run, round) => ask(library.samples(run, round)),
  });
  const busy = computed(() => isBusy(view.value.status) || experiment.running.value || lessonRuns.running.value);
  const story = createStory({
    lm,
    world: computed(() => models.opened.value?.world ?? null),
    busy: computed(() => busy.value || !loaded.value),
    shown: computed(() => {
      const { run, result } = view.value;
      const round = roundShown(view.value);
      return run === null || result === null || round === 0 || unasked.value !== null ? null : { run, round };
    }),
  });
  const plotted = throttled(view, PLOT_MS, () => frozen.value || hidden.value);

  let newest: RunView = view.value;
  let flushTimer: ReturnType<typeof setTimeout> | null = null;
  const flush = () => {
    if (flushTimer !== null) clearTimeout(flushTimer);
    flushTimer = null;
    now.value = performance.now();
    view.value = newest;
  };
  const show = (next: RunView, at: 'once' | 'soon') => {
    newest = next;
    if (at === 'once') flush();
    else flushTimer ??= setTimeout(flush, TEXT_MS);
  };
  const fold = (event: RunEvent) => {
    // For programs that drive the page (scripts/demo.ts).
    document.dispatchEvent(new CustomEvent('run-event', { detail: event }));
    const often = event.type === 'sample' || event.type === 'progress' || event.type === 'step';
    show(reduce(newest, event, performance.now()), often ? 'soon' : 'once');
    if (!often) pending.value = null;
    if (event.type === 'started') fields.begun();
  };

  setInterval(() => {
    if (newest.status === 'running' || newest.savedAt !== null) now.value = performance.now();
  }, 1000);

  workers.onDeath((death) => {
    if (isBusy(newest.status)) fold({ type: 'failed', failure: death });
    else failure.value = death;
  });

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
  }

  /** Follows a new run, or a stored one that is shown, to its end. */
  async function follow(config: RunConfig, stored: RunSummary | null): Promise<void> {
    failure.value = null;
    broughtUp.value = false;
    pending.value = 'start';
    show({ ...(stored === null ? EMPTY_VIEW : newest), config, status: 'loading', failure: null }, 'once');
    try {
      const unopened = stored?.model === undefined ? await models.suitWorld(config.world) : await models.bring(stored.model);
      if (unopened !== null) throw new AppError(unopened.code, unopened.detail);
      const stream = await lm.run(config, stored?.run);
      for await (const event of stream) fold(event);
      if (isBusy(newest.status)) fold({ type: 'stopped' });
    } catch (error) {
      fold({ type: 'failed', failure: toFailure(error) });
    }
    await refreshRuns();
  }

  /** The same from what is shown of a stored run, which is shown first. */
  async function followFrom(config: RunConfig, stored: RunSummary | null): Promise<void> {
    if (stored !== null && newest.run !== stored.run) await showStored(stored);
    await follow(config, stored);
  }

  /** Starts a new run, unless a setting is out of its range; before the model is there, as soon as it is. */
  async function start(): Promise<void> {
    const refusal = fields.parsed.value.refusals[0];
    fields.refused.value = refusal?.message ?? null;
    if (refusal !== undefined) return;
    if (!loaded.value) pending.value = 'start';
    if (busy.value) return;
    const { config } = fields.parsed.value;
    const [draft, model] = [fields.draft.peek(), models.opened.peek()];
    const refused = await models.refusal(config);
    // a sentence about settings or a model that are gone would be left standing
    if (refused !== null && fields.draft.peek() === draft && models.opened.peek() === model) fields.refused.value = refused;
    if (refused === null && !busy.value) await follow(config, null);
  }

  async function stop(): Promise<void> {
    if (isBusy(newest.status)) pending.value = 'stop';
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
    const { run } = summary;
    opening.value = run;
    const losses = await ask(library.losses(run));
    const samples = [];
    for (let round = 1; round <= summary.rounds.length + 1; round++) samples.push((await ask(library.samples(run, round))) ?? []);
    opening.value = null;
    // a run may have been started in the meantime
    if (isBusy(newest.status)) return;
    show(viewOfStored(summary, losses ?? [], samples), 'once');
  }

  effect(() => {
    void models.opened.value;
    void runs.value;
    fields.reconsider();
  });
  effect(() => {
    if (!busy.value) fields.over();
  });
  /** The world that was tried last: one whose model does not open is not tried without end. */
  let tried: string | null = null;
  effect(() => {
    const [world, open] = [fields.world.value, models.opened.value];
    if (busy.value || open === null || open.world === null) return;
    if (world === open.world) tried = null;
    else if (world !== tried) {
      tried = world;
      void models.openBundled();
    }
  });

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
    frozen,
    /** Is the tab out of sight? */
    hidden: hidden as ReadonlySignal<boolean>,
    now: now as ReadonlySignal<number>,
    busy,
    backend: options.backend,
    isolation: options.isolation,
    hindrance,
    unasked,
    broughtUp: broughtUp as ReadonlySignal<boolean>,
    ...fields,
    experiment,
    lessonRuns,
    instrument: createInstrument(() => localStorage),
    models,
    chat,
    machine,
    lesson,
    runFiles: createRunFiles({ library, ask, refresh: refreshRuns }),
    offline,
    story,
    /** Another visitor of a stand is another number, and finds nothing of what was typed before. */
    visitor: visitor as ReadonlySignal<number>,
    /** Forgets what a visitor of a stand typed and chose; what is stored stays. */
    beginAnew(): void {
      chat.forget();
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
      const [problem] = await Promise.all([models.openBundled(), refreshRuns()]);
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
      if (newest.config !== null) fields.load(newest.config);
    },
    /** Back to an empty page; nothing stored is touched. */
    clear: (): void => show({ ...EMPTY_VIEW, engine: engine.value }, 'once'),
    /** Goes on with a stored run, with its own settings, which the fields show from now on. */
    async continueRun(run: string): Promise<void> {
      const summary = runs.value?.find((other) => other.run === run);
      if (summary === undefined || busy.value) return;
      if (newest.run !== run) await showStored(summary);
      if (busy.value) return;
      fields.load(summary.config);
      await follow(summary.config, summary);
    },
    /** Takes picked files as the model of the shown run, and goes on with the run when they are. */
    async takeFor(run: string, files: readonly PickedEntry[], handle: FolderHandle | null): Promise<void> {
      await models.take(files, handle);
      const model = runs.value?.find((other) => other.run === run)?.model;
      if (model !== undefined && models.opened.value?.fingerprint === model.fingerprint) await this.continueRun(run);
    },
    async pause(): Promise<void> {
      pending.value = 'pause';
      await lm.pause();
    },
    async resume(): Promise<void> {
      pending.value = 'resume';
      await lm.resume();
    },
    async deleteRun(run: string): Promise<void> {
      await ask(library.deleteRun(run));
      if (newest.run === run && !busy.value) show({ ...EMPTY_VIEW, engine: newest.engine }, 'once');
      await refreshRuns();
    },
    /** The answers by which a round was measured, 0 for the base; null where none were kept. */
    heldOut: (run: string, round: number): Promise<HeldOutAnswers | null | undefined> => ask(library.heldOut(run, round)),
    adapter: (run: string, round: number): Promise<Uint8Array<ArrayBuffer> | undefined> => ask(library.adapter(run, round)),
  };
}
