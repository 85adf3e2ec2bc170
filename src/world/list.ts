/** The worlds that come with the page, each with a base model; the first is the one that a run is in when nobody says otherwise. */
import { ladder } from './ladder/world.ts';
import type { World } from './world.ts';

export const WORLDS = [ladder] as const satisfies readonly World[];

/** The name of a world. */
export type WorldName = (typeof WORLDS)[number]['name'];

/** A world by its name; undefined where there is none. */
export function worldOf(name: string): World | undefined {
  return WORLDS.find((world) => world.name === name);
}
