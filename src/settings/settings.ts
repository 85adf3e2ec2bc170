/** The settings of a run that belong to no method and no filter, under the headings of the page. Knows nothing of how they are used. */
import { ANSWERING } from './answering.ts';
import { MAIN } from './main.ts';
import { MEASURING } from './measuring.ts';
import type { Values } from './option.ts';
import { ORDERING } from './ordering.ts';
import { PROMPTING } from './prompting.ts';
import { TRAINING } from './training.ts';

const SETTINGS = { ...MAIN, ...PROMPTING, ...ANSWERING, ...ORDERING, ...TRAINING, ...MEASURING } as const;

/** What a method may ask of a run. */
export type Settings = Values<typeof SETTINGS>;
