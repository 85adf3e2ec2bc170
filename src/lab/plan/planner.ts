/**
 * A run's options as the planner's numbers: what it needs, how many rows are answered at a time, how many questions are measured where the
 * run leaves it open, and, when it does not fit, the smallest change of the options that does. Pure: texts, limits and speeds come in. Knows
 * no tensor and no page.
 */
import type { RunPlan, Shortage, Speeds } from '../../protocol/models.ts';
import type { DecoderConfig } from '../../files/config.ts';
import { bytesOf, memoryOf, costOf, secondsOf, type Limits, type Sizes, type Work } from '../../model/cost.ts';
import type { RowStep } from '../../model/rows.ts';
import { type RunConfig, OPTIONS } from '../../run/config.ts';
import type { PlannedSeconds } from '../../run/records.ts';
import { loraOf } from '../../files/lora.ts';
import { draftsPrompts, ordersOf, partsOf, roundsOf, takesRounds, writesPrompts } from '../../run/recipe.ts';
import type { CountedTexts } from './text-counter.ts';

export type Facts = {
  readonly config: DecoderConfig;
  /** The texts of a run, counted; `graded` is whether answers are graded, else choices. */
  readonly counter: { readonly graded: boolean; count(run: RunConfig): CountedTexts };
  readonly limits: Limits;
  readonly speeds: Speeds | null;
  /** Bytes of a number in a frozen matrix on the device, and where adapters were added to it. */
  readonly weightBytes: number;
  readonly summedBytes?: 4 | 2;
};

/** Rows that are answered at a time at most. */
const ROWS = 64;
/** Bytes while answering up to which rows are taken at once where the browser does not tell what there is: half of a small card. */
const UNTOLD = 1.5 * 2 ** 30;

/** The most prompts that a run has answered in one go. */
function atOnce(run: RunConfig, graded: boolean): number {
  if (graded || run.measures === 'all') return ROWS;
  // sorting asks all prompts before the first round, and so does a model that writes its own
  const all = run.promptSource === 'own' || ordersOf(run).across !== 'none';
  return run.samples * (all ? run.prompts : Math.ceil(run.prompts / partsOf(run)));
}

/** The most rows that are in a batch: where few answers are learned from there are not more, and without training there are none. */
function batchOf(run: RunConfig): number {
  if (roundsOf(run) === 0) return 1;
  return Math.min(run.batchSize, run.epochs * Math.ceil(run.prompts / partsOf(run)));
}

function sizesOf(
  { config, weightBytes, summedBytes = 4, counter }: Facts,
  run: RunConfig,
  { lengths, longest, answered }: CountedTexts,
): Sizes {
  const context = config.max_position_embeddings;
  const sizes: Sizes = {
    lora: run.tuning === 'full' ? null : loraOf(run),
    restarts: run.tuning === 'lora' && run.startFrom === 'merged' && takesRounds(run),
    weightBytes: run.tuning === 'full' ? 4 : weightBytes,
    summedBytes,
    trainRows: batchOf(run),
    trainTokens: Math.min(context, lengths.question.longest + run.maxTokens),
    answerRows: Math.max(1, Math.min(ROWS, atOnce(run, counter.graded))),
    answerTokens: Math.min(context, answered.own) + 1,
    sharedTokens: answered.shared,
    promptTokens: Math.max(1, answered.own - run.maxTokens),
    scoredTokens: Math.min(context, longest),
  };
  return sizes;
}

/**
 * The rows to answer at a time, from where to begin to what is asked: fewer cost nothing but time. Where the memory is known as many as fit
 * are taken at once; where it is not, few at first, and each further step when the device was found to have room for it.
 */
function growthOf(config: DecoderConfig, sizes: Sizes, { memory: limit, tensor }: Limits): readonly [RowStep, ...RowStep[]] {
  let steps: [RowStep, ...RowStep[]] = [{ rows: 1, bytes: 0 }];
  for (let rows = sizes.answerRows; rows > 1; rows = Math.ceil(rows / 2)) {
    const { answering, largestTensor } = memoryOf(config, { ...sizes, answerRows: rows, trainRows: 1 });
    if ((limit !== null && bytesOf(answering) > limit) || (tensor !== null && largestTensor > tensor)) continue;
    const step = { rows, bytes: bytesOf(answering.filter(({ name }) => name === 'cache' || name === 'step')) };
    steps = steps[0].rows === 1 ? [step] : [step, ...steps];
    if (limit !== null || bytesOf(answering) <= UNTOLD) return steps;
  }
  return steps[0].rows === 1 ? steps : [{ rows: 1, bytes: 0 }, ...steps];
}

function workOf(run: RunConfig, { lengths, scored, counts, beginning }: CountedTexts): Work {
  const { question, demonstration, principles, answer } = lengths;
  const rounds = roundsOf(run);
  const written = Math.min(answer.mean, run.maxTokens);
  const read = (run.principles ? principles.mean : 0) + run.demonstrations * demonstration.mean + question.mean;
  const shared = Math.max(0, Math.min(beginning, read - 1));
  return {
    prompts: rounds === 0 ? 0 : run.prompts / rounds,
    sharedTokens: rounds === 0 ? 0 : shared,
    promptTokens: run.samples * (read - shared),
    answerTokens: run.samples * written,
    rowTokens: question.mean + written,
    epochs: run.epochs,
    scored,
    heldOut: counts.validation + counts.test,
  };
}

