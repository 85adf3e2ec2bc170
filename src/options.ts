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
  /** What 0 means, where it is no number of anything. */
  readonly zero?: string;
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
      { value: 'icl', label: 'No training', help: 'Demonstrations in view, weights as they are; the measure to beat.' },
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
    min: 1,
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
    value: 0.7,
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
  thoughts: {
    type: 'switch',
    label: 'Internal thoughts',
    help: 'The demonstrations and the model think in brackets before they answer; the thought is cut off before training.',
    group: 'more',
    source: SELF_ALIGN,
    value: false,
  },
  draw: {
    type: 'choice',
    label: 'Demonstrations drawn',
    help: 'Which demonstrations a prompt gets.',
    group: 'more',
    source: SOFT,
    value: 'prompt',
    choices: [
      { value: 'prompt', label: 'anew for each prompt', help: 'A random draw for every prompt.' },
      { value: 'round', label: 'anew for each round', help: 'All prompts of a round see the same random draw.' },
      { value: 'fixed', label: 'once, fixed', help: 'The same demonstrations throughout, as in SELF-ALIGN.' },
      { value: 'nearest', label: 'nearest to the prompt', help: 'Those that share most words with the prompt.' },
    ],
  },
  poolSize: {
    type: 'number',
    label: 'Pool',
    help: 'How many demonstrations there are to draw from.',
    group: 'more',
    source: SOFT,
    min: 1,
    max: 56,
    step: 1,
    whole: true,
    value: 56,
  },
  promptSource: {
    type: 'choice',
    label: 'Prompts from',
    help: 'Who asks.',
    group: 'more',
    source: SELF_ALIGN,
    value: 'given',
    choices: [
      { value: 'given', label: 'the world or kit', help: 'Questions of the miniature world, or those of the kit.' },
      {
        value: 'own',
        label: 'the model itself',
        help: 'The base model writes them itself, topic by topic; near-duplicates are dropped (Self-Instruct).',
      },
    ],
  },
  answersFrom: {
    type: 'choice',
    label: 'Answers come from',
    help: 'Which model answers in a round.',
    group: 'more',
    source: SOFT,
    value: 'previous',
    choices: [
      { value: 'previous', label: 'the round before', help: 'The bootstrapping of SOFT.' },
      { value: 'base', label: 'the base model', help: 'A frozen teacher: the control for bootstrapping.' },
    ],
  },
  startFrom: {
    type: 'choice',
    label: 'Fine-tuning starts from',
    help: 'Which weights a round goes on from.',
    group: 'more',
    source: SOFT,
    value: 'previous',
    choices: [
      { value: 'previous', label: 'the round before', help: 'Each round adds to the last.' },
      { value: 'base', label: 'the base model', help: 'Each round starts afresh on better answers.' },
    ],
  },
  order: {
    type: 'choice',
    label: 'Order',
    help: 'In which order the model learns.',
    group: 'more',
    source: SOFT,
    value: 'method',
    choices: [
      { value: 'method', label: 'as the method says', help: 'SOFT+ goes from easy to hard, the others in random order.' },
      { value: 'none', label: 'random', help: 'No order.' },
      { value: 'easy-to-hard', label: 'easy to hard', help: 'What the model is sure of comes first.' },
      { value: 'hard-to-easy', label: 'hard to easy', help: 'The control for the order.' },
    ],
  },
  orderScope: {
    type: 'choice',
    label: 'Order applies',
    help: 'Where the order counts.',
    group: 'more',
    source: HERE,
    value: 'both',
    choices: [
      { value: 'across', label: 'across the rounds', help: 'Easy prompts in early rounds, random within a round.' },
      { value: 'within', label: 'within each round', help: 'Random prompts in every round, ordered pairs inside it.' },
      { value: 'both', label: 'to both', help: 'Across the rounds and inside each.' },
    ],
  },
  perplexityContext: {
    type: 'choice',
    label: 'Perplexity taken',
    help: 'What stands before an answer while its perplexity is measured.',
    group: 'more',
    source: HERE,
    value: 'with',
    choices: [
      { value: 'with', label: 'with demonstrations', help: 'As the answer was made.' },
      { value: 'without', label: 'without demonstrations', help: 'As the pair is trained.' },
    ],
  },
  perplexityModel: {
    type: 'choice',
    label: 'Perplexity by',
    help: 'Whose perplexity orders the pairs within a round; across rounds it is always that of the base model.',
    group: 'more',
    source: SOFT,
    value: 'previous',
    choices: [
      { value: 'previous', label: 'the round before', help: 'The model that answered.' },
      { value: 'base', label: 'the base model', help: 'One scale for all rounds.' },
    ],
  },
  dropUnfinished: {
    type: 'switch',
    label: 'Drop cut answers',
    help: 'Drop answers that did not end in time.',
    group: 'more',
    source: SELF_ALIGN,
    value: true,
  },
  dropNewTurn: {
    type: 'switch',
    label: 'Drop answers that run on',
    help: 'Drop answers that begin to speak for the user.',
    group: 'more',
    source: SELF_ALIGN,
    value: true,
  },
  dropRepeatsPrompt: {
    type: 'switch',
    label: 'Drop echoes',
    help: 'Drop answers that say the question again.',
    group: 'more',
    source: SELF_ALIGN,
    value: true,
  },
  dropRepeatsItself: {
    type: 'switch',
    label: 'Drop stutter',
    help: 'Drop answers that say the same words over and over.',
    group: 'more',
    source: SELF_ALIGN,
    value: true,
  },
  dropCopied: {
    type: 'switch',
    label: 'Drop copies',
    help: 'Drop answers copied from a demonstration about something else.',
    group: 'more',
    source: SELF_ALIGN,
    value: true,
  },
  oracle: {
    type: 'switch',
    label: 'Oracle filter',
    help: 'Keep only answers that are really aligned. Uses what no self-alignment may know: the ceiling of STaR and ReST-EM.',
    group: 'more',
    source: 'STaR, arXiv 2203.14465; ReST-EM, arXiv 2312.06585',
    value: false,
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
    help: 'Answers are cut after this many tokens; a cut answer is dropped. Models of your own begin with 256: they say more.',
    group: 'more',
    source: '',
    min: 4,
    max: 512,
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
  loraTargets: {
    type: 'choice',
    label: 'LoRA on',
    help: 'Which linear layers get an adapter.',
    group: 'more',
    source: 'LoRA, arXiv 2106.09685',
    value: 'all',
    choices: [
      { value: 'all', label: 'all linear layers', help: 'Attention and MLP.' },
      { value: 'attention', label: 'attention', help: 'Query, key, value and output.' },
      { value: 'query-value', label: 'query and value', help: 'As in the LoRA paper.' },
      { value: 'mlp', label: 'MLP', help: 'Gate, up and down.' },
    ],
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
  schedule: {
    type: 'choice',
    label: 'Schedule',
    help: 'How the learning rate goes on after its warm-up.',
    group: 'more',
    source: SELF_ALIGN,
    value: 'constant',
    choices: [
      { value: 'constant', label: 'constant', help: 'Hard prompts at the end of a round count as much as easy ones.' },
      { value: 'cosine', label: 'cosine', help: 'Falls to nothing at the end of each round.' },
    ],
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
  measures: {
    type: 'choice',
    label: 'Measure',
    help: 'What is measured after each round.',
    group: 'more',
    source: HERE,
    value: 'scores',
    choices: [
      { value: 'scores', label: 'scores', help: 'Zero-, one- and few-shot, and questions out of distribution.' },
      { value: 'all', label: 'everything', help: 'Also two-choice and multiple-choice questions, pass@k and the collapse gauges.' },
    ],
  },
  questions: {
    type: 'number',
    label: 'Test questions',
    help:
      'Held-out questions asked after each round; others, fewer, decide which round is returned. ' +
      '0 is automatic: 200 in the miniature world, and with a kit as many as take no longer than the answers and the fine-tuning of a round.',
    group: 'more',
    source: HERE,
    min: 0,
    max: 2000,
    step: 10,
    whole: true,
    value: 0,
    zero: 'automatic',
  },
} as const satisfies { readonly [K in keyof RunConfig]: Option };

export type OptionName = keyof RunConfig;
export const OPTION_NAMES = Object.keys(OPTIONS) as readonly OptionName[];

/** The run that the Run button starts when nothing was changed. */
export const DEFAULTS = Object.fromEntries(OPTION_NAMES.map((name) => [name, OPTIONS[name].value])) as RunConfig;

/** A value as a person reads it: "SOFT+", "on", "automatic", "480". */
export function valueText(name: OptionName, value: RunConfig[OptionName] | undefined): string {
  const option: Option = OPTIONS[name];
  if (option.type === 'switch') return value === true ? 'on' : 'off';
  if (option.type === 'choice') return option.choices.find((choice) => choice.value === value)?.label ?? String(value);
  return value === 0 && option.zero !== undefined ? option.zero : String(value);
}

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
  // a configuration that was stored before an option was there has its default
  const pairs = OPTION_NAMES.filter((name) => (config[name] ?? DEFAULTS[name]) !== DEFAULTS[name]).map((name) => [
    name,
    String(config[name]),
  ]);
  return new URLSearchParams(pairs).toString();
}
