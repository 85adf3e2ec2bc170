/** The world that the first chapters ask, and the one question that goes through them. */
import { aboutWorld } from '../../run/worlds.ts';

export const WORLD = 'ladder';
/** The first that the world offers to try: one that only its highest writer answers well. */
export const QUESTION = aboutWorld(WORLD)?.suggestions[0] ?? '';
