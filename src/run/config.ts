/**
 * The configuration of a run: every setting there is, put together from the worlds, the methods, the filters and the tables of settings. The page, the
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
import { aboutWorld, CATALOGUE, type WorldName } from '../world/catalogue.ts';

/** How the model teaches itself. */
export type Method = (typeof METHODS)[number]['name'];

/** What runs are in that were stored before there was a choice: a world that is gone. */
const EARLIER = 'earlier';

/** A choice among the worlds; a stored run may be in an earlier one. */
type WorldOption = Omit<ChoiceOption, 'choices' | 'value'> & {
  readonly choices: readonly { readonly value: WorldName | typeof EARLIER; readonly label: string; readonly help: string }[];
  readonly value: WorldName;
};

const WORLD: { readonly world: WorldOption } = {
  world: {
    type: 'choice',
    label: 'World',
    help: 'What the bundled model has read and what it is asked; each world has a model of its own. Other models have a kit instead.',
    source: '',
    value: CATALOGUE[0].name,
    before: EARLIER,
    choices: CATALOGUE.map(({ name, label, help }) => ({ value: name, label, help })),
  },
};

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

/**
 * The settings under the headings of the page: the world is chosen with the model, those of the second group stand in front of “More settings”.
 */
export const GROUPS = [
  { heading: 'World', options: WORLD },
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
  ...WORLD,
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

/** The run that it starts in a world: a world may begin with settings of its own. */
export function defaultsIn(world: string): RunConfig {
  const about = aboutWorld(world);
  return about === undefined ? DEFAULTS : { ...DEFAULTS, ...about.standard, world: about.name as WorldName };
}

/** An option by its name, as any option. */
export function optionOf(name: OptionName): Option {
  return OPTIONS[name];
}
