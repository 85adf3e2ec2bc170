/** The chapters, in the order in which they are read. */
import type { Chapter } from '../chapter.ts';
import { askCold } from './ask-cold.tsx';
import { habit } from './habit.tsx';
import { oneExample } from './one-example.tsx';

export const CHAPTERS: readonly Chapter[] = [askCold, oneExample, habit];
