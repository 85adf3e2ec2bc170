/** What is said of every world that comes with the page; a run is in the first when nobody says otherwise. list.ts has the worlds themselves. */
import type { About } from './about.ts';
import { about as depth } from './depth/about.ts';
import { about as ladder } from './ladder/about.ts';

export const CATALOGUE = [ladder, depth] as const satisfies readonly About[];

/** The name of a world. */
export type WorldName = (typeof CATALOGUE)[number]['name'];

/** What is said of a world; undefined where there is none of that name. */
export function aboutWorld(name: string): About | undefined {
  return CATALOGUE.find((about) => about.name === name);
}
