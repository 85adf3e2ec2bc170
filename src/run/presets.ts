/** The presets that the page offers, a line each: named settings, with a sentence and where they come from. A seed is never among them. */
import { HERE, SELF_ALIGN, SOFT } from '../settings/sources.ts';
import { armsFor } from './arms.ts';
import { configOf } from './arm.ts';
import { OPTION_NAMES, type RunConfig } from './config.ts';

/** `arm` names the arm that it begins with; `options` are set besides. */
type Preset = {
  readonly name: string;
  readonly help: string;
  readonly source: string;
  readonly arm: string;
  readonly options?: Readonly<Partial<RunConfig>>;
};

export const PRESETS: readonly Preset[] = [
  { name: 'SOFT+', help: 'As Run begins: round after round, each from easy to hard.', source: SOFT, arm: 'SOFT+' },
  { name: 'SOFT', help: 'The same rounds in an order by chance.', source: SOFT, arm: 'SOFT' },
  {
    name: 'Single round',
    help: 'All prompts answered at once by the base model, and as much training: what rounds have to beat.',
    source: SELF_ALIGN,
    arm: 'Single round',
  },
  {
    name: 'Quick look',
    help: 'Three rounds of a hundred prompts, each measured on a hundred questions.',
    source: '',
    arm: 'SOFT+',
    options: { rounds: 3, prompts: 300, questions: 100 },
  },
  {
    name: 'Nothing in view',
    help: 'No example and no rules before a question: it learns from what it says anyway, and collapses instead of climbing.',
    source: HERE,
    arm: 'SOFT',
    options: { demonstrations: 0, principles: false },
  },
];

/** What a model of the user's begins with otherwise: how many questions are asked follows from the other settings, and how many prompts there are. */
type Ground = { readonly standard: Partial<RunConfig>; readonly prompts: number | null };

/** The settings of a preset, with the seed that stands. */
export function presetConfig({ arm, options = {} }: Preset, { standard, prompts }: Ground, seed: number): RunConfig {
  const tuned = armsFor(standard).filter(({ name }) => name === arm);
  const { questions: _, ...begins } = standard;
  const config = {
    ...configOf({ name: arm, options: Object.assign({}, ...tuned.map((found) => found.options)) as Partial<RunConfig> }, seed, begins),
    ...options,
  };
  return { ...config, prompts: Math.min(config.prompts, prompts ?? Infinity) };
}

/** The preset whose settings these are, whatever their seed; undefined where they are nobody's. */
export function presetOf(config: RunConfig, ground: Ground): Preset | undefined {
  return PRESETS.find((preset) => {
    const wanted = presetConfig(preset, ground, config.seed);
    return OPTION_NAMES.every((name) => wanted[name] === config[name]);
  });
}
