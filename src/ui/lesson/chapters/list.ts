/** The chapters, in the order in which they are read. */
import type { Chapter } from '../chapter.ts';
import { askCold } from './ask-cold.tsx';
import { breakIt } from './break-it.tsx';
import { easyToHard } from './easy-to-hard.tsx';
import { habit } from './habit.tsx';
import { limits } from './limits.tsx';
import { oneExample } from './one-example.tsx';
import { oneRound } from './one-round.tsx';
import { ownFeet } from './own-feet.tsx';

export const CHAPTERS: readonly Chapter[] = [askCold, oneExample, habit, oneRound, ownFeet, breakIt, easyToHard, limits];
