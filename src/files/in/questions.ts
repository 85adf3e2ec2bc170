/** What a kit asks, wherever its questions come from: prompts to learn from, and held-out questions with answers to choose from. */

export type KitPrompt = { readonly id: string; readonly topic: string; readonly prompt: string };

export type KitQuestion = KitPrompt & {
  readonly form: 'two-choice' | 'multiple-choice';
  readonly choices: readonly string[];
  /** Positions in `choices`, rising. */
  readonly correct: readonly number[];
  readonly why: string;
};
