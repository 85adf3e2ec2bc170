/**
 * Takes over the run of another tab: the model and the kit of the run are seen to here first, and only then is the other tab asked to let go,
 * so that nobody loses a run that cannot go on here. Knows no component and no worker.
 */
import type { ReadonlySignal } from '@preact/signals';
import type { RunSummary } from '../../run/records.ts';
import { type BringHost, brought } from './brought.ts';
import type { Tabs } from './tabs.ts';

type Host = BringHost<'bring'> & {
  readonly tabs: Pick<Tabs, 'followed' | 'takeOver'>;
  readonly runs: ReadonlySignal<readonly RunSummary[] | null>;
  /** Why the followed run cannot go on here; null where it can. */
  readonly hindrance: ReadonlySignal<string | null>;
};

/** The name of the followed run once nobody writes it any more; null where it stays with the other tab, or is at its end. */
export async function takenOver({ tabs, models, runs, hindrance, failed }: Host): Promise<string | null> {
  const run = tabs.followed.peek()?.run;
  const model = runs.peek()?.find((other) => other.run === run)?.model;
  if (hindrance.peek() !== null) return null;
  if (model !== undefined && !(await brought({ models, failed }, model))) return null;
  const stays = hindrance.peek() !== null || tabs.followed.peek()?.run !== run;
  return stays ? null : tabs.takeOver();
}
