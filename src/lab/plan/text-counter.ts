/**
 * What of a task fits into the tokens that a model reads, and what the texts of a run measure: every prompt, question and answer that a run
 * with these options asks is counted, so that nothing is found to be too long after the start. Pure but for what it remembers; knows no
 * tensor, no device and no page.
 */
import { demonstrate } from '../../align/demonstrations.ts';
import { draw, type Drawn, type Stock } from '../../evals/draw.ts';
import { promptIn, SETTINGS, type SettingName } from '../../evals/generation.ts';
import { MOST_SAMPLED } from '../../evals/sampled.ts';
import type { Question } from '../../contracts/task.ts';
import { WORTH_SHARING } from '../../model/cost.ts';
import { countsOf, type Counts } from '../../settings/counts.ts';
import type { Shortage } from '../../protocol/models.ts';
import type { LeftOut } from '../../contracts/records.ts';
import type { RunConfig } from '../../run/config.ts';
import { roundsOf } from '../../run/recipe.ts';
import type { Tasks } from '../tasks.ts';
import { least, lengthOf, sum, TokenCounts, type Count, type Length } from './token-counts.ts';

/** Tokens of a question alone, of a demonstration, of the principles, and of an answer in the pool. */
type Lengths = Readonly<Record<'question' | 'demonstration' | 'principles' | 'answer', Length>>;

/** A run's texts, drawn and counted. */
export type CountedTexts = {
  readonly drawn: Drawn;
  readonly lengths: Lengths;
  /** Tokens of the longest text that is read in one piece, an answer of the longest kind included. */
  readonly longest: number;
  /**
   * Tokens that the cache of keys and values holds: those of what all prompts of a round begin with, and of the longest prompt that is answered
   * beyond them, with its answer.
   */
  readonly answered: { readonly shared: number; readonly own: number };
  /** Tokens that all prompts of a round begin with, and that are read once for all of them. */
  readonly beginning: number;
  /**
   * Tokens that are read, and written, to measure the model once: `asked` counts what stands before each answer that is offered, `read` what
   * answers share once, as scoring reads it.
   */
  readonly scored: { readonly asked: number; readonly read: number; readonly written: number };
  /** The same for the probes of one model, which are asked once at the end. */
  readonly probed: { readonly read: number; readonly written: number };
  /** How many held-out questions are asked. */
  readonly counts: Counts;
  readonly leftOut: readonly LeftOut[];
  /** Prompts and held-out questions that are too long for this model, and how many there are. */
  readonly skipped: { readonly prompts: number; readonly questions: number };
  /** What the task or the context cannot give. */
  readonly shortages: readonly Shortage[];
};

/** Tokens that a model has for a prompt of its own. */
const WRITES = 32;
/** Prompts that are written out to see what all begin with. */
const WRITTEN_OUT = 8;
/** Questions and samples of each that `measures: all` takes; src/evals/assess.ts and src/evals/measures/evidence.ts. */
const [EXTRAS, SAMPLES] = [60, 10];

/** A beginning that is not worth a pass of its own is read, and held, with each prompt. */
const worth = (tokens: number): number => (tokens >= WORTH_SHARING ? tokens : 0);
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? 0;

/** The most that all prompts begin with in any case: what is drawn for each may agree by chance in those that are written out. */
function mustShare({ draw, principles, rulesShown }: RunConfig, rules: number): number {
  if (principles && rulesShown > 0) return 0;
  if (draw === 'fixed' || draw === 'round') return Infinity;
  return principles ? rules : 0;
}

export class TextCounter {
  readonly #tasks: Tasks;
  readonly #tokens: TokenCounts;
  readonly #context: number;
  readonly #beginnings = new Map<string, number>();

  constructor(tasks: Tasks, count: Count, context: number) {
    this.#tasks = tasks;
    this.#tokens = new TokenCounts(tasks.task, count);
    this.#context = context;
  }

  get graded(): boolean {
    return this.#tasks.task.graded;
  }

