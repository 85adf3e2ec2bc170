/**
 * A language model without tensors, a task and an in-memory ledger, for testing the method in milliseconds.
 * The scripted model "knows" an answer with a skill that training on good answers raises; everything it does is recorded.
 */
import type {
  AdapterState,
  Completion,
  DistillOptions,
  FinetuneOptions,
  GenerateOptions,
  GenerateRequest,
  LanguageModel,
  StepReport,
  TaughtRow,
  TopTokens,
  TrainingRow,
} from '../../src/contracts/language-model.ts';
import type { Demonstration, Question, Task } from '../../src/contracts/task.ts';
import { Random } from '../../src/random.ts';
import { sha256 } from '../../src/digest.ts';

export const question = (n: number, set: string): Question => ({
  id: `${set}-${n}`,
  kind: n % 2 === 0 ? 'even' : 'odd',
  text: `Which number is ${set} ${n}?`,
  prompt: `User: Which number is ${set} ${n}?\nBot:`,
});

export const questions = (count: number, set: string): readonly Question[] => Array.from({ length: count }, (_, n) => question(n, set));

export const pool: readonly Demonstration[] = Array.from({ length: 12 }, (_, n) => ({
  id: `demo-${n}`,
  question: `Which number is pool ${n}?`,
  answer: `It is pool ${n}.`,
  text: `User: Which number is pool ${n}?\nBot: It is pool ${n}.\n`,
  thoughtText: `User: Which number is pool ${n}?\nBot: (I count.) It is pool ${n}.\n`,
}));

/** The right answer to a prompt. */
export const rightFor = (prompt: string) => ` It is ${/is (\w+ \d+)\?\nBot:$/.exec(prompt)?.[1] ?? 'lost'}.\n`;

export const task: Task = {
  graded: true,
  principles: 'Rules: Be right.\n',
  pool,
  stop: '\n',
  context: ({ prompt }, { demonstrations, principles, thoughts = false }) => {
    const turns = demonstrations.map(({ text, thoughtText }) => (thoughts ? thoughtText : text));
    return (principles === true ? task.principles : principles || '') + turns.join('') + prompt;
  },
  aligned: ({ prompt }, completion) => task.withoutThought(completion) === rightFor(prompt),
  gold: ({ prompt }) => rightFor(prompt),
  withoutThought: (completion) => completion.replace(/^ \(.*?\)/, ''),
  said: (completion) => task.withoutThought(completion),
  candidates: ({ prompt }) => [
    { text: ' Who cares.\n', aligned: false },
    { text: rightFor(prompt), aligned: true },
    { text: ' It is nothing.\n', aligned: false },
  ],
  choosing: ({ text }, first, second) => `User: ${text} Choose:${first.text.trimEnd()} Or:${second.text.trimEnd()}\nBot:`,
  ordinary: ({ kind }) => kind === 'even',
  refuses: (completion) => completion === ' Who cares.\n',
  openings: ['Which number is own', 'Which number is new'],
  asking: (opening, shown) => `${shown.map(({ text }) => text).join('')}User: ${opening}`,
  written: (opening, completion) => `${opening}${completion}`.trim(),
  own: (text) => {
    const [, set, n] = /^Which number is (own|new) (\d+)\?$/.exec(text) ?? [];
    return set === undefined ? null : question(Number(n), set);
  },
};

type Behaviour = {
  /** The completion of a wrong answer. */
  readonly wrong?: (prompt: string) => { readonly text: string; readonly finish: 'stop' | 'length' };
  /** Log-probability of each of the two pieces. */
  readonly logProb?: (prompt: string) => number;
  /** What a fine-tuning, the first, the second and so on, does to the skill. */
  readonly learn?: (skill: number, rows: readonly TrainingRow[], time: number) => number;
};

/** Skill 0..1 is the chance of a good answer without demonstrations; each demonstration adds 0.1. */
export class ScriptedModel implements LanguageModel {
  skill = 0.3;
  readonly generated: { readonly prompt: string; readonly seed: string; readonly skill: number; readonly temperature: number }[] = [];
  readonly trained: { readonly rows: readonly TrainingRow[]; readonly options: FinetuneOptions; readonly from: number }[] = [];
  /** Texts of which it was asked what is likely, and its skill then. */
  readonly explained: (TrainingRow & { readonly skill: number })[] = [];
  /** The skill at each restart. */
  readonly restarts: number[] = [];

  readonly #behaviour: Behaviour;

  constructor(behaviour: Behaviour = {}) {
    this.#behaviour = behaviour;
  }

  async *generate(requests: readonly GenerateRequest[], { temperature }: GenerateOptions): AsyncGenerator<Completion> {
    // Backwards: completions arrive in the order in which they finish, not in the order asked.
    for (const [index, { prompt, seed }] of [...requests.entries()].toReversed()) {
      this.generated.push({ prompt, seed, skill: this.skill, temperature });
      const shown = prompt.split('User:').length - 2;
      const right = Random.of(seed, prompt).next() < this.skill + 0.1 * shown;
      const wrong = this.#behaviour.wrong?.(prompt) ?? { text: ' Who cares.\n', finish: 'stop' as const };
      const { text, finish } = right ? { text: rightFor(prompt), finish: 'stop' as const } : wrong;
      const logProb = this.#behaviour.logProb?.(prompt) ?? -0.5;
      yield { index, text, pieces: [text.slice(0, 2), text.slice(2)], logProbs: [logProb, logProb], finish };
    }
  }

  async score(rows: readonly TrainingRow[]) {
    return rows.map(() => ({ nll: 1, tokens: 2 }));
  }

  /** Says how able it is, and of which text. */
  async likeliest(rows: readonly TrainingRow[], k: number): Promise<readonly TopTokens[]> {
    this.explained.push(...rows.map((row) => ({ ...row, skill: this.skill })));
    return rows.map(({ prompt }) => ({ k, ids: Int32Array.of(prompt.length), logProbs: Float32Array.of(this.skill) }));
  }

  distill(rows: readonly TaughtRow[], options: DistillOptions): AsyncGenerator<StepReport> {
    return this.finetune(rows, options);
  }

  async *finetune(rows: readonly TrainingRow[], options: FinetuneOptions): AsyncGenerator<StepReport> {
    this.trained.push({ rows, options, from: this.skill });
    const steps = Math.ceil(rows.length / options.batchSize);
    const learn = this.#behaviour.learn ?? ((skill) => Math.min(1, skill + 0.2));
    const target = learn(this.skill, rows, this.trained.length);
    const start = this.skill;
    for (let step = 1; step <= steps; step++) {
      this.skill = start + ((target - start) * step) / steps;
      yield { step, steps, loss: 1 - this.skill, gradientNorm: 1, learningRate: options.learningRate };
    }
  }

  async restart(): Promise<void> {
    this.restarts.push(this.skill);
  }

  async snapshot(): Promise<AdapterState> {
    const bytes = new TextEncoder().encode(String(this.skill));
    return { bytes, hash: await sha256(bytes) };
  }

  async restore(state: AdapterState | null): Promise<void> {
    this.skill = state === null ? 0.3 : Number(new TextDecoder().decode(state.bytes));
  }
}
