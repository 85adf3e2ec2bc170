/** The methods, in the order in which the page offers them. */
import { icl } from './icl.ts';
import { sdft } from './sdft.ts';
import { single } from './single.ts';
import { soft } from './soft.ts';
import { softPlus } from './soft-plus.ts';
import { ssd } from './ssd.ts';

export const METHODS = [icl, single, soft, softPlus, ssd, sdft] as const;
