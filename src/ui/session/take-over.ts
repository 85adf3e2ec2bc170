/**
 * Takes over the run of another tab: the model and the kit of the run are seen to here first, and only then is the other tab asked to let go,
 * so that nobody loses a run that cannot go on here. Knows no component and no worker.
 */
import type { ReadonlySignal } from '@preact/signals';
import type { Failure } from '../../errors.ts';
import type { RunSummary } from '../../run/records.ts';
import type { Models } from './models.ts';
import type { Tabs } from './tabs.ts';

type Host = {
  readonly tabs: Pick<Tabs, 'followed' | 'takeOver'>;
  readonly models: Pick<Models, 'bring'>;
  readonly runs: ReadonlySignal<readonly RunSummary[] | null>;
  /** Why the followed run cannot go on here; null where it can. */
  readonly hindrance: ReadonlySignal<string | null>;
  readonly failed: (failure: Failure) => void;
};

/** The name of the followed run once nobody writes it any more; null where it stays with the other tab, or is at its end. */
export async function takenOver({ tabs, models, runs, hindrance, failed }: Host): Promise<string | null> {
  const run = tabs.followed.peek()?.run;
  const model = runs.peek()?.find((other) => other.run === run)?.model;
  const unopened = model === undefined || hindrance.peek() !== null ? null : await models.bring(model);
  if (unopened !== null && unopened.code !== 'STOPPED') failed(unopened);
  const stays = unopened !== null || hindrance.peek() !== null || tabs.followed.peek()?.run !== run;
  return stays ? null : tabs.takeOver();
}
