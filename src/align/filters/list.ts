/**
 * The filters in the order in which an answer goes through them; the first that drops it gives the verdict. All but the oracle need no
 * label: whether an answer is aligned is never asked. After Dromedary's filters (SELF-ALIGN, released code), rewritten for short answers.
 */
import { copied } from './copied.ts';
import { disagrees } from './disagrees.ts';
import { empty } from './empty.ts';
import { newTurn } from './new-turn.ts';
import { oracle } from './oracle.ts';
import { repeatsItself } from './repeats-itself.ts';
import { repeatsPrompt } from './repeats-prompt.ts';
import { short } from './short.ts';
import { unfinished } from './unfinished.ts';

export const FILTERS = [unfinished, empty, newTurn, repeatsPrompt, repeatsItself, copied, disagrees, short, oracle] as const;