  /** The texts of a run. */
  count(run: RunConfig): CountedTexts {
    const context = this.#context;
    const stock = this.#tasks.stock(run);
    const view = this.#tokens.view(stock, run);
    const own = run.promptSource === 'own' && roundsOf(run) > 0;
    const answering = (asked: Question): number => view + this.#tokens.question(asked) + run.maxTokens;
    const held = (asked: Question): number =>
      this.#tokens.question(asked) + (this.graded ? run.maxTokens : this.#tokens.offered(asked).longest);
    const free = (asked: Question): number => this.#tokens.question(asked) + run.maxTokens;
    const fits = {
      prompt: (asked: Question) => answering(asked) <= context,
      held: (asked: Question) => held(asked) <= context,
      open: (asked: Question) => free(asked) <= context,
    };
    const counts = countsOf(run.questions, this.graded);
    const all = draw(stock, { ...run, prompts: own || roundsOf(run) === 0 ? 0 : run.prompts }, counts, fits);

    const shots = {
      oneShot: this.#tokens.view(stock, SETTINGS.oneShot),
      fewShot: this.#tokens.view(stock, SETTINGS.fewShot),
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
    const lengths = this.#lengths(stock, own ? this.#tokens.own(stock) : null, drawn);
    const { asked: probed = [], open = [] } = drawn.probes ?? {};
    const beginning = this.#beginning(stock, run);
    const shared = this.graded || run.measures === 'all' ? 0 : worth(Math.min(beginning, mustShare(run, lengths.principles.longest)));
    const answered = Math.max(
      (run.measures === 'all' ? Math.max(view, shots.oneShot) : view) - shared + lengths.question.longest + run.maxTokens,
      ...open.map(free),
    );
    const longest = Math.max(
      shared + answered,
      ...[...all.validation, ...all.test, ...(all.outOfDistribution ?? []), ...probed].map(held),
      ...shown.map((question) => most + held(question)),
    );
    return {
      drawn,
      lengths,
      longest,
      beginning,
      answered: { shared, own: this.graded ? longest : Math.max(answered, own ? this.#tokens.asking + WRITES : 0) },
      scored: this.#scored(
        drawn,
        asked.map((name) => ({ view: shots[name], rules: this.#shown(stock, name, run.seed) })),
        run,
        lengths.answer.mean,
      ),
      probed: {
        read: this.#read(probed, { view: 0, rules: 0, once: true }) + sum(open.map((question) => this.#tokens.question(question))),
        written: open.length * Math.min(lengths.answer.mean, run.maxTokens),
      },
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

  /** Tokens that the prompts of a round begin with, by those that are written out: where a template puts the principles last, hardly any. */
  #beginning(stock: Stock, run: RunConfig): number {
    const { seed, draw, poolSize, demonstrations, principles, rulesShown, thoughts } = run;
    const key = JSON.stringify([seed, draw, poolSize, demonstrations, principles, rulesShown, thoughts]);
    return worth(this.#begins(key, stock, (question) => demonstrate(this.#tasks.task, run, question, 'round 1').context));
  }

  /** The same of questions that are measured with something in view. */
  #shown(stock: Stock, setting: SettingName, seed: number): number {
    return this.#begins(`${setting} ${seed}`, stock, (question) => promptIn(this.#tasks.task, question, setting, seed));
  }

  #begins(key: string, { prompts, test }: Stock, write: (question: Question) => string): number {
    const known = this.#beginnings.get(key);
    if (known !== undefined) return known;
    const all = prompts.length > 1 ? prompts : test;
    const some = Array.from({ length: WRITTEN_OUT }, (_, i) => all[Math.floor((i * all.length) / WRITTEN_OUT)]);
    const found = this.#tokens.beginning([...new Set(some)].flatMap((question) => (question === undefined ? [] : [write(question)])));
    this.#beginnings.set(key, found);
    return found;
  }

  #shortages(
    run: RunConfig,
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
      tooLong(view + this.#tokens.own(stock) + run.maxTokens);
      tooLong(this.#tokens.asking + WRITES);
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
      tooLong(lengthOf(some.map((question) => this.#tokens.choice(question))).longest);
      tooLong(this.#tokens.view(stock, SETTINGS.oneShot) + lengthOf(some.map((question) => this.#tokens.question(question))).longest + 1);
    }
    return found;
  }

  #scored(
    { validation, test, inContext, outOfDistribution }: Drawn,
    shots: readonly { readonly view: number; readonly rules: number }[],
    { measures, maxTokens }: RunConfig,
    answer: number,
  ): CountedTexts['scored'] {
    const written = this.graded ? Math.min(answer, maxTokens) : 0;
    const shown = inContext ?? test;
    const sampled = this.graded ? test.slice(0, MOST_SAMPLED) : [];
    const zero = [...validation, ...test, ...(outOfDistribution ?? []), ...sampled];
    const some = measures === 'all' ? test.slice(0, EXTRAS) : [];
    const extras = sum(some.map((question) => SAMPLES * this.#tokens.question(question) + 4 * this.#tokens.choice(question)));
    const sets = [{ questions: [...zero, ...some], view: 0, rules: 0 }, ...shots.map((shot) => ({ questions: shown, ...shot }))];
    return {
      asked: sum(sets.map(({ questions, view }) => this.#read(questions, { view, rules: 0, once: false }))) + extras,
      read: sum(sets.map((set) => this.#read(set.questions, { ...set, once: true }))) + extras,
      written: (zero.length + shots.length * shown.length) * written + some.length * SAMPLES * Math.min(answer, maxTokens),
    };
  }

  /**
   * Tokens of questions with what stands before them (`view`, of which `rules` are the same before all) and, where they are chosen from, with
   * the answers that they offer, each after a question of its own or all after one.
   */
  #read(
    questions: readonly Question[],
    { view, rules, once }: { readonly view: number; readonly rules: number; readonly once: boolean },
  ): number {
    if (questions.length === 0) return 0;
    if (this.graded) return sum(questions.map((question) => view + this.#tokens.question(question)));
    const own = questions.map((question) => {
      const { total, count } = this.#tokens.offered(question);
      return (once ? 1 : count) * (view - rules + this.#tokens.question(question)) + total;
    });
    return rules + sum(own);
  }

  #lengths(stock: Stock, own: number | null, { prompts, test }: Drawn): Lengths {
    const { principles } = this.#tasks.task;
    const rules = principles === '' ? 0 : this.#tokens.view(stock, { demonstrations: 0, principles: true });
    const asked = (prompts.length > 0 ? prompts : test).map((question) => this.#tokens.question(question));
    return {
      ...this.#tokens.pool,
      principles: { longest: rules, mean: rules },
      question: own === null ? lengthOf(asked) : { longest: own, mean: own },
    };
  }
}