/** Numbers of test questions that are tried where a run leaves it to the plan, most first: beyond 200 a score is hardly surer. */
const TRIED = Array.from({ length: 19 }, (_, i) => 200 - 10 * i);
/**
 * What a token costs beside one that is read, at least: training an adapter goes forward and back (2.2 to 2.6 times as long on the CPU), and
 * writing reads what it wrote. Not the speeds of this device, because the same settings are the same run everywhere.
 */
const COST: Speeds = { reading: 1, writing: 1, training: 1 / 2 };

/**
 * The options that the run leaves to the plan. Of a kit as many test questions as are measured in no more time than the answers and the
 * training of a round take, even if what stands before each answer were read again for it; of the world, and where nothing is trained, the usual
 * number.
 */
function settled({ counter }: Facts, run: RunConfig): Partial<RunConfig> {
  if (counter.graded || run.questions > 0) return {};
  if (roundsOf(run) === 0) return { questions: 100 };
  const most = counter.count({ ...run, questions: TRIED[0] ?? 0 }).counts.test;
  const found = TRIED.filter((questions) => questions < most + 10).find((questions) => {
    const texts = counter.count({ ...run, questions });
    const { asked, written } = texts.scored;
    const { learning, measuring } = secondsOf({ ...workOf(run, { ...texts, beginning: 0 }), scored: { read: asked, written } }, COST);
    return measuring <= learning;
  });
  return { questions: found ?? TRIED.at(-1) ?? 0 };
}

type Planned = Omit<RunPlan, 'nearest' | 'settled' | 'limits'> & Rows;
/** How many rows to answer at a time at first, and the steps in which they grow, of which that is the first. */
type Rows = { readonly rows: number; readonly growth: readonly RowStep[] };

function planned(facts: Facts, run: RunConfig): Planned {
  const texts = facts.counter.count(run);
  const asked = sizesOf(facts, run, texts);
  const growth = growthOf(facts.config, asked, facts.limits);
  const sizes = { ...asked, answerRows: growth[0].rows };
  const cost = costOf(facts.config, sizes, workOf(run, texts), Math.max(1, roundsOf(run)), facts.limits, facts.speeds);
  const { memory, peak, stored, secondsARound, secondsAnswering, secondsMeasuring } = cost;
  const { counts: questions, leftOut, skipped, probed } = texts;
  const { asked: probes = [], open = [] } = texts.drawn.probes ?? {};
  // of the base and of the returned round
  const secondsProbing = facts.speeds === null ? null : 2 * (probed.read / facts.speeds.reading + probed.written / facts.speeds.writing);
  return {
    ...memory,
    peak,
    stored,
    secondsARound,
    secondsAnswering,
    secondsMeasuring,
    secondsProbing,
    secondsInAll:
      secondsARound === null
        ? null
        : secondsBefore(facts, run, texts) + (secondsMeasuring ?? 0) + roundsOf(run) * secondsARound + (secondsProbing ?? 0),
    probes: { asked: probes.length, open: open.length },
    questions,
    leftOut,
    skipped,
    tooMuch: [...texts.shortages, ...cost.tooMuch],
    rows: sizes.answerRows,
    growth,
  };
}

/** Seconds before the first round, where the model drafts its prompts, or writes them. */
function secondsBefore({ speeds }: Facts, run: RunConfig, { lengths: { question, answer } }: CountedTexts): number {
  if (speeds === null) return 0;
  const draft = question.mean / speeds.reading + Math.min(answer.mean, run.maxTokens) / speeds.writing;
  return run.prompts * ((draftsPrompts(run) ? draft : 0) + (writesPrompts(run) ? question.mean / speeds.writing : 0));
}

type Change = Partial<RunConfig>;
/** Options that make a run smaller, in the order in which they are tried. */
const SHRINKABLE = ['batchSize', 'prompts', 'loraRank', 'maxTokens'] as const;

/** Shares of an option's value that are tried. */
const SHARES = [7, 6, 5, 4, 3, 2, 1, 0.5, 0.25].map((eighths) => eighths / 8);

/** Changes of one option, nearest first. */
function steps(run: RunConfig, name: (typeof SHRINKABLE)[number]): readonly Change[] {
  const { min, step } = OPTIONS[name];
  const values = SHARES.map((share) => Math.max(min, Math.floor((run[name] * share) / step) * step));
  return [...new Set([...values, min])].filter((value) => value < run[name]).map((value) => ({ [name]: value }));
}

/**
 * Changes for a device that is too small: of one option where one is enough, then of batch and rank together, and of answers last, since those
 * that are cut are not learned from.
 */
