/** Verdicts in words, from the filters that give them. */
import type { Verdict } from '../contracts/records.ts';
import { FILTERS } from '../align/filters/list.ts';

/** A verdict in two words, and the sentence that gives the reason. */
type VerdictText = { readonly label: string; readonly reason: string };

const WORDS: ReadonlyMap<string, VerdictText> = new Map<string, VerdictText>([
  ['kept', { label: 'kept', reason: 'It will be trained on.' }],
  ...FILTERS.map(({ name, label, reason }) => [name, { label, reason }] as const),
]);

/** What a verdict says; a filter that this version does not have is named as it was stored. */
export function verdictOf(verdict: Verdict): VerdictText {
  return WORDS.get(verdict) ?? { label: verdict, reason: 'Dropped by a filter that this version does not have.' };
}
