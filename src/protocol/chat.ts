/** The chat as it crosses a worker: a question with what was said before, and its answer while it is made. Plain data. Knows no model. */
import type { Failure } from '../errors.ts';
import type { Answer } from './lm.ts';

/** What was asked and answered before. */
export type ChatTurn = { readonly question: string; readonly answer: string };

/** A question to one of the models. A bundled model reads the question alone. */
export type ChatQuestion = {
  readonly run: string;
  /** 0 is the base model, -1 the adapter that was loaded. */
  readonly round: number;
  /** What the model is told first; empty for nothing. */
  readonly system: string;
  /** Oldest first. */
  readonly earlier: readonly ChatTurn[];
  readonly question: string;
  /** 0 takes the likeliest token each time, any other number names the random stream that tokens are drawn from. */
  readonly seed: number;
};

/** A token with the text that it adds and its natural log-probability, at temperature 1; `ends` where it is what ends an answer. */
export type ChatToken = { readonly id: number; readonly text: string; readonly logProb: number; readonly ends: boolean };

export type ChatEvent =
  /**
   * Before anything is read: so many tokens, of `context` that the model reads at most; `known` of them were read before, and `left` earlier
   * turns did not fit.
   */
  | { readonly type: 'reading'; readonly tokens: number; readonly known: number; readonly context: number; readonly left: number }
  /** So many of the tokens until now are a thought, as far as can be said. */
  | { readonly type: 'token'; readonly token: ChatToken; readonly hides: number }
  /** The last event; the answer is the text of the tokens from `hides` to before `keeps`: before them it thought, what is after them ended it. */
  | {
      readonly type: 'answered';
      readonly text: string;
      readonly hides: number;
      readonly keeps: number;
      readonly finish: 'stop' | 'length' | 'context';
    }
  | { readonly type: 'failed'; readonly failure: Failure };

/** How an answer is drawn where the likeliest one is not asked for. */
export const DRAWN = { temperature: 0.7, topP: 0.95 } as const;
/** Nearest other tokens that are told of each token. */
export const NEAREST = 5;

export interface ChatWorker {
  /** Answers one question; cancelling the stream ends the answer. */
  chat(question: ChatQuestion): Promise<ReadableStream<ChatEvent>>;
  /** The likeliest tokens at each place of an answer to the question, the likeliest first; it may take as long as reading both. */
  nearest(question: ChatQuestion, answer: readonly number[]): Promise<Answer<readonly (readonly ChatToken[])[]>>;
}
