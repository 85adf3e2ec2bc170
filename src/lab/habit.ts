/**
 * One sample after the other on its way, as a run makes them: a prompt, demonstrations, an answer, the filters, the bare pair, and one optimiser
 * step. On an adapter of its own, which no run sees and nothing stores.
 */
import { demonstrate } from '../align/demonstrations.ts';
import { judge } from '../align/filters/judge.ts';
import { AppError } from '../errors.ts';
import type { ModelFiles } from '../model/load.ts';
import type { StepTaken, Way } from '../protocol/lesson.ts';
import { DEFAULTS } from '../run/config.ts';
import { TfLanguageModel } from '../training/language-model.ts';
import type { KnownWorld } from '../world/list.ts';
import { asCompletion, bestTo, drawn } from './drawn.ts';
import { tuningOf } from './tensor-run.ts';

/** Prompts that samples are taken of, one after the other and then from the first again. */
const PROMPTS = 64;

export class Habit {
  readonly #world: KnownWorld;
  readonly #model: TfLanguageModel;
  #last: Way['pair'] | null = null;

  constructor(files: ModelFiles, world: KnownWorld) {
    this.#world = world;
    this.#model = new TfLanguageModel(files, tuningOf(DEFAULTS), { seed: DEFAULTS.seed });
  }

  /** The sample number `at`, from 1; the first is that of the base model. */
  async take(at: number): Promise<Way> {
    const { task, questions } = this.#world;
    if (at === 1) await this.#model.restore(null);
    const asked = questions.prompts(DEFAULTS.seed, PROMPTS)[(at - 1) % PROMPTS];
    if (asked === undefined) throw new AppError('WORLD_EXHAUSTED', 'no prompt is left');
    const { context, seed, demonstrations } = demonstrate(task, DEFAULTS, asked, `lesson ${at}`);
    const { temperature } = DEFAULTS;
    const { answer, whole, finish } = await drawn(this.#model, this.#world, { question: asked.text, prompt: context, seed, temperature });
    const aligned = finish === 'stop' && task.aligned(asked, whole) === true;
    const candidate = { question: asked, completion: task.said(whole), finish, demonstrations, agreement: 1, longest: null, aligned };
    const pair = { prompt: asked.prompt, completion: task.withoutThought(whole) };
    this.#last = pair;
    return { question: asked.text, kind: asked.kind, context, answer, verdict: judge(candidate, DEFAULTS), aligned, pair };
  }

  /** One step on the last pair alone, without a warm-up; a run takes a whole batch of pairs a step. */
  async step(other: string): Promise<StepTaken> {
    const pair = this.#last;
    if (pair === null) throw new AppError('INTERNAL', 'no sample was taken');
    const rows = [pair, { prompt: this.#world.prompt(other), completion: asCompletion(bestTo(this.#world, other)) }];
    const chances = async (): Promise<readonly number[]> => (await this.#model.score(rows)).map(({ nll }) => Math.exp(-nll));
    const before = await chances();
    const { learningRate } = DEFAULTS;
    let loss = 0;
    for await (const report of this.#model.finetune([pair], {
      batchSize: 1,
      learningRate,
      warmup: 0,
      schedule: 'constant',
      weightDecay: 0,
      clip: 1,
    }))
      loss = report.loss;
    const after = await chances();
    const moved = (row: number) => ({ before: before[row] ?? 0, after: after[row] ?? 0 });
    return { loss, own: moved(0), other: moved(1) };
  }
}
