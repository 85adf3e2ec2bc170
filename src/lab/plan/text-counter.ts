/**
 * What of a task fits into the tokens that a model reads, and what the texts of a run measure: every prompt, question and answer that a run
 * with these options asks is counted, so that nothing is found to be too long after the start. Pure but for what it remembers; knows no
 * tensor, no device and no page.
 */
import { draw, type Drawn, type Stock } from '../../evals/draw.ts';
import { SETTINGS } from '../../evals/generation.ts';
import type { Question } from '../../contracts/task.ts';
import { countsOf, type Counts } from '../../settings/counts.ts';
import type { Shortage } from '../../protocol/models.ts';
import type { LeftOut } from '../../contracts/records.ts';
import type { RunConfig } from '../../run/config.ts';
import { roundsOf } from '../../run/recipe.ts';
import type { Tasks } from '../tasks.ts';

/** Tokens of a text as the model reads it; Infinity for one that is too long to be read at all. */
export type Count = { readonly prompt: (text: string) => number; readonly answer: (text: string) => number };

export type Length = { readonly longest: number; readonly mean: number };
/** Tokens of a question alone, of a demonstration, of the principles, and of an answer in the pool. */
export type Lengths = Readonly<Record<'question' | 'demonstration' | 'principles' | 'answer', Length>>;

/** A run's texts, drawn and counted. */
export type CountedTexts = {
  readonly drawn: Drawn;
  readonly lengths: Lengths;
  /** Tokens of the longest text that is read in one piece, an answer of the longest kind included. */
  readonly longest: number;
  /** Tokens of the longest prompt that is answered, with its answer: what the cache of keys and values holds. */
  readonly answered: number;
  /** Tokens that are read, and written, to measure the model once. */
  readonly scored: { readonly read: number; readonly written: number };
  /** How many held-out questions are asked. */
  readonly counts: Counts;
  readonly leftOut: readonly LeftOut[];
  /** Prompts and held-out questions that are too long for this model, and how many there are. */
  readonly skipped: { readonly prompts: number; readonly questions: number };
  /** What the task or the context cannot give. */
  readonly shortages: readonly Shortage[];
};

/** What a run's texts depend on. */
export type Wanted = Pick<
  RunConfig,
  | 'seed'
  | 'method'
  | 'rounds'
  | 'checkpoints'
  | 'prompts'
  | 'questions'
  | 'maxTokens'
  | 'demonstrations'
  | 'principles'
  | 'thoughts'
  | 'promptSource'
  | 'measures'
>;

/** Where two turns meet, a tokenizer may cut otherwise than in each alone. */
const JOINT = 2;
/** Tokens that a model has for a prompt of its own, and what they may be when they are read again: three for a byte that is no letter. */
const [WRITES, REREADS] = [32, 96];
/** Questions and samples of each that `measures: all` takes; src/evals/assess.ts and src/evals/measures/evidence.ts. */
const [EXTRAS, SAMPLES] = [60, 10];

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const lengthOf = (values: readonly number[]): Length =>
  values.length === 0
    ? { longest: 0, mean: 0 }
    : { longest: values.reduce((a, b) => Math.max(a, b), 0), mean: sum(values) / values.length };
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? 0;
const least = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b), Infinity);

export class TextCounter {
  readonly #tasks: Tasks;
  readonly #count: Count;
  readonly #context: number;
  readonly #read = new Map<string, number>();
  readonly #answers = new Map<string, { readonly longest: number; readonly total: number; readonly count: number }>();
  readonly #views = new Map<string, number>();
  readonly #choosing = new Map<string, number>();
  #pool: { readonly demonstration: Length; readonly answer: Length } | null = null;

  constructor(tasks: Tasks, count: Count, context: number) {
    this.#tasks = tasks;
    this.#count = count;
    this.#context = context;
  }

  get graded(): boolean {
    return this.#tasks.task.graded;
  }

