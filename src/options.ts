/**
 * Every option of a run, declared once: label, help, range, default and where it comes from. The page, the link and the command
 * line are made from this table. Knows nothing of how an option is used.
 */
import type { RunConfig } from './protocol.ts';

type Base = { readonly label: string; readonly help: string; readonly group: 'main' | 'more'; readonly source: string };
export type NumberOption = Base & {
  readonly type: 'number';
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly whole: boolean;
  readonly value: number;
};
export type ChoiceOption = Base & {
  readonly type: 'choice';
  readonly choices: readonly { readonly value: string; readonly label: string; readonly help: string }[];
  readonly value: string;
};
export type SwitchOption = Base & { readonly type: 'switch'; readonly value: boolean };
export type Option = NumberOption | ChoiceOption | SwitchOption;

const SOFT = 'SOFT, arXiv 2402.07610';
const SELF_ALIGN = 'SELF-ALIGN, arXiv 2305.03047';
const HERE = 'chosen on validation seeds, see LOG.md';

/** In the order in which the page shows them. */
export const OPTIONS = {
  method: {
    type: 'choice',
    label: 'Method',
    help: 'How the model teaches itself.',
    group: 'main',
    source: SOFT,
    value: 'soft+',
    choices: [
      { value: 'single', label: 'Single round', help: 'Answer all prompts once, then fine-tune once.' },
      { value: 'soft', label: 'SOFT', help: 'Several rounds; each round answers with the model of the round before.' },
      { value: 'soft+', label: 'SOFT+', help: 'SOFT with the prompts sorted from easy to hard.' },
    ],
  },
  rounds: {
    type: 'number',
    label: 'Rounds',
    help: 'How often the model answers new prompts and fine-tunes itself. A single round ignores this.',
    group: 'main',
    source: SOFT,
    min: 1,
    max: 8,
    step: 1,
    whole: true,
    value: 4,
  },
  prompts: {
    type: 'number',
    label: 'Prompts',
    help: 'Questions it answers in all, shared out over the rounds.',
    group: 'main',
    source: HERE,
    min: 8,
    max: 1200,
    step: 8,
    whole: true,
    value: 480,
  },
  demonstrations: {
    type: 'number',
    label: 'Demonstrations',
    help: 'Worked examples shown before each prompt, drawn at random.',
    group: 'main',
    source: SOFT,
    min: 0,
    max: 8,
    step: 1,
    whole: true,
    value: 1,
  },
  temperature: {
    type: 'number',
    label: 'Temperature',
    help: 'How daring the answers are: 0 always takes the likeliest token.',
    group: 'main',
    source: SELF_ALIGN,
    min: 0,
    max: 2,
    step: 0.05,
    whole: false,
    value: 0.4,
  },
  seed: {
    type: 'number',
    label: 'Seed',
    help: 'The same seed and settings give the same run.',
    group: 'main',
    source: '',
    min: 0,
    max: 999_999,
    step: 1,
    whole: true,
    value: 7,
  },
  principles: {
    type: 'switch',
    label: 'Principles',
    help: 'Show a short text of rules before the demonstrations.',
    group: 'more',
    source: SELF_ALIGN,
    value: true,
  },
  topK: {
    type: 'number',
    label: 'Top-k',
    help: 'Sample among the k likeliest tokens; 0 means all.',
    group: 'more',
    source: '',
    min: 0,
    max: 512,
    step: 1,
    whole: true,
    value: 0,
  },
  topP: {
    type: 'number',
    label: 'Top-p',
    help: 'Sample among the likeliest tokens that together hold this share of the probability.',
    group: 'more',
    source: SELF_ALIGN,
    min: 0.05,
    max: 1,
    step: 0.05,
    whole: false,
    value: 0.95,
  },
  maxTokens: {
    type: 'number',
    label: 'Longest answer',
    help: 'Answers are cut after this many tokens; a cut answer is dropped.',
    group: 'more',
    source: '',
    min: 4,
    max: 96,
    step: 1,
    whole: true,
    value: 40,
  },
  tuning: {
    type: 'choice',
    label: 'Fine-tuning',
    help: 'Which weights learn.',
    group: 'more',
    source: HERE,
    value: 'lora',
    choices: [
      { value: 'lora', label: 'LoRA adapter', help: 'Small low-rank matrices beside the frozen weights (arXiv 2106.09685).' },
      { value: 'full', label: 'All weights', help: 'Every weight of the model.' },
    ],
  },
  loraRank: {
    type: 'number',
    label: 'LoRA rank',
    help: 'Size of the adapter: more rank can learn more.',
    group: 'more',
    source: 'LoRA, arXiv 2106.09685',
    min: 1,
    max: 64,
    step: 1,
    whole: true,
    value: 8,
  },
  learningRate: {
    type: 'number',
    label: 'Learning rate',
    help: 'Size of a fine-tuning step.',
    group: 'more',
    source: HERE,
    min: 0.00001,
    max: 0.1,
    step: 0.00001,
    whole: false,
    value: 0.001,
  },
  epochs: {
    type: 'number',
    label: 'Epochs',
    help: 'How often each round goes through its answers.',
    group: 'more',
    source: HERE,
    min: 1,
    max: 10,
    step: 1,
    whole: true,
    value: 2,
  },
  batchSize: {
    type: 'number',
    label: 'Batch size',
    help: 'Answers in one fine-tuning step.',
    group: 'more',
    source: HERE,
    min: 1,
    max: 64,
    step: 1,
    whole: true,
    value: 16,
  },
  earlyStop: {
    type: 'switch',
    label: 'Early stop',
    help: 'Stop when the validation score falls clearly below the best round.',
    group: 'more',
    source: SOFT,
    value: true,
  },
} as const satisfies { readonly [K in keyof RunConfig]: Option };

