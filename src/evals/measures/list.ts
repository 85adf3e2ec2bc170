/** The measures of `measures: all`, in the order in which charts and tables show them. */
import { copyRate } from './copy-rate.ts';
import { distinct } from './distinct.ts';
import { entropy } from './entropy.ts';
import { length } from './length.ts';
import { mc1 } from './mc1.ts';
import { mc2 } from './mc2.ts';
import { overRefusal } from './over-refusal.ts';
import { pass1 } from './pass1.ts';
import { pass4 } from './pass4.ts';
import { twoChoice } from './two-choice.ts';

export const MEASURES = [twoChoice, mc1, mc2, pass1, pass4, distinct, copyRate, overRefusal, entropy, length] as const;