  /** The texts of a run. */
  count(run: Wanted): CountedTexts {
    const context = this.#context;
    const stock = this.#tasks.stock(run);
    const view = this.#view(stock, run);
    const own = run.promptSource === 'own' && roundsOf(run) > 0;
    const answering = (asked: Question): number => view + this.#tokens(asked) + run.maxTokens;
    const held = (asked: Question): number => this.#tokens(asked) + (this.graded ? run.maxTokens : this.#offered(asked).longest);
    const fits = { prompt: (asked: Question) => answering(asked) <= context, held: (asked: Question) => held(asked) <= context };
    const counts = countsOf(run.questions, this.graded);
    const all = draw(stock, own || roundsOf(run) === 0 ? 0 : run.prompts, counts, fits);

    const shots = {
      oneShot: this.#view(stock, SETTINGS.oneShot),
      fewShot: this.#view(stock, SETTINGS.fewShot),
    };
    const usual = median(all.test.map(held));
    const leftOut = (['oneShot', 'fewShot'] as const)
      .map((what) => ({ what, needs: shots[what] + usual, has: context }))
      .filter(({ needs, has }) => all.test.length > 0 && needs > has);
    const asked = (['oneShot', 'fewShot'] as const).filter((name) => !leftOut.some(({ what }) => what === name));
    const most = Math.max(0, ...asked.map((name) => shots[name]));
    const within = all.test.filter((question) => most + held(question) <= context);
    const inContext = within.length === all.test.length && all.inContext === undefined ? undefined : within.slice(0, counts.inContext);
    const { inContext: _, ...sets } = all;
    const drawn: Drawn = { ...sets, ...(inContext === undefined ? {} : { inContext }), ...(leftOut.length === 0 ? {} : { leftOut }) };
    const shown = inContext ?? all.test;

    const heldOut = [...stock.validation, ...stock.test, ...(stock.outOfDistribution ?? [])];
    const lengths = this.#lengths(stock, own ? this.#ownTokens(stock) : null, drawn);
    const answered = (run.measures === 'all' ? Math.max(view, shots.oneShot) : view) + lengths.question.longest + run.maxTokens;
    const longest = Math.max(
      answered,
      ...[...all.validation, ...all.test, ...(all.outOfDistribution ?? [])].map(held),
      ...shown.map((question) => most + held(question)),
    );
    return {
      drawn,
      lengths,
      longest,
      answered: this.graded ? longest : Math.max(answered, own ? this.#asking() + WRITES : 0),
      scored: this.#scored(
        drawn,
        asked.map((name) => shots[name]),
        run,
        lengths.answer.mean,
      ),
      counts: {
        validation: drawn.validation.length,
        test: drawn.test.length,
        inContext: asked.length === 0 ? 0 : shown.length,
        outOfDistribution: drawn.outOfDistribution?.length ?? 0,
      },
      leftOut,
      skipped: {
        prompts: own ? 0 : stock.prompts.filter((question) => !fits.prompt(question)).length,
        questions: heldOut.filter((question) => !fits.held(question)).length,
      },
      shortages: this.#shortages(run, { stock, drawn, view, answering, held, own, leftOut }),
    };
  }

