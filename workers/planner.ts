/**
 * A run's options as the planner's numbers: what it needs, how many rows are answered at a time, and, when it does not fit, the smallest
 * change of the options that does. Pure: lengths, limits and speeds come in. Knows no tensor and no page.
 */
import type { RunPlan, Speeds } from '../src/model-protocol.ts';
import { LINEARS, type DecoderConfig, type LinearName } from '../src/model/config.ts';
import { bytesOf, memoryOf, planOf, type Limits, type Plan, type Settings, type Work } from '../src/model/plan.ts';
import { OPTIONS } from '../src/options.ts';
import type { RunConfig } from '../src/protocol.ts';
import { FEW } from './lengths.ts';

/** Tokens of a question, of a demonstration, of the principles, and of an answer in the kit: the longest and the mean. */
export type Lengths = Readonly<
  Record<'question' | 'demonstration' | 'principles' | 'answer', { readonly longest: number; readonly mean: number }>
>;

export type Facts = {
  readonly config: DecoderConfig;
  readonly lengths: Lengths;
  readonly limits: Limits;
  readonly speeds: Speeds | null;
  /** Bytes of a frozen weight on the device. */
  readonly weightBytes: Settings['weightBytes'];
  /** Tokens that are read to measure the model after a round. */
  readonly scoredTokens: number;
};

/** Rows that are answered at a time at most. */
const ROWS = 64;
const TARGETS: Readonly<Record<RunConfig['loraTargets'], readonly LinearName[]>> = {
  all: LINEARS,
  attention: ['q_proj', 'k_proj', 'v_proj', 'o_proj'],
  'query-value': ['q_proj', 'v_proj'],
  mlp: ['gate_proj', 'up_proj', 'down_proj'],
};

function settingsOf({ config, lengths, limits, weightBytes }: Facts, run: RunConfig): Settings {
  const { question, demonstration, principles } = lengths;
  const context = config.max_position_embeddings;
  // the few-shot measurement sees the principles and four demonstrations, whatever the run itself shows
  const asked = (run.principles ? principles.longest : 0) + run.demonstrations * demonstration.longest;
  const longest = Math.max(asked, principles.longest + FEW * demonstration.longest) + question.longest;
  const settings: Settings = {
    lora: run.tuning === 'full' ? null : { rank: run.loraRank, alpha: 2 * run.loraRank, targets: TARGETS[run.loraTargets] },
    weightBytes: run.tuning === 'full' ? 4 : weightBytes,
    trainRows: run.batchSize,
    trainTokens: Math.min(context, question.longest + run.maxTokens),
    answerRows: ROWS,
    answerTokens: Math.min(context, longest + run.maxTokens) + 1,
  };
  return { ...settings, answerRows: rowsOf(config, settings, limits) };
}

/** Fewer rows at a time cost nothing but time, so as many as fit are taken. */
function rowsOf(config: DecoderConfig, settings: Settings, limits: Limits): number {
  for (let rows = ROWS; rows > 1; rows /= 2) {
    const memory = memoryOf(config, { ...settings, answerRows: rows, trainRows: 1 });
    const fits = limits.memory === null || bytesOf(memory.answering) <= limits.memory;
    if (fits && (limits.tensor === null || memory.largestTensor <= limits.tensor)) return rows;
  }
  return 1;
}

/** How many rounds a run has that train. */
const roundsOf = ({ method, rounds }: RunConfig): number => ({ icl: 0, single: 1, soft: rounds, 'soft+': rounds })[method];

function workOf({ lengths, scoredTokens }: Facts, run: RunConfig): Work {
  const { question, demonstration, principles, answer } = lengths;
  const prompts = Math.ceil(run.prompts / Math.max(1, roundsOf(run)));
  const written = Math.min(answer.mean, run.maxTokens);
  return {
    prompts,
    promptTokens: (run.principles ? principles.mean : 0) + run.demonstrations * demonstration.mean + question.mean,
    answerTokens: written,
    rowTokens: question.mean + written,
    epochs: run.epochs,
    scoredTokens,
  };
}

function planned(facts: Facts, run: RunConfig): { readonly plan: Plan; readonly rows: number } {
  const settings = settingsOf(facts, run);
  const plan = planOf(facts.config, settings, workOf(facts, run), Math.max(1, roundsOf(run)), facts.limits, facts.speeds);
  return { plan, rows: settings.answerRows };
}

/** Options that make a run smaller, in the order in which they are tried. */
const SHRINKABLE = ['batchSize', 'prompts', 'loraRank', 'maxTokens'] as const;
type Shrinkable = (typeof SHRINKABLE)[number];

/** Shares of an option's value that are tried. */
const SHARES = [7, 6, 5, 4, 3, 2, 1, 0.5, 0.25].map((eighths) => eighths / 8);

/** Changes of one option, nearest first. */
function steps(run: RunConfig, name: Shrinkable): readonly Partial<RunConfig>[] {
  const { min, step } = OPTIONS[name];
  const values = SHARES.map((share) => Math.max(min, Math.floor((run[name] * share) / step) * step));
  return [...new Set([...values, min])].filter((value) => value < run[name]).map((value) => ({ [name]: value }));
}

/** The smallest change that fits: of one option where one is enough, then of batch and rank and length together. */
function nearestOf(facts: Facts, run: RunConfig): Partial<RunConfig> | null {
  const one = SHRINKABLE.flatMap((name) => steps(run, name));
  const adapter: Partial<RunConfig>[] = run.tuning === 'full' ? [{ tuning: 'lora' }] : [];
  const smallest = (names: readonly Shrinkable[]): Partial<RunConfig> =>
    Object.assign({}, adapter[0], ...names.map((name) => steps(run, name).at(-1) ?? {})) as Partial<RunConfig>;
  const together = [...adapter, smallest(['batchSize', 'loraRank', 'maxTokens']), smallest(SHRINKABLE)];
  return [...one, ...together].find((change) => planned(facts, { ...run, ...change }).plan.tooMuch.length === 0) ?? null;
}

/** Plans a run; `rows` is how many rows to answer at a time. */
export function planRun(facts: Facts, run: RunConfig): RunPlan & { readonly rows: number } {
  const { plan, rows } = planned(facts, run);
  const { memory, peak, stored, secondsARound, tooMuch } = plan;
  return {
    ...memory,
    peak,
    stored,
    secondsARound,
    tooMuch,
    rows,
    limits: facts.limits,
    nearest: tooMuch.length === 0 ? null : nearestOf(facts, run),
  };
}

/** One sentence about what does not fit. */
export function shortageText({ tooMuch }: RunPlan): string {
  const names = { memory: 'memory', tensor: 'its largest tensor', storage: 'storage' } as const;
  return tooMuch.map(({ what, needs, has }) => `needs ${megabytes(needs)} for ${names[what]}, has ${megabytes(has)}`).join('; ');
}

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e5) / 10} MB`;