function lighter(run: RunConfig): readonly Change[] {
  const adapter: Change = run.tuning === 'full' ? { tuning: 'lora' } : {};
  const at = (name: (typeof SHRINKABLE)[number], place: number): Change => steps(run, name).at(place) ?? steps(run, name).at(-1) ?? {};
  const one = SHRINKABLE.flatMap((name) => steps(run, name));
  const places = [...SHARES.keys(), -1];
  const two = places.map((place): Change => ({ ...adapter, ...at('batchSize', place), ...at('loraRank', place) }));
  const least = two.at(-1);
  const three = places.map((place): Change => ({ ...least, ...at('maxTokens', place) }));
  return [...one, adapter, ...two, ...three, { ...three.at(-1), ...at('prompts', -1) }];
}

/** Changes for a context that is too short: shorter answers, then less in view, then both. */
function shorter(run: RunConfig): readonly Change[] {
  const answers = steps(run, 'maxTokens');
  const [half, all] = [answers.filter(({ maxTokens = 0 }) => maxTokens >= run.maxTokens / 2), answers];
  const views: readonly Change[] = [
    ...(run.thoughts ? [{ thoughts: false }] : []),
    ...Array.from({ length: run.demonstrations }, (_, i) => ({ demonstrations: run.demonstrations - 1 - i })),
    ...(run.principles ? [{ principles: false }, { principles: false, thoughts: false }] : []),
    ...(run.principles && run.demonstrations > 0 ? [{ principles: false, thoughts: false, demonstrations: 0 }] : []),
  ];
  const asked: readonly Change[] = [
    ...(run.measures === 'all' ? [{ measures: 'scores' as const }] : []),
    ...(run.promptSource === 'own' ? [{ promptSource: 'given' as const }] : []),
  ];
  const both = views.flatMap((view) => all.map((answer) => ({ ...view, ...answer })));
  const every = [...half, ...views, ...all, ...both];
  return [...asked, ...every, ...asked.flatMap((change) => every.map((other) => ({ ...change, ...other })))];
}

const ofTask = ({ what }: Shortage): boolean => what === 'context' || what === 'prompts' || what === 'rounds';

/** The first change that takes these shortages away, or null. */
function firstOf(facts: Facts, run: RunConfig, changes: readonly Change[], left: (shortage: Shortage) => boolean): Change | null {
  return changes.find((change) => !planned(facts, { ...run, ...change }).tooMuch.some(left)) ?? null;
}

/** Only what a change changes. */
function changed(run: RunConfig, change: Change): Change {
  const names = Object.keys(change) as (keyof RunConfig)[];
  return Object.fromEntries(names.filter((name) => change[name] !== run[name]).map((name) => [name, change[name]]));
}

/** The smallest change that fits: first to what the task and the context have, then to what the device has. */
function nearestOf(facts: Facts, run: RunConfig, tooMuch: readonly Shortage[]): Change | null {
  const there = tooMuch.find(({ what }) => what === 'prompts')?.has ?? run.prompts;
  const fewer: Change = there > 0 && there < run.prompts ? { prompts: there } : {};
  const rounds = takesRounds(run) ? Math.min(run.rounds, Math.max(1, there)) : run.rounds;
  const asked: Change = { ...fewer, ...(rounds < run.rounds ? { rounds } : {}) };
  const reduced = { ...run, ...asked };
  const read = tooMuch.some(ofTask) ? firstOf(facts, reduced, [{}, ...shorter(reduced)], ofTask) : {};
  if (read === null) return null;
  const readable = { ...reduced, ...read };
  const light = firstOf(facts, readable, [{}, ...lighter(readable)], () => true);
  return light === null ? null : changed(run, { ...asked, ...read, ...light });
}

/** Plans a run, with the rows to answer at a time; its memory is that of the first of them. */
export function planRun(facts: Facts, wanted: RunConfig): RunPlan & Rows {
  const open = settled(facts, wanted);
  const run = { ...wanted, ...open };
  const plan = planned(facts, run);
  return { ...plan, limits: facts.limits, settled: open, nearest: plan.tooMuch.length === 0 ? null : nearestOf(facts, run, plan.tooMuch) };
}

/** By what the time left of a run is told before it has told its own; nothing where no speeds were measured. */
export function timesOf({ secondsARound, secondsAnswering, secondsMeasuring, secondsProbing }: RunPlan): {
  readonly seconds?: PlannedSeconds;
} {
  if (secondsARound === null || secondsAnswering === null || secondsMeasuring === null) return {};
  const training = secondsARound - secondsMeasuring - secondsAnswering;
  return { seconds: { answering: secondsAnswering, training, measuring: secondsMeasuring, probing: secondsProbing ?? 0 } };
}

/** One sentence about what does not fit. */
export function shortageText({ tooMuch }: Pick<RunPlan, 'tooMuch'>): string {
  const names = {
    memory: 'for memory',
    tensor: 'for its largest tensor',
    storage: 'for storage',
    context: 'tokens in one text',
    prompts: 'prompts',
    rounds: 'prompts for its rounds',
  } as const;
  return tooMuch
    .map(({ what, needs, has }) => {
      const amount = what === 'memory' || what === 'tensor' || what === 'storage' ? megabytes : String;
      return `needs ${amount(needs)} ${names[what]}, has ${amount(has)}`;
    })
    .join('; ');
}

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e5) / 10} MB`;