  #shortages(
    run: Wanted,
    {
      stock,
      drawn,
      view,
      answering,
      held,
      own,
      leftOut,
    }: {
      readonly stock: Stock;
      readonly drawn: Drawn;
      readonly view: number;
      readonly answering: (asked: Question) => number;
      readonly held: (asked: Question) => number;
      readonly own: boolean;
      readonly leftOut: readonly LeftOut[];
    },
  ): readonly Shortage[] {
    const found: Shortage[] = [];
    const context = this.#context;
    const tooLong = (needs: number): void => void (needs > context && found.push({ what: 'context', needs, has: context }));
    const rounds = roundsOf(run);
    if (own) {
      tooLong(view + this.#ownTokens(stock) + run.maxTokens);
      tooLong(this.#asking() + WRITES);
    } else if (rounds > 0) {
      const { length: there } = stock.prompts;
      if (there < run.prompts) found.push({ what: 'prompts', needs: run.prompts, has: there });
      if (drawn.prompts.length < Math.min(run.prompts, there))
        tooLong(stock.prompts.map(answering).toSorted((a, b) => a - b)[Math.min(run.prompts, there) - 1] ?? 0);
    }
    if (rounds > run.prompts) found.push({ what: 'rounds', needs: rounds, has: run.prompts });
    for (const [set, there] of [
      [drawn.validation, stock.validation],
      [drawn.test, stock.test],
    ] as const)
      if (set.length === 0) tooLong(least(there.map(held)));
    if (roundsOf(run) === 0) for (const { what, needs } of leftOut) if (what === 'fewShot') tooLong(needs);
    if (run.measures === 'all') {
      for (const { what, needs } of leftOut) if (what === 'oneShot') tooLong(needs);
      const some = drawn.test.slice(0, EXTRAS);
      tooLong(lengthOf(some.map((question) => this.#choices(question))).longest);
      tooLong(this.#view(stock, SETTINGS.oneShot) + lengthOf(some.map((question) => this.#tokens(question))).longest + 1);
    }
    return found;
  }

  #scored(
    { validation, test, inContext, outOfDistribution }: Drawn,
    shots: readonly number[],
    { measures, maxTokens }: Wanted,
    answer: number,
  ): CountedTexts['scored'] {
    const written = this.graded ? Math.min(answer, maxTokens) : 0;
    const read = (asked: readonly Question[], view = 0): number =>
      sum(
        asked.map((question) => {
          if (this.graded) return view + this.#tokens(question);
          const { total, count } = this.#offered(question);
          return count * (view + this.#tokens(question)) + total;
        }),
      );
    const shown = inContext ?? test;
    const zero = [...validation, ...test, ...(outOfDistribution ?? [])];
    const some = measures === 'all' ? test.slice(0, EXTRAS) : [];
    const extras = read(some) + sum(some.map((question) => SAMPLES * this.#tokens(question) + 4 * this.#choices(question)));
    return {
      read: read(zero) + sum(shots.map((view) => read(shown, view))) + extras,
      written: (zero.length + shots.length * shown.length) * written + some.length * SAMPLES * Math.min(answer, maxTokens),
    };
  }

  #lengths(stock: Stock, own: number | null, { prompts, test }: Drawn): Lengths {
    const { pool, principles } = this.#tasks.task;
    this.#pool ??= {
      demonstration: lengthOf(pool.map(({ text }) => this.#count.prompt(text))),
      answer: lengthOf(pool.map(({ answer }) => this.#count.answer(answer))),
    };
    const rules = principles === '' ? 0 : this.#view(stock, { demonstrations: 0, principles: true });
    const asked = (prompts.length > 0 ? prompts : test).map((question) => this.#tokens(question));
    return {
      ...this.#pool,
      principles: { longest: rules, mean: rules },
      question: own === null ? lengthOf(asked) : { longest: own, mean: own },
    };
  }

  /** Tokens of a question's prompt. */
  #tokens({ prompt }: Question): number {
    return remembered(this.#read, prompt, () => this.#count.prompt(prompt));
  }

  /** Tokens of the answers that a question offers. */
  #offered(asked: Question): { readonly longest: number; readonly total: number; readonly count: number } {
    return remembered(this.#answers, asked.id, () => {
      const tokens = this.#tasks.task.candidates(asked).map(({ text }) => this.#count.answer(text));
      return { longest: lengthOf(tokens).longest, total: sum(tokens), count: tokens.length };
    });
  }

  /** Tokens of a question that offers two answers, with the longer one after it; 0 where there is no choice. */
  #choices(asked: Question): number {
    return remembered(this.#choosing, asked.id, () => {
      const { task } = this.#tasks;
      const candidates = task.candidates(asked);
      const [right, wrong] = [candidates.find(({ aligned }) => aligned), candidates.find(({ aligned }) => !aligned)];
      if (right === undefined || wrong === undefined) return 0;
      return this.#count.prompt(task.choosing(asked, right, wrong)) + JOINT + this.#offered(asked).longest;
    });
  }

  /** Tokens that stand before a question at most: principles, and the longest demonstrations. */
  #view(
    { prompts, test }: Stock,
    {
      demonstrations,
      principles,
      thoughts = false,
    }: { readonly demonstrations: number; readonly principles: boolean; readonly thoughts?: boolean },
  ): number {
    if (demonstrations === 0 && !principles) return 0;
    return remembered(this.#views, `${demonstrations} ${principles} ${thoughts}`, () => {
      const { task } = this.#tasks;
      const asked = prompts[0] ?? test[0];
      if (asked === undefined) return 0;
      const textOf = (shown: (typeof task.pool)[number]): string => (thoughts ? shown.thoughtText : shown.text);
      const tokens = new Map(task.pool.map((shown) => [shown, this.#count.prompt(textOf(shown))]));
      const longest = task.pool.toSorted((a, b) => (tokens.get(b) ?? 0) - (tokens.get(a) ?? 0)).slice(0, demonstrations);
      const whole = this.#count.prompt(task.context(asked, { demonstrations: longest, principles, thoughts }));
      return Math.max(0, whole - this.#tokens(asked)) + JOINT * (demonstrations + 1);
    });
  }

  /** Tokens of a prompt of the model's own, at most. */
  #ownTokens({ prompts, test }: Stock): number {
    return REREADS + least([...prompts, ...test].map((question) => this.#tokens(question)));
  }

  /** Tokens of the longest text that asks the model for a prompt of its own. */
  #asking(): number {
    return remembered(this.#views, 'asking', () => {
      const { task } = this.#tasks;
      const shown = task.pool.toSorted((a, b) => b.text.length - a.text.length).slice(0, 3);
      return lengthOf(task.openings.map((opening) => this.#count.prompt(task.asking(opening, shown)))).longest + JOINT * (shown.length + 1);
    });
  }
}

function remembered<T>(known: Map<string, T>, key: string, make: () => T): T {
  const before = known.get(key);
  if (before !== undefined) return before;
  const made = make();
  known.set(key, made);
  return made;
}
