/**
 * The plan of runs on the open model: what its task's texts measure in tokens, what the device offers, and how fast it was found to be. Joins
 * the pure planner with engine and task; remembers what was measured while the model is open.
 */
import { prepared } from '../../engine/backend.ts';
import type { Gate } from '../../engine/work.ts';
import { AppError } from '../../errors.ts';
import type { AnswerLengths, Speeds } from '../../protocol/models.ts';
import type { Share } from '../../model/load.ts';
import { bytesOfWeight, packingOf } from '../../model/shared-weights.ts';
import type { BackendName } from '../../contracts/engine.ts';
import { type RunConfig, DEFAULTS, type OptionName, OPTIONS } from '../../run/config.ts';
import { Encoding } from '../../training/encoding.ts';
import { TfLanguageModel } from '../../training/language-model.ts';
import { tuningOf } from '../tensor-run.ts';
import { measureAnswers, SAMPLED } from './answer-lengths.ts';
import { limitsOf } from './limits.ts';
import { measureSpeeds } from './speeds.ts';
import { planRun, type Facts } from './planner.ts';
import { TextCounter, type CountedTexts } from './text-counter.ts';
import type { OpenedSource } from '../sources.ts';
import { type Tasks, tasksFor, type Written } from '../tasks.ts';

/** Tokens of a text that the tokenizer itself finds too long. */
const ENDLESS = 1e9;
/** The longest answer that a model of the user's may give by default: such models say whole paragraphs. */
const ANSWER = 256;
/** Questions of each probe set, and answers before and after. */
const PROBES = { probes: 40, probeAnswers: 8 } as const;
/** Texts on which weights are measured. */
const MEASURED = 3;
/** Tokens that a prompt must leave for an answer to be sampled, and answers that are sampled at a time. */
const [LEAST_ROOM, ROWS] = [64, 4];
/** Options that may begin smaller where a run would not fit otherwise. */
const SIZES: readonly string[] = ['batchSize', 'maxTokens', 'prompts', 'rounds'] satisfies readonly OptionName[];

export class ModelPlanner {
  readonly #source: OpenedSource;
  readonly #tasks: Tasks;
  readonly #backend: BackendName;
  readonly #encoding: Encoding;
  readonly #counters = new Map<Tasks, TextCounter>();
  #speeds: Speeds | null = null;

  constructor(source: OpenedSource, tasks: Tasks, backend: BackendName) {
    this.#source = source;
    this.#tasks = tasks;
    this.#backend = backend;
    this.#encoding = new Encoding(source.files, tasks.end);
  }

