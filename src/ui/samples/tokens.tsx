/**
 * Text that the model wrote, token by token, tinted by how unsure it was. It reads as it was written; on request every token stands by
 * itself with its whitespace marked and its number below.
 */
import { say } from '../language/language.ts';
import { WRITTEN } from '../language/say.tsx';
import { Fragment } from 'preact';
import { percent, percent1 } from '../../shares.ts';
import { marked, readable, tokensAsWritten } from './written.ts';
import type { TintedToken } from './written.ts';

/** 0.034 as "3%", below one percent with one digit. */
function chance(probability: number): string {
  return probability >= 0.0095 ? percent(probability) : percent1(probability);
}

/** Tokens of a stored sample. */
export function tokensOf(pieces: readonly string[], logProbs: readonly number[]): readonly TintedToken[] {
  return pieces.map((text, index) => ({ text, probability: Math.exp(logProbs[index] ?? 0) }));
}

const SIGNS: Readonly<Record<string, string>> = { ' ': '·', '\t': '⇥', '\n': '⏎', '': '‥' };

/** A token with a sign over each space. The signs are drawn, not written: whoever copies the text has none of them. */
function Marked({ text }: { readonly text: string }) {
  return (
    <>
      {(text === '' ? [''] : readable(text).split(/(?<=[ \t\n])|(?=[ \t\n])/)).map((part, index) => {
        const sign = SIGNS[part];
        if (sign === undefined) return part;
        return (
          <span key={index} class="sign" data-sign={sign}>
            {part === '\n' ? '' : part}
          </span>
        );
      })}
    </>
  );
}

type TokensProps = {
  /** `at` is the place of a token that can be looked at. */
  readonly tokens: readonly (TintedToken & { readonly at?: number })[];
  readonly numbers?: boolean;
  /** The place of the token that is looked at. */
  readonly chosen?: number | null;
  /** Where they come into view one after the other: when the first does, and how long each takes, in seconds. */
  readonly pace?: { readonly first: number; readonly each: number };
};

export function Tokens({ tokens, numbers = false, chosen = null, pace }: TokensProps) {
  const shown = numbers ? tokens : tokensAsWritten(tokens);
  if (shown.length === 0) return <span class="muted">{say('no answer')}</span>;
  return (
    <span class="tokens" {...WRITTEN} data-numbers={numbers}>
      {shown.map(({ text, probability, at }, index) => (
        <Fragment key={index}>
          <span
            class="token"
            data-at={at}
            data-chosen={at !== undefined && at === chosen ? true : undefined}
            style={{
              '--doubt': (1 - probability).toFixed(3),
              ...(pace === undefined ? {} : { '--after': `${(pace.first + index * pace.each).toFixed(2)}s` }),
            }}
            title={`${marked(text)} · ${chance(probability)}`}
          >
            {numbers ? <Marked text={text} /> : text}
            {numbers && <small>{chance(probability)}</small>}
          </span>
          {numbers && text.includes('\n') && <br />}
        </Fragment>
      ))}
    </span>
  );
}

/** What the tint means. */
export function TintKey() {
  return (
    <p class="tint-key">
      {say('sure')}
      <span class="tint-scale" aria-hidden="true">
        {[0.02, 0.25, 0.5, 0.75, 0.98].map((doubt) => (
          <span key={doubt} class="token" style={{ '--doubt': doubt }} />
        ))}
      </span>
      {say('unsure of the token')}
    </p>
  );
}