export type OptionName = keyof RunConfig;
export const OPTION_NAMES = Object.keys(OPTIONS) as readonly OptionName[];

/** The run that the Run button starts when nothing was changed. */
export const DEFAULTS = Object.fromEntries(OPTION_NAMES.map((name) => [name, OPTIONS[name].value])) as RunConfig;

/** A setting that was refused, with a sentence that names it. */
export type Refusal = { readonly name: string; readonly code: 'OPTION_RANGE' | 'OPTION_UNKNOWN'; readonly message: string };

/** Checks one raw value; a sentence says what is wrong with it. */
export function parseOption(name: OptionName, raw: string): { readonly value: RunConfig[OptionName] } | { readonly refusal: Refusal } {
  const option: Option = OPTIONS[name];
  const refuse = (wanted: string) =>
    ({ refusal: { name, code: 'OPTION_RANGE', message: `${option.label} must be ${wanted}; “${raw.slice(0, 40)}” is not.` } }) as const;
  switch (option.type) {
    case 'number': {
      const value = Number(raw);
      const wanted = `a ${option.whole ? 'whole ' : ''}number from ${option.min} to ${option.max}`;
      if (raw.trim() === '' || !Number.isFinite(value) || value < option.min || value > option.max) return refuse(wanted);
      return option.whole && !Number.isInteger(value) ? refuse(wanted) : { value };
    }
    case 'choice': {
      const choice = option.choices.find((c) => c.value === raw);
      return choice === undefined
        ? refuse(`one of ${option.choices.map((c) => c.value).join(', ')}`)
        : { value: choice.value as RunConfig['method'] };
    }
    case 'switch':
      return raw === 'true' || raw === 'on' || raw === '1'
        ? { value: true }
        : raw === 'false' || raw === 'off' || raw === '0'
          ? { value: false }
          : refuse('on or off');
    default:
      return option satisfies never;
  }
}

/** A configuration from raw name and value pairs. Refused and unknown names keep the default and are listed. */
export function parseOptions(raw: Iterable<readonly [string, string]>): {
  readonly config: RunConfig;
  readonly refusals: readonly Refusal[];
} {
  const values: Record<string, unknown> = { ...DEFAULTS };
  const refusals: Refusal[] = [];
  for (const [name, text] of raw) {
    if (!Object.hasOwn(OPTIONS, name)) {
      refusals.push({ name, code: 'OPTION_UNKNOWN', message: `There is no setting called “${name.slice(0, 40)}”; it was ignored.` });
      continue;
    }
    const parsed = parseOption(name as OptionName, text);
    if ('refusal' in parsed) refusals.push(parsed.refusal);
    else values[name] = parsed.value;
  }
  return { config: values as RunConfig, refusals };
}

/** Only what differs from the defaults, in table order: the text behind the # of a link. */
export function formatOptions(config: RunConfig): string {
  const pairs = OPTION_NAMES.filter((name) => config[name] !== DEFAULTS[name]).map((name) => [name, String(config[name])]);
  return new URLSearchParams(pairs).toString();
}
