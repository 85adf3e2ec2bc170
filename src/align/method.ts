/**
 * What a method is: how many rounds it makes, in which order it learns unless a run says otherwise, and what it does in a round. One file a
 * method in methods/, written on primitives/; loop.ts knows everything else. Knows no method.
 */
import type { MethodEvent } from '../contracts/events.ts';
import type { AdapterState, LanguageModel } from '../contracts/language-model.ts';
import type { Ledger } from '../contracts/ledger.ts';
import type { Measured, Probes, RoundResult, Sample } from '../contracts/records.ts';
import type { Question, Task } from '../contracts/task.ts';
import type { QuestionSets } from '../evals/assess.ts';
import type { Settings } from '../settings/settings.ts';
import type { Order } from './difficulty.ts';
import type { FilterSettings } from './filters/judge.ts';

/** All settings of a run but its method. */
type MethodSettings = Settings & FilterSettings;

/** V decides which round is returned; E and O are only reported. */
export type Inputs = QuestionSets & {
  /** Name of the run; written into every sample. */
  readonly run: string;
  readonly config: MethodSettings;
  readonly task: Task;
  /** X: what the model answers and learns from, unless it writes its prompts itself. */
  readonly prompts: readonly Question[];
  readonly model: LanguageModel;
  readonly ledger: Ledger;
};

/** In which order prompts come across the rounds, and pairs within a round. */
export type Orders = { readonly across: Order; readonly within: Order };

/** A round as its method sees it; the model is M_{t-1}. */
export type Round = Inputs & {
  /** t, from 1. */
  readonly round: number;
  /** The prompts of this round, out of all `prompts` of the run. */
  readonly subset: readonly Question[];
  readonly order: Orders;
  /** Perplexity of M_0's draft for a prompt; null where nothing was drafted. */
  readonly hardness: ((question: Question) => number) | null;
  /** Answers of this round that an interrupted run had saved; they are not made again. */
  readonly saved: readonly Sample[];
  /** Measures M_0, once in a run: asked for after the first answers, so that there is something to see early, and before the first step. */
  baseline(): AsyncGenerator<MethodEvent, void>;
};

/** What a round made: its answers with their places in the training order, and the loss of each step. */
type Made = { readonly answers: readonly Sample[]; readonly losses: readonly number[] };

export type Method<Name extends string = string> = {
  /** As it is stored, and named in links and on the command line. */
  readonly name: Name;
  readonly label: string;
  readonly help: string;
  /** The order of learning where a run leaves it to the method. */
  readonly order: Order;
  /** Rounds that it makes; 0 trains nothing. */
  rounds(settings: Pick<Settings, 'rounds' | 'checkpoints'>): number;
  /** Are all prompts answered in the first round? Else they are dealt out to the rounds. */
  readonly atOnce?: true;
  /** Are prompts answered with nothing before them, and all answers kept that have a word? */
  readonly bare?: true;
  /** Is the model held to what a teacher says with demonstrations in view, instead of learning its answers by heart? */
  readonly taught?: true;
  /** Turns M_{t-1} into M_t. Ending the iteration early keeps what was saved. */
  round(round: Round): AsyncGenerator<MethodEvent, Made>;
};

export function defineMethod<const Name extends string>(method: Method<Name>): Method<Name> {
  return method;
}

export type Outcome = {
  readonly base: Measured;
  readonly rounds: readonly RoundResult[];
  /** 0 is the base model M_0. */
  readonly bestRound: number;
  /** Weights of the best round; null for the base model. */
  readonly adapter: AdapterState | null;
  /** Of the base and of the best round; null where the task has no probes. */
  readonly probes: Probes | null;
};
