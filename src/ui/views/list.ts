/** The views, in the order of the navigation. */
import type { ViewName } from '../session/place.ts';
import { compare } from './compare.tsx';
import { learn } from './learn.tsx';
import { models } from './models.tsx';
import { run } from './run.tsx';
import { samples } from './samples.tsx';
import type { View } from './view.ts';

export const SHOWN_VIEWS: readonly View[] = [run, learn, compare, samples, models];

/** A view by its name. */
export function viewOf(name: ViewName): View {
  return SHOWN_VIEWS.find((view) => view.name === name) ?? run;
}
