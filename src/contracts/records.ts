/**
 * What a run leaves behind, piece by piece: an answer with its provenance, what is measured of a model, and a round. Plain data, stored and
 * sent as it is. Knows no option and no worker.
 */
import type { Marks } from '../marks.ts';

/** What became of an answer: `kept`, or the name of the filter that dropped it (align/filters). */
export type Verdict = string;

/** One answer that the model gave itself to learn from: its whole provenance. */
export type Sample = {
  readonly run: string;
  readonly round: number;
  /** Position among the round's prompts, from 0. */
  readonly index: number;
  readonly promptId: string;
  readonly kind: string;
  readonly question: string;
  readonly demonstrationIds: readonly string[];
  /** The whole text that the model read: principles, demonstrations, question. */
  readonly context: string;
  readonly completion: string;
  readonly pieces: readonly string[];
  readonly logProbs: readonly number[];
  /** exp of the mean negative log-likelihood, by the model that answered, with the demonstrations in view. */
  readonly perplexity: number;
  /** How hard M_0 finds the prompt, by which SOFT+ sorted: the perplexity of its draft, unless the run says otherwise; null where it was not asked for. */
  readonly difficulty: number | null;
  /** Share of the answers to this prompt that say the same, this one among them; absent where it was asked once. */
  readonly agreement?: number;
  readonly verdict: Verdict;
  /** What the world says: is the answer aligned? Null where nobody can tell. Never used for training, only for measuring. */
  readonly aligned: boolean | null;
  /** Place in the training order of the round, from 0; null when dropped or not yet ordered. */
  readonly order: number | null;
  readonly seed: string;
};

/** Shares between 0 and 1; null where the demonstrations do not fit into what the model reads. */
export type Scores = {
  readonly zeroShot: number;
  readonly oneShot: number | null;
  readonly fewShot: number | null;
  /** Zero-shot with answers sampled at temperature 1; null where nobody can grade them, absent in what was stored before it was taken. */
  readonly sampled?: number | null;
};

/** A measurement that does not fit, in tokens: what it needs, and what the model reads. */
export type LeftOut = { readonly what: 'oneShot' | 'fewShot'; readonly needs: number; readonly has: number };

/** What `measures: all` adds, zero-shot on a part of the test questions: a number for each measure (evals/measures); null where it cannot be told. */
export type Extras = Readonly<Record<string, number | null>>;

export type { Marks };

/** The marks behind the shares, so that two models can be compared question by question. */
type MarkSets = {
  readonly validation: Marks;
  /** Of the test questions; with demonstrations in view only a part of them may have been asked, or none. */
  readonly zeroShot: Marks;
  readonly oneShot: Marks | null;
  readonly fewShot: Marks | null;
  readonly outOfDistribution: Marks | null;
  /** Absent in what was stored before it was taken. */
  readonly sampled?: Marks | null;
};

/** What is measured of a model: round 0 is the base. */
export type Measured = {
  readonly scores: Scores;
  readonly validation: number;
  /** Zero-shot share for each question kind. */
  readonly byKind: Readonly<Record<string, number>>;
  /** Zero-shot share on test items in held-out wordings and on held-out things, half each; null where nothing was held out so. */
  readonly outOfDistribution: number | null;
  readonly extras: Extras | null;
  /** Why a score is null; absent where all were measured. */
  readonly leftOut?: readonly LeftOut[];
  /** Absent in what was stored before marks were kept. */
  readonly marks?: MarkSets;
};

export type RoundResult = Scores &
  Omit<Measured, 'scores'> & {
    readonly round: number;
    readonly prompts: number;
    readonly kept: number;
    /** Share of aligned answers among all that were made; null where nobody can grade them. */
    readonly labelQuality: number | null;
    /**
     * Of the ordinary test questions that the base answered right, the share that this round's model still does; null where there are none,
     * absent in what was stored before it was taken.
     */
    readonly retained?: number | null;
    /**
     * How unsure whoever answered was: the logarithm of an answer's perplexity, with demonstrations in view, on average over all that were made;
     * absent in what was stored before it was taken.
     */
    readonly surprise?: number;
    readonly trainLoss: readonly number[];
  };

/** A choice as a model holds it: its log-likelihood, summed over its tokens (natural log), and how many they are. */
export type RatedChoice = { readonly logLikelihood: number; readonly tokens: number };

/** What a model said to a held-out question, zero-shot and greedily, or which of the given answers it holds likeliest. */
export type HeldOutAnswer = {
  readonly id: string;
  readonly kind: string;
  readonly question: string;
  readonly text: string;
  /** From 0, wrong, to 1, right; in between where aligned and other choices tie. */
  readonly mark: number;
  /** Every given answer in the order of the task; absent where the model answers freely. */
  readonly choices?: readonly RatedChoice[];
};

/** An answer in a model's own words to a question that nobody grades, greedy. */
export type SaidAnswer = {
  readonly id: string;
  /** The topic of the question. */
  readonly kind: string;
  readonly question: string;
  /** Without a thought before it and without what only says that it is over. */
  readonly text: string;
  readonly tokens: number;
  /** False where it was cut off at the longest that the run allows. */
  readonly ended: boolean;
  /** Does it decline to answer? Null where nobody can tell. */
  readonly declines: boolean | null;
};

/** One set of probe questions, zero-shot: the share that chooses rightly, a mark a question, and MC1 and MC2 where they are told apart. */
export type ProbeScore = { readonly share: number; readonly marks: Marks; readonly mc1?: number; readonly mc2?: number };

/** What a kit's probes say of one model: by set, and in its own words. */
export type Probed = { readonly sets: Readonly<Record<string, ProbeScore>>; readonly said: readonly SaidAnswer[] };

/** The probes of a run, taken once at its end; both are the same model where the base is returned. */
export type Probes = { readonly base: Probed; readonly returned: Probed };

/** All answers of one model to V and E, each set in the order in which it was asked. */
export type HeldOutAnswers = { readonly validation: readonly HeldOutAnswer[]; readonly test: readonly HeldOutAnswer[] };
