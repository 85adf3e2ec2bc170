/**
 * Tokens of a task's texts as a model reads them, each counted once: questions, the answers that they offer, and what is shown before them.
 * Bounds from above where tokens at a seam depend on both sides. Knows no run and no context length.
 */
import type { Question } from '../../contracts/task.ts';
import type { Stock } from '../../evals/draw.ts';
import type { Tasks } from '../tasks.ts';

/** Tokens of a text as the model reads it; Infinity for one that is too long to be read at all. */
export type Count = { readonly prompt: (text: string) => number; readonly answer: (text: string) => number };

export type Length = { readonly longest: number; readonly mean: number };
/** Tokens of the answers that a question offers. */
type Offered = { readonly longest: number; readonly total: number; readonly count: number };

/** Where two turns meet, a tokenizer may cut otherwise than in each alone. */
const JOINT = 2;
/** What a prompt of the model's own may be when it is read again: three tokens for a byte that is no letter. */
const REREADS = 96;

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
export const least = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b), Infinity);
export const lengthOf = (values: readonly number[]): Length =>
  values.length === 0
    ? { longest: 0, mean: 0 }
    : { longest: values.reduce((a, b) => Math.max(a, b), 0), mean: sum(values) / values.length };

export class TokenCounts {
  readonly #task: Tasks['task'];
  readonly #count: Count;
  readonly #read = new Map<string, number>();
  readonly #answers = new Map<string, Offered>();
  readonly #views = new Map<string, number>();
  readonly #choosing = new Map<string, number>();
  #pool: { readonly demonstration: Length; readonly answer: Length } | null = null;

  constructor(task: Tasks['task'], count: Count) {
    this.#task = task;
    this.#count = count;
  }

  /** Of the task's demonstrations and their answers. */
  get pool(): { readonly demonstration: Length; readonly answer: Length } {
    const { pool } = this.#task;
    return (this.#pool ??= {
      demonstration: lengthOf(pool.map(({ text }) => this.#count.prompt(text))),
      answer: lengthOf(pool.map(({ answer }) => this.#count.answer(answer))),
    });
  }

  /** Of a question's prompt. */
  question({ prompt }: Question): number {
    return remembered(this.#read, prompt, () => this.#count.prompt(prompt));
  }

  /** Of the answers that a question offers. */
  offered(asked: Question): Offered {
    return remembered(this.#answers, asked.id, () => {
      const tokens = this.#task.candidates(asked).map(({ text }) => this.#count.answer(text));
      return { longest: lengthOf(tokens).longest, total: sum(tokens), count: tokens.length };
    });
  }

  /** Of a question that offers two answers, with the longer one after it; 0 where there is no choice. */
  choice(asked: Question): number {
    return remembered(this.#choosing, asked.id, () => {
      const candidates = this.#task.candidates(asked);
      const [right, wrong] = [candidates.find(({ aligned }) => aligned), candidates.find(({ aligned }) => !aligned)];
      if (right === undefined || wrong === undefined) return 0;
      return this.#count.prompt(this.#task.choosing(asked, right, wrong)) + JOINT + this.offered(asked).longest;
    });
  }

  /** Of what stands before a question at most: principles, and the longest demonstrations. */
  view(
    { prompts, test }: Stock,
    {
      demonstrations,
      principles,
      thoughts = false,
    }: { readonly demonstrations: number; readonly principles: boolean; readonly thoughts?: boolean },
  ): number {
    if (demonstrations === 0 && !principles) return 0;
    return remembered(this.#views, `${demonstrations} ${principles} ${thoughts}`, () => {
      const task = this.#task;
      const asked = prompts[0] ?? test[0];
      if (asked === undefined) return 0;
      const textOf = (shown: (typeof task.pool)[number]): string => (thoughts ? shown.thoughtText : shown.text);
      const tokens = new Map(task.pool.map((shown) => [shown, this.#count.prompt(textOf(shown))]));
      const longest = task.pool.toSorted((a, b) => (tokens.get(b) ?? 0) - (tokens.get(a) ?? 0)).slice(0, demonstrations);
      const whole = this.#count.prompt(task.context(asked, { demonstrations: longest, principles, thoughts }));
      return Math.max(0, whole - this.question(asked)) + JOINT * (demonstrations + 1);
    });
  }

  /** Of what all these prompts begin with, at least. */
  beginning(prompts: readonly string[]): number {
    const [first, ...others] = prompts;
    if (first === undefined || others.length === 0) return 0;
    const length = others.reduce((most, other) => alike(first, other, most), first.length);
    return Math.max(0, this.#count.prompt(first.slice(0, length)) - JOINT);
  }

  /** Of a prompt of the model's own, at most. */
  own({ prompts, test }: Stock): number {
    return REREADS + least([...prompts, ...test].map((question) => this.question(question)));
  }

  /** Of the longest text that asks the model for a prompt of its own. */
  get asking(): number {
    return remembered(this.#views, 'asking', () => {
      const task = this.#task;
      const shown = task.pool.toSorted((a, b) => b.text.length - a.text.length).slice(0, 3);
      return lengthOf(task.openings.map((opening) => this.#count.prompt(task.asking(opening, shown)))).longest + JOINT * (shown.length + 1);
    });
  }
}

/** How many characters two texts begin with alike, up to so many. */
function alike(a: string, b: string, most: number): number {
  let at = 0;
  while (at < most && a[at] === b[at]) at++;
  return at;
}

function remembered<T>(known: Map<string, T>, key: string, make: () => T): T {
  const before = known.get(key);
  if (before !== undefined) return before;
  const made = make();
  known.set(key, made);
  return made;
}
