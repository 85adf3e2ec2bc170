/** The chapters, in the order in which they are read. */
import type { Chapter } from '../chapter.ts';
import { askCold } from './ask-cold.tsx';

export const CHAPTERS: readonly Chapter[] = [askCold];
