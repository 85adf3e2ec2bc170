/** The verdict on an answer: the first filter that drops it, or `kept`. Pure. */
import type { Verdict } from '../../contracts/records.ts';
import { AppError } from '../../errors.ts';
import type { Option, Values } from '../../settings/option.ts';
import type { Candidate, Filter } from './filter.ts';
import { FILTERS } from './list.ts';

type Union<T> = (T extends unknown ? (of: T) => void : never) extends (of: infer All) => void ? All : never;

/** The settings of all filters. */
type FilterOptions = Union<(typeof FILTERS)[number]['options']>;
export type FilterSettings = Values<FilterOptions>;

/** Every filter's own settings, in the order of the filters. */
export const FILTER_OPTIONS = Object.assign({}, ...FILTERS.map(({ options }) => options)) as FilterOptions;

/** The settings with which no filter drops anything but those that have none: switches off, numbers at their least. */
export const NO_FILTERS = Object.fromEntries(
  Object.entries<Option>(FILTER_OPTIONS).map(([name, option]) => [name, option.type === 'number' ? option.min : false]),
) as FilterSettings;

const ALL: readonly Filter[] = FILTERS as readonly unknown[] as readonly Filter[];

/** `kept`, or the name of the first filter that drops the answer. */
export function judge(candidate: Candidate, settings: FilterSettings): Verdict {
  return ALL.find((filter) => filter.drops(candidate, settings))?.name ?? 'kept';
}

/** Is this the verdict of a filter that selects among good answers? */
export function isSelection(verdict: Verdict): boolean {
  return ALL.some(({ name, selects = false }) => selects && name === verdict);
}

/** Refuses a filter that looks at grades where there are none. Throws OPTION_RANGE, which names its setting. */
export function checkFilters(settings: FilterSettings, graded: boolean): void {
  if (graded) return;
  for (const { needsGrades: name, options } of ALL) {
    if (name === undefined || (settings as Values<Filter['options']>)[name] !== true) continue;
    const label = options[name]?.label ?? name;
    throw new AppError(
      'OPTION_RANGE',
      `“${label}” needs to know which answers are aligned, and here nobody can grade a free answer: switch it off.`,
    );
  }
}
