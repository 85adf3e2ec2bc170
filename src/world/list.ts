/** The worlds that come with the page, as catalogue.ts names them. */
import type { WorldName } from './catalogue.ts';
import { depth } from './depth/world.ts';
import { ladder } from './ladder/world.ts';
import type { World } from './world.ts';

export type KnownWorld = World & { readonly name: WorldName };

const BY_NAME: Readonly<Record<WorldName, KnownWorld>> = { ladder, depth };

/** In the order of the catalogue. */
export const WORLDS: readonly KnownWorld[] = Object.values(BY_NAME);

/** A world by its name; undefined where there is none. */
export function worldOf(name: string): KnownWorld | undefined {
  return WORLDS.find((world) => world.name === name);
}
