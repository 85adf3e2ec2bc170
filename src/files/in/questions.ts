/** The rows of a kit, wherever they come from: prompts to learn from, held-out questions with answers to choose from, and demonstrations. */

export type KitPrompt = { readonly id: string; readonly topic: string; readonly prompt: string };

export type KitQuestion = KitPrompt & {
  readonly form: 'two-choice' | 'multiple-choice';
  readonly choices: readonly string[];
  /** Positions in `choices`, rising. */
  readonly correct: readonly number[];
  readonly why: string;
  /** Position of the one best answer, where the file names it: TruthfulQA's MC1 sets it against all that are wrong. */
  readonly best?: number;
};

export type KitDemonstration = {
  readonly id: string;
  readonly topic: string;
  readonly kind: 'helpful' | 'honest' | 'harmless';
  readonly polarity: 'positive' | 'negative';
  readonly twin: string | null;
  readonly prompt: string;
  readonly thought: string;
  readonly answer: string;
};
