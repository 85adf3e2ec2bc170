/** The measures of `measures: all` as the page and the tables see them: their names, units and words. */
import { MEASURES as LIST } from '../evals/measures/list.ts';
import type { Measure } from '../evals/measures/measure.ts';

/** What is shown of a measure. */
export type ShownMeasure = Pick<Measure, 'name' | 'label' | 'help' | 'unit'>;

export const MEASURES: readonly ShownMeasure[] = LIST;

export { measureText } from '../evals/measures/measure.ts';
