/**
 * The configuration of a run: every setting there is, put together from the methods, the filters and the tables of settings. The page, the
 * link, the command line and experiment files are made from this table. Knows nothing of how a setting is used.
 */
import { FILTER_OPTIONS } from '../align/filters/judge.ts';
import { METHODS } from '../align/methods/list.ts';
import { ANSWERING } from '../settings/answering.ts';
import { MAIN } from '../settings/main.ts';
import { MEASURING } from '../settings/measuring.ts';
import { defaultsOf, type ChoiceOption, type Option, type Options, type Values } from '../settings/option.ts';
import { ORDERING } from '../settings/ordering.ts';
import { PROMPTING } from '../settings/prompting.ts';
import { SOFT } from '../settings/sources.ts';
import { TRAINING } from '../settings/training.ts';

/** How the model teaches itself. */
export type Method = (typeof METHODS)[number]['name'];

/** A choice among the methods. */
type MethodOption = Omit<ChoiceOption, 'choices' | 'value'> & {
  readonly choices: readonly { readonly value: Method; readonly label: string; readonly help: string }[];
  readonly value: Method;
};

const METHOD: { readonly method: MethodOption } = {
  method: {
    type: 'choice',
    label: 'Method',
    help: 'How the model teaches itself.',
    source: SOFT,
    value: 'soft+',
    choices: METHODS.map(({ name, label, help }) => ({ value: name, label, help })),
  },
};

/** The settings under the headings of the page; those of the first stand in front of “More settings”. */
export const GROUPS = [
  { heading: 'Settings', options: { ...METHOD, ...MAIN } },
  { heading: 'Prompts', options: PROMPTING },
  { heading: 'Answering', options: ANSWERING },
  { heading: 'Filters', options: FILTER_OPTIONS },
  { heading: 'Order', options: ORDERING },
  { heading: 'Fine-tuning', options: TRAINING },
  { heading: 'Measuring', options: MEASURING },
] as const;

/** Every option of a run, in the order in which the page shows them. */
export const OPTIONS = {
  ...METHOD,
  ...MAIN,
  ...PROMPTING,
  ...ANSWERING,
  ...FILTER_OPTIONS,
  ...ORDERING,
  ...TRAINING,
  ...MEASURING,
} satisfies Options;

/** All options of a run. */
export type RunConfig = Values<typeof OPTIONS>;
export type OptionName = keyof RunConfig;
export const OPTION_NAMES = Object.keys(OPTIONS) as readonly OptionName[];

/** The run that the Run button starts when nothing was changed. */
export const DEFAULTS: RunConfig = defaultsOf(OPTIONS);

/** An option by its name, as any option. */
export function optionOf(name: OptionName): Option {
  return OPTIONS[name];
}
