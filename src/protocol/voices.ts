/** How a bundled model answers each kind of question, cold and with one demonstration in view, as it crosses a worker. Plain data. */
import type { Answer } from './lm.ts';

/** Shares of aligned answers by kind, 0 to 1. */
export type KindShares = Readonly<Record<string, number>>;
export type Voices = { readonly cold: KindShares; readonly shown: KindShares };

export interface VoicesWorker {
  /** Of the base model, round 0, or of a round of a stored run. Errors: MODEL_OTHER where the open model has no world. */
  voices(asked: { readonly run: string; readonly round: number }): Promise<Answer<Voices>>;
}
