/**
 * One sample on its way from a question to a training step, as far as it is: each stage under the one before. In what moves, stages and tokens
 * come into view one after the other. Knows no session.
 */
import type { ComponentChildren } from 'preact';
import type { Verdict } from '../../contracts/records.ts';
import { decimal } from '../../locale.ts';
import { verdictOf } from '../../run/verdicts.ts';
import { say, sayName } from '../language/language.ts';
import { Written } from '../language/say.tsx';
import { Term } from '../page/term.tsx';
import { Tokens } from '../samples/tokens.tsx';
import { Transcript } from '../samples/transcript.tsx';
import type { TintedToken } from '../samples/written.ts';
import { UNGRADED } from '../words.ts';

/** Between two stages, and for all tokens of an answer together, in seconds; all of it is over before the next sample of a run comes. */
const PACE = { stage: 0.3, token: 0.08, answer: 1.6 };

type OnItsWay = {
  readonly question: string;
  /** What the model read before it answered. */
  readonly context: string;
  readonly tokens: readonly TintedToken[];
  readonly perplexity?: number;
  readonly verdict: Verdict;
  /** Null where nobody can tell. */
  readonly aligned: boolean | null;
  /** What is trained on. */
  readonly pair: { readonly prompt: string; readonly completion: string };
};

type Props = {
  readonly sample: OnItsWay;
  /** What is said of its optimiser step. */
  readonly step: ComponentChildren;
  /** What came of that step, where it is asked for. */
  readonly cold?: ComponentChildren;
  /** So many stages are in view; all where it is left out. */
  readonly stages?: number;
  /** Do the stages come into view one after the other? */
  readonly live?: boolean;
};

type StageProps = {
  readonly number: number;
  readonly name: string;
  readonly after?: number | undefined;
  readonly children: ComponentChildren;
};

function Stage({ number, name, after, children }: StageProps) {
  return (
    <li style={after === undefined ? undefined : { '--after': `${after.toFixed(2)}s` }}>
      <h3>
        <span class="stage-number">{number}.</span> {name}
      </h3>
      <div>{children}</div>
    </li>
  );
}

function gradeText(aligned: boolean | null): string {
  if (aligned === null) return say(UNGRADED);
  return aligned
    ? say('It is the right answer; the filters do not know that.')
    : say('It is not the right answer; the filters look at its form, and do not know that.');
}

/** "✓ kept", or the reason to drop. */
export function VerdictMark({ verdict }: { readonly verdict: Verdict }) {
  const { label, reason } = verdictOf(verdict);
  return (
    <span class="verdict" data-kept={verdict === 'kept'} title={say(reason)}>
      {verdict === 'kept' ? '✓' : '✕'} {sayName(label)}
    </span>
  );
}

export function SampleWay({ sample, step, cold, stages = Infinity, live = false }: Props) {
  const { question, context, tokens, perplexity, verdict, aligned, pair } = sample;
  const kept = verdict === 'kept';
  const pace = Math.min(PACE.token, PACE.answer / Math.max(1, tokens.length));
  /** When a stage comes into view: those behind the answer wait for its last token. */
  const at = (stage: number): number | undefined => (live ? stage * PACE.stage + (stage > 2 ? tokens.length * pace : 0) : undefined);
  const all = [
    <Stage key="draw" number={1} name={say('Draw a question')} after={at(0)}>
      <Written class="asked">{question}</Written>
    </Stage>,
    <Stage key="prompt" number={2} name={say('Put an example before it')} after={at(1)}>
      <Transcript context={context} />
    </Stage>,
    <Stage key="answer" number={3} name={say('Let it answer, token by token')} after={at(2)}>
      <Tokens tokens={tokens} numbers {...(live || stages < Infinity ? { pace: { first: at(2) ?? 0, each: pace } } : {})} />
      {perplexity !== undefined && (
        <p class="muted">
          <Term name="perplexity">{say('perplexity')}</Term> {decimal(perplexity, 2)}
        </p>
      )}
    </Stage>,
    <Stage key="filter" number={4} name={say('Filter')} after={at(3)}>
      <VerdictMark verdict={verdict} /> {!kept && say(verdictOf(verdict).reason)} {gradeText(aligned)}
    </Stage>,
    <Stage key="pair" number={5} name={say('Leave the example away')} after={at(4)}>
      {kept ? (
        <Written class="turn-text">
          {pair.prompt}
          <strong>{pair.completion}</strong>
        </Written>
      ) : (
        say('It was dropped, so nothing is learned from it.')
      )}
    </Stage>,
    <Stage key="step" number={6} name={say('One optimiser step')} after={at(5)}>
      {step}
    </Stage>,
    ...(cold === undefined
      ? []
      : [
          <Stage key="cold" number={7} name={say('Asked cold')} after={at(6)}>
            {cold}
          </Stage>,
        ]),
  ];
  return (
    <ol class="way" data-testid="way">
      {all.slice(0, stages)}
    </ol>
  );
}
