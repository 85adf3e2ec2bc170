/**
 * Every reason to drop an answer before training on it, in order, each a pure function of text. They need no label: whether an
 * answer is aligned is never asked here. After Dromedary's filters (SELF-ALIGN, released code), rewritten for short answers.
 */
import type { Demonstration, Question } from '../evals/task.ts';
import type { RunConfig, Verdict } from '../protocol.ts';
import { normalise, words } from './text.ts';

/** What is known about an answer when it is filtered. */
export type Candidate = {
  readonly question: Question;
  readonly completion: string;
  readonly finish: 'stop' | 'length';
  readonly demonstrations: readonly Demonstration[];
};

/** Does a run of at least three words follow itself at once? */
function repeatsItself(completion: string): boolean {
  const list = words(completion);
  for (let length = 3; length <= list.length / 2; length++) {
    for (let start = 0; start + 2 * length <= list.length; start++) {
      const [a, b] = [list.slice(start, start + length), list.slice(start + length, start + 2 * length)];
      if (a.join(' ') === b.join(' ')) return true;
    }
  }
  return false;
}

/**
 * Is the answer a demonstration's answer word for word, speaking of something that only the demonstration asked about?
 * The same words may be right for another question ("Sure. Use a small brush."), so equality alone is no reason.
 */
function copied({ question, completion, demonstrations }: Candidate): boolean {
  const answer = normalise(completion);
  const asked = new Set(words(question.text));
  const said = words(completion);
  return demonstrations.some((demonstration) => {
    if (normalise(demonstration.answer) !== answer) return false;
    const foreign = words(demonstration.question).filter((word) => !asked.has(word));
    return foreign.some((word) => said.includes(word));
  });
}

const REASONS: readonly (readonly [Exclude<Verdict, 'kept' | 'not-aligned'>, (candidate: Candidate) => boolean])[] = [
  ['unfinished', ({ finish }) => finish !== 'stop'],
  ['empty', ({ completion }) => normalise(completion) === ''],
  ['new-turn', ({ completion }) => /(?:User|Bot|Assistant|Rules):/.test(completion)],
  ['repeats-prompt', ({ question, completion }) => normalise(completion).includes(normalise(question.text))],
  ['repeats-itself', ({ completion }) => repeatsItself(completion)],
  ['copied', copied],
];

/** The filters that can be switched off. Nobody can learn from an empty answer. */
export type Filters = Pick<RunConfig, 'dropUnfinished' | 'dropNewTurn' | 'dropRepeatsPrompt' | 'dropRepeatsItself' | 'dropCopied'>;

const SWITCHES: Readonly<Partial<Record<Verdict, keyof Filters>>> = {
  unfinished: 'dropUnfinished',
  'new-turn': 'dropNewTurn',
  'repeats-prompt': 'dropRepeatsPrompt',
  'repeats-itself': 'dropRepeatsItself',
  copied: 'dropCopied',
};

/** `kept`, or the first reason to drop the answer. */
export function judge(candidate: Candidate, filters: Filters): Verdict {
  const on = (verdict: Verdict): boolean => {
    const name = SWITCHES[verdict];
    return name === undefined || filters[name];
  };
  return REASONS.find(([verdict, applies]) => on(verdict) && applies(candidate))?.[0] ?? 'kept';
}
