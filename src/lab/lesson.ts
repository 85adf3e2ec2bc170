/** What the chapters of the lesson ask of a bundled model, on a model of its own beside any run. Touches no run; knows no page. */
import { AppError } from '../errors.ts';
import type { ModelFiles } from '../model/load.ts';
import { mean } from '../numbers.ts';
import type { DrawnAnswer, Example, Inclination, Put, Voice } from '../protocol/lesson.ts';
import { DEFAULTS } from '../run/config.ts';
import { Encoding } from '../training/encoding.ts';
import type { TfLanguageModel } from '../training/language-model.ts';
import type { KnownWorld } from '../world/list.ts';
import type { AnsweredQuestion } from '../world/world.ts';
import { asCompletion, bestTo, drawn } from './drawn.ts';
import { Habit } from './habit.ts';
import { Replica } from './replica.ts';
import { tuningOf } from './tensor-run.ts';

/** Questions of each kind by which an inclination is told. */
const OF_A_KIND = 2;

export class Lesson {
  readonly #world: KnownWorld;
  readonly #replica: Replica;
  readonly #encoding: Encoding;
  /** Made with the first sample that is taken. */
  #habit: Habit | null = null;
  readonly #files: ModelFiles;

  /** Throws MODEL_OTHER where the model has no world. */
  constructor(files: ModelFiles, world: KnownWorld | null) {
    if (world === null) throw new AppError('MODEL_OTHER', 'the lesson is about a bundled model');
    this.#world = world;
    this.#files = files;
    this.#replica = new Replica(files);
    this.#encoding = new Encoding(files, null);
  }

  voicesTo(question: string): readonly Voice[] {
    return this.#world.voicesTo?.(question) ?? [];
  }

  /** An answer of the base model, drawn at temperature 1. */
  async draw(put: Put, seed: number): Promise<DrawnAnswer> {
    const model = await this.#base();
    const context = this.#context({ text: put.question, prompt: this.#world.prompt(put.question) }, put.shown);
    const request = { question: put.question, prompt: context, seed: `lesson/${seed}`, temperature: 1 };
    return (await drawn(model, this.#world, request)).answer;
  }

  examples(ids: readonly string[]): readonly Example[] {
    return this.#shown(ids).map(({ id, question, answer }) => ({ id, question, answer, kind: id.split('/')[0] ?? '' }));
  }

  /** Everything in one batch; the chances are those of whole answers. */
  async inclination({ question, shown }: Put): Promise<Inclination> {
    const model = await this.#base();
    const answer = asCompletion(bestTo(this.#world, question));
    const prompt = this.#context({ text: question, prompt: this.#world.prompt(question) }, shown);
    const asked = this.#ofEveryKind();
    const rows = asked.map((one) => ({ prompt: this.#context(one, shown), completion: asCompletion(one.answer) }));
    const scores = await model.score(rows);
    const chances = scores.map(({ nll }) => Math.exp(-nll));
    const kinds = this.#world.kinds.map((kind) => [kind, mean(chances.filter((_, i) => asked[i]?.kind === kind))] as const);
    const ids = this.#encoding.answer(answer);
    const places = await model.alternatives(prompt, ids, this.#files.config.vocab_size);
    const pieces = this.#files.tokenizer.pieces(ids, { continues: true });
    const tokens = ids.map((id, i) => ({
      text: pieces[i] ?? '',
      chance: Math.exp(places[i]?.find((other) => other.id === id)?.logProb ?? -Infinity),
    }));
    return { tokens, chance: tokens.reduce((product, { chance }) => product * chance, 1), kinds: Object.fromEntries(kinds) };
  }

  /** The model that learns from its own answers. */
  get habit(): Habit {
    return (this.#habit ??= new Habit(this.#files, this.#world));
  }

  #ofEveryKind(): readonly AnsweredQuestion[] {
    const { kinds, questions, most } = this.#world;
    const all = questions.validation(most.validation);
    return kinds.flatMap((kind) => all.filter((one) => one.kind === kind).slice(0, OF_A_KIND));
  }

  #shown(ids: readonly string[]): KnownWorld['task']['pool'] {
    return ids.flatMap((id) => this.#world.task.pool.find((other) => other.id === id) ?? []);
  }

  #context(asked: { readonly text: string; readonly prompt: string }, shown: readonly string[]): string {
    const question = { id: '', kind: '', ...asked };
    return this.#world.task.context(question, { demonstrations: this.#shown(shown), principles: false });
  }

  #base(): Promise<TfLanguageModel> {
    return this.#replica.with({ tuning: tuningOf(DEFAULTS), seed: DEFAULTS.seed, state: null });
  }
}
