/**
 * How a score looks in every chart by round: told apart by hue, dash and marker, and by the label at its end. Sampled is zero-shot too, so it
 * has the hue of zero-shot. Knows no chart.
 */
import { toSay } from '../language/language.ts';

export const SERIES = [
  { key: 'fewShot', label: toSay('few-shot'), short: toSay('few'), colour: 'var(--curve-2)', dash: '7 4', symbol: 'square' },
  { key: 'oneShot', label: toSay('one-shot'), short: toSay('one {@shot}'), colour: 'var(--curve-4)', dash: '2 3', symbol: 'triangle' },
  { key: 'zeroShot', label: toSay('zero-shot'), short: toSay('zero'), colour: 'var(--curve-1)', dash: '', symbol: 'circle' },
  { key: 'sampled', label: toSay('sampled'), short: toSay('sampl.'), colour: 'var(--curve-1)', dash: '1 4', symbol: 'star' },
  {
    key: 'labelQuality',
    label: toSay('label quality'),
    short: toSay('labels'),
    colour: 'var(--curve-3)',
    dash: '10 3 2 3',
    symbol: 'diamond',
  },
] as const;

/** What an exact reader expects of zero-shot: nothing measured, so it has neither hue nor marker. */
export const EXPECTED = { label: toSay('exact reader'), colour: 'var(--ink-2)', dash: '2 4' } as const;