  /** What a run needs; its time only after `measure`. */
  async plan(run: RunConfig): Promise<ReturnType<typeof planRun>> {
    return planRun(await this.#facts(run), run);
  }

  /** The questions of a run, as far as the model can read them. */
  count(run: RunConfig & Written): CountedTexts {
    return this.#counterOf(run).count(run);
  }

  /** A few questions as the model reads them, to measure weights on. */
  texts(run: RunConfig): readonly (readonly number[])[] {
    const { prompts, test } = this.#tasks.stock(run);
    const context = this.#source.files.config.max_position_embeddings;
    const read = [...test, ...prompts].slice(0, 20).map(({ prompt }) => this.#encoding.prompt(prompt));
    return read.filter(({ length }) => length < context).slice(0, MEASURED);
  }

  /** The options with which runs of this model begin, where they are not the usual ones: as many prompts as there are, room for whole answers. */
  async standard(): Promise<Partial<RunConfig>> {
    if (this.#tasks.task.graded) return {};
    const facts = await this.#facts(DEFAULTS);
    const there = this.#tasks.stock(DEFAULTS).prompts.length;
    const prompts = Math.min(DEFAULTS.prompts, there);
    const wanted: Partial<RunConfig> = { prompts, rounds: Math.min(DEFAULTS.rounds, prompts), maxTokens: ANSWER, ...PROBES };
    const { nearest, settled } = planRun(facts, { ...DEFAULTS, ...wanted });
    // what is shown is the method's: that it does not fit is for the user to decide about
    const sizes = nearest !== null && Object.keys(nearest).every((name) => SIZES.includes(name));
    if (!sizes) return { ...wanted, ...settled };
    const fitting = { ...wanted, ...nearest };
    return { ...fitting, ...planRun(facts, { ...DEFAULTS, ...fitting }).settled };
  }

  /** Tokens a second on this device, with the tuning of a run; `gate` is asked between parts of the work, and ends it where it rejects. */
  async *measure(run: RunConfig, gate: Gate): AsyncGenerator<Share, Speeds> {
    await prepared('everything'); // what is measured is the device, not its compiler
    const tasks = tasksFor(this.#tasks, run);
    const { task, end } = tasks;
    const { prompts, test } = tasks.stock(run);
    const asked = [...prompts, ...test].toSorted((a, b) => a.prompt.length - b.prompt.length)[0];
    if (asked === undefined) throw new AppError('PLAN_TOO_LARGE', 'the kit has no prompts');
    using model = new TfLanguageModel(this.#source.files, tuningOf(run), { seed: 0, end, gate });
    const view = { demonstrations: task.pool.slice(0, run.demonstrations), principles: run.principles };
    const shown = task.context(asked, view);
    const fits = this.#encoding.prompt(shown).length < this.#source.files.config.max_position_embeddings;
    this.#speeds = yield* measureSpeeds({
      model,
      prompt: fits ? shown : asked.prompt,
      question: asked.prompt,
      answer: ` ${task.pool[0]?.answer ?? ''}${task.stop}`,
      count: (text) => this.#encoding.prompt(text).length,
    });
    return this.#speeds;
  }

  /** How long the model's own answers to prompts of its kit are, asked as a run with these options asks them; `gate` as in `measure`. */
  async *answers(run: RunConfig, gate: Gate): AsyncGenerator<Share, AnswerLengths> {
    await prepared('everything');
    const tasks = tasksFor(this.#tasks, run);
    const { task, end } = tasks;
    const context = this.#source.files.config.max_position_embeddings;
    const view = { demonstrations: task.pool.slice(0, run.demonstrations), principles: run.principles, thoughts: run.thoughts };
    const asked = tasks.stock(run).prompts.map((question) => ({ prompt: task.context(question, view), seed: `answers ${question.id}` }));
    const length = counted((text) => this.#encoding.prompt(text));
    const readable = asked.filter(({ prompt }) => length(prompt) + LEAST_ROOM <= context).slice(0, SAMPLED);
    const room = context - Math.max(0, ...readable.map(({ prompt }) => length(prompt)));
    if (readable.length === 0) throw new AppError('PLAN_TOO_LARGE', 'no prompt of the kit leaves room for an answer');
    using model = new TfLanguageModel(this.#source.files, tuningOf(run), { seed: run.seed, end, rows: ROWS, gate });
    const { temperature, topK, topP } = run;
    return yield* measureAnswers(model, readable, {
      maxTokens: Math.min(OPTIONS.maxTokens.max, room),
      temperature,
      topK,
      topP,
      stop: [task.stop],
    });
  }

  #counterOf(run: Written): TextCounter {
    const tasks = tasksFor(this.#tasks, run);
    const encoding = this.#encoding;
    const count = { prompt: counted((text) => encoding.prompt(text)), answer: counted((text) => encoding.answer(text)) };
    const counter = this.#counters.get(tasks) ?? new TextCounter(tasks, count, this.#source.files.config.max_position_embeddings);
    this.#counters.set(tasks, counter);
    return counter;
  }

  async #facts(run: RunConfig): Promise<Facts> {
    const { files } = this.#source;
    const limits = await limitsOf(this.#backend);
    const weightBytes = bytesOfWeight(files, this.#backend);
    const summedBytes = packingOf(files, this.#backend) === 'float16' ? 2 : 4;
    return { config: files.config, counter: this.#counterOf(run), limits, weightBytes, summedBytes, speeds: this.#speeds };
  }
}

/** The number of ids, whatever the text. */
function counted(encode: (text: string) => readonly number[]): (text: string) => number {
  return (text) => {
    try {
      return encode(text).length;
    } catch (error) {
      if (error instanceof AppError && error.code === 'PROMPT_TOO_LONG') return ENDLESS;
      throw error;
    }
  };
}
