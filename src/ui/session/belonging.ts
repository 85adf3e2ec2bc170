/**
 * Stored runs and the open model: which runs belong to it, which of them can be compared, and whether the run that is shown can go on and be
 * asked here. Knows no component and no worker.
 */
import { computed } from '@preact/signals';
import type { ReadonlySignal } from '@preact/signals';
import { CONTROLS } from '../../controls.ts';
import type { OpenedModel } from '../../protocol/lm.ts';
import { hasSameWeights, isSameModel, type OpenedEngine, type RunSummary } from '../../run/records.ts';
import { isMadeBy } from '../../run/sessions.ts';
import { hasWorld, WORLD_GONE, worldText } from '../../run/worlds.ts';
import { say } from '../language/language.ts';
import { PAGE_KIT } from './kit.ts';
import type { Models } from './models.ts';
import type { RunView } from './view.ts';

type Host = {
  readonly view: ReadonlySignal<RunView>;
  readonly runs: ReadonlySignal<readonly RunSummary[] | null>;
  readonly engine: ReadonlySignal<OpenedEngine | null>;
  readonly models: Pick<Models, 'opened' | 'canBring'>;
};

/** What a run waits for, as a sentence. */
function openFirst({ model, config }: RunSummary): string {
  return model === undefined
    ? say('Open the bundled model of the world “{world}” first.', { world: say(worldText(config.world)) })
    : model.kit === undefined || model.kit.name === PAGE_KIT
      ? say('Open {model} first.', { model: model.name })
      : say('Open {model} first, and take its kit: {kit}.', { model: model.name, kit: model.kit.name });
}

/** Is the model of a run open, with another kit? */
function lacksKit({ model }: RunSummary, open: OpenedModel | null): boolean {
  return model?.kit !== undefined && open !== null && hasSameWeights(open, model) && open.kit?.hash !== model.kit.hash;
}

/** What a run of another model or kit than the open one waits for, as a sentence. */
function waitsFor(summary: RunSummary, open: OpenedModel | null): string {
  const name = summary.model?.kit?.name ?? '';
  return lacksKit(summary, open) ? say('Take its kit first, under {kit}: {name}.', { kit: say(CONTROLS.kit), name }) : openFirst(summary);
}

export function createBelonging({ view, runs, engine, models }: Host) {
  /** Runs of the open model; of all worlds where it is a bundled one, because each of them can be opened. */
  const here = computed(() => {
    const open = models.opened.value;
    const mine = open === null || open.world !== null ? null : open;
    return (
      runs.value?.filter(({ model }) => (mine === null ? model === undefined : model !== undefined && isSameModel(model, mine))) ?? null
    );
  });
  const shown = computed(() => runs.value?.find(({ run }) => run === view.value.run));
  /** What the shown run waits for, before it can go on here; null where it waits for nothing. */
  const needs = computed((): 'model' | 'kit' | null => {
    const summary = shown.value;
    if (summary === undefined || summary.problem !== null) return null;
    if (lacksKit(summary, models.opened.value)) return 'kit';
    if (here.value?.includes(summary) !== false) return null;
    // Resume opens what this browser can find by itself
    return summary.model !== undefined && models.canBring(summary.model) ? null : 'model';
  });
  return {
    /** A comparison mixes neither models, nor backends, nor versions, and goes on with no run that cannot; one that is at its end it leaves out. */
    comparable: computed(() => {
      const made = engine.value;
      const goes = ({ problem, failure }: RunSummary): boolean => problem === null || failure !== undefined;
      return made === null ? null : (here.value?.filter((summary) => goes(summary) && isMadeBy(summary.sessions, made)) ?? null);
    }),
    /** Runs of bundled models that this engine made, and that can go on. */
    ofWorlds: computed(() => {
      const made = engine.value;
      const goes = ({ model, problem, sessions }: RunSummary): boolean =>
        model === undefined && problem === null && made !== null && isMadeBy(sessions, made);
      return runs.value?.filter(goes) ?? null;
    }),
    /** Runs of the open model that another engine or version made, or a part of them. */
    others: computed(() => {
      const made = engine.value;
      return made === null ? [] : (here.value?.filter(({ sessions }) => !isMadeBy(sessions, made)) ?? []);
    }),
    /** Why the shown run cannot go on here, as a sentence; null where it can. */
    hindrance: computed(() => {
      const summary = shown.value;
      if (summary === undefined || summary.problem !== null) return summary?.problem ?? null;
      return needs.value === null ? null : waitsFor(summary, models.opened.value);
    }),
    needs,
    /** Why the rounds of the shown run cannot be asked here, as a sentence; null where they can. */
    unasked: computed(() => {
      const [summary, open] = [shown.value, models.opened.value];
      if (summary === undefined || open === null) return null;
      const { model, config } = summary;
      if (model === undefined && !hasWorld(config.world)) return say(WORLD_GONE);
      const same = model === undefined ? open.world === config.world : open.world === null && isSameModel(open, model);
      return same ? null : waitsFor(summary, open);
    }),
  };
}
