/**
 * The plan of runs on the open model: what its task's texts measure in tokens, what the device offers, and how fast it was found to be. Joins
 * the pure planner with engine and task; remembers what was measured while the model is open.
 */
import type { RunPlan, Speeds } from '../src/model-protocol.ts';
import { isSmall } from '../src/model/plan.ts';
import { DEFAULTS } from '../src/options.ts';
import type { BackendName, RunConfig } from '../src/protocol.ts';
import { TfLanguageModel } from '../src/training/language-model.ts';
import { tuningOf } from './experiment.ts';
import { lengthsOf, scoredOf } from './lengths.ts';
import { limitsOf } from './limits.ts';
import { measureSpeeds } from './measure.ts';
import { planRun, type Facts } from './planner.ts';
import type { OpenedSource } from './sources.ts';
import type { Tasks } from './tasks.ts';

/** Prompts that are looked at. */
const LOOK = 64;

export class Planning {
  readonly #source: OpenedSource;
  readonly #tasks: Tasks;
  readonly #backend: BackendName;
  #texts: Pick<Facts, 'lengths' | 'scoredTokens'> | null = null;
  #speeds: Speeds | null = null;

  constructor(source: OpenedSource, tasks: Tasks, backend: BackendName) {
    this.#source = source;
    this.#tasks = tasks;
    this.#backend = backend;
  }

  /** What a run needs; its time only after `measure`. */
  async plan(run: RunConfig): Promise<RunPlan & { readonly rows: number }> {
    const { config } = this.#source.files;
    this.#texts ??= this.#look();
    const limits = await limitsOf(this.#backend);
    const weightBytes = this.#backend === 'webgpu' && !isSmall(config) ? 2 : 4;
    return planRun({ config, ...this.#texts, limits, weightBytes, speeds: this.#speeds }, run);
  }

  /** Tokens a second on this device, with the tuning of a run. */
  async measure(run: RunConfig): Promise<Speeds> {
    const { task, end } = this.#tasks;
    const [asked] = this.#tasks.questions({ ...DEFAULTS, prompts: 8 }).prompts;
    if (asked === undefined) throw new Error('a task without prompts');
    using model = new TfLanguageModel(this.#source.files, tuningOf(run), { seed: 0, end });
    const view = { demonstrations: task.pool.slice(0, run.demonstrations), principles: run.principles };
    this.#speeds = await measureSpeeds({
      model,
      prompt: task.context(asked, view),
      question: asked.prompt,
      answer: ` ${task.pool[0]?.answer ?? ''}${task.stop}`,
      count: (text) => this.#encode(text).length,
      now: () => performance.now() / 1000,
    });
    return this.#speeds;
  }

  #encode(text: string): readonly number[] {
    const { tokenizer } = this.#source.files;
    return this.#tasks.end === null ? tokenizer.encode(text) : tokenizer.encodeTemplate(text);
  }

  #look(): Pick<Facts, 'lengths' | 'scoredTokens'> {
    const { task } = this.#tasks;
    const questions = this.#tasks.questions({ ...DEFAULTS, prompts: LOOK });
    const lengths = lengthsOf((text) => this.#encode(text), task, questions.prompts);
    return { lengths, scoredTokens: scoredOf(task, questions, lengths) };
  }
}
