/**
 * What the method asks of the store: samples are written as they are made, a round is committed as a whole.
 * Knows no database; IndexedDB implements it in src/store, a plain object in tests.
 */
import type { HeldOutAnswers, Measured, RoundResult, Sample } from './records.ts';
import type { AdapterState } from './language-model.ts';

/** All that was saved of one run. */
export type Saved = {
  readonly base: Measured | null;
  /** The texts of all prompts, given ones or those that the model wrote itself; null before that. */
  readonly prompts: readonly string[] | null;
  /** Difficulty of each prompt by id, measured once for the global easy-to-hard order; null before that. */
  readonly difficulty: Readonly<Record<string, number>> | null;
  /** Committed rounds, in order. */
  readonly rounds: readonly RoundResult[];
  /** Samples of the round after the last committed one, by index; those already there need not be made again. */
  readonly samples: readonly Sample[];
  /** Weights of the last committed round. */
  readonly adapter: AdapterState | null;
};

export interface Ledger {
  load(): Promise<Saved>;
  /** Keeps what was measured of M_0 and its answers, in one transaction. */
  putBase(base: Measured, heldOut: HeldOutAnswers): Promise<void>;
  /** Keeps the texts of all prompts, so that a resumed run goes on with the same or not at all. */
  putPrompts(prompts: readonly string[]): Promise<void>;
  putDifficulty(difficulty: Readonly<Record<string, number>>): Promise<void>;
  /** The answers of a committed round, by index. */
  answers(round: number): Promise<readonly Sample[]>;
  /** Writes or overwrites samples by (run, round, index). */
  putSamples(samples: readonly Sample[]): Promise<void>;
  /** Makes a round permanent: its adapter, its result and the answers that it was measured by, in one transaction. */
  commitRound(result: RoundResult, adapter: AdapterState, heldOut: HeldOutAnswers): Promise<void>;
  /** Weights of a committed round. */
  adapter(round: number): Promise<AdapterState>;
}
