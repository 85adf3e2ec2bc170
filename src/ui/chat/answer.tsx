/**
 * One answer of the chat: as it was written, tinted by how unsure each token was, laid beside another answer, or token by token. Of a token
 * that is pointed at, tapped or stepped to by keyboard it tells the probability and the nearest others.
 */
import { failureText } from '../language/failure.ts';
import { say, toSay } from '../language/language.ts';
import { WRITTEN } from '../language/say.tsx';
import { decimal } from '../../locale.ts';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { NEAREST, type ChatToken } from '../../protocol/chat.ts';
import { hundredths } from '../../shares.ts';
import { bareThought } from '../../thoughts.ts';
import { copyText } from '../page/clipboard.ts';
import { Tokens } from '../samples/tokens.tsx';
import { asWritten, marked, tokensAsWritten } from '../samples/written.ts';
import { isOver, type Side, textOf } from '../session/chat.ts';
import type { Piece } from './word-diff.ts';

/** How answers are shown. */
export const VIEWS = {
  tint: toSay('How sure'),
  tokens: toSay('Token by token'),
  differences: toSay('What differs'),
  plain: toSay('Plain'),
} as const;
export type View = keyof typeof VIEWS;

function nameOf({ text, ends }: ChatToken): string {
  if (ends) return say('end of the answer');
  return text === '' ? say('a special token, or part of a character') : marked(text);
}

/** 0.43127 as "43.13%"; what would round to nothing says so. */
function chanceText(logProb: number): string {
  const share = Math.exp(logProb);
  return share > 0 && share < 5e-5 ? `<${hundredths(0.0001, 2)}%` : `${hundredths(share, 2)}%`;
}

/** The token of the answer among the nearest ones, the likeliest first. */
function Nearest({ token, nearest }: { readonly token: ChatToken; readonly nearest: readonly ChatToken[] }) {
  const others = nearest.filter(({ id }) => id !== token.id).slice(0, NEAREST);
  const rows = [token, ...others].toSorted((a, b) => b.logProb - a.logProb);
  return (
    <table class="nearest">
      <caption class="unseen">{say('The nearest tokens in this place')}</caption>
      <thead class="unseen">
        <tr>
          <th>{say('Token')}</th>
          <th>{say('Probability')}</th>
          <th>{say('Log-probability')}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.id} data-said={row === token}>
            <th scope="row" dir="auto">
              {nameOf(row)}
              {row === token && <span class="unseen">{say(', which it said')}</span>}
            </th>
            <td>
              <span class="chance" style={{ '--chance': Math.exp(row.logProb).toFixed(4) }}>
                {chanceText(row.logProb)}
              </span>
            </td>
            <td>{decimal(row.logProb, 3)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Of a long answer the table stays at the lower edge of what is in view (chat.css); the token that it tells of goes above it. */
function bringIntoView(box: HTMLElement | null): void {
  if (box === null) return;
  const token = box.parentElement?.querySelector<HTMLElement>('.token[data-chosen]');
  if (token != null) {
    token.style.scrollMarginBlockEnd = `${box.offsetHeight + 16}px`;
    token.scrollIntoView({ block: 'nearest' });
  }
  const below = box.getBoundingClientRect().bottom - innerHeight;
  if (below > 0) scrollBy(0, below);
}

function Inspector({ side, at, look }: { readonly side: Side; readonly at: number; readonly look: (() => void) | null }) {
  const { nearest } = side;
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => bringIntoView(box.current), [at, nearest]);
  const token = side.tokens[at];
  if (token === undefined) return null;
  const found = Array.isArray(nearest) ? (nearest as readonly (readonly ChatToken[])[])[at] : undefined;
  return (
    <div ref={box} class="inspector" role="status" data-testid="token-nearest">
      <p>
        <b dir="auto">{nameOf(token)}</b> {chanceText(token.logProb)}
        <span class="muted">{say(', token {at} of {tokens}', { at: at + 1, tokens: side.tokens.length })}</span>
      </p>
      {found !== undefined && <Nearest token={token} nearest={found} />}
      {nearest === 'wanted' && <p class="muted">{say('Reading the answer once more for the other tokens…')}</p>}
      {nearest !== null && typeof nearest === 'object' && 'message' in nearest && <p class="muted">{failureText(nearest)}</p>}
      {nearest === null && look === null && <p class="muted">{say('Pause the run to see the nearest other tokens.')}</p>}
    </div>
  );
}

function Differences({ pieces, added }: { readonly pieces: readonly Piece[]; readonly added: boolean }) {
  const Mark = added ? 'ins' : 'del';
  return (
    <span class="differences" {...WRITTEN}>
      {pieces.map(({ text, same }, index) => (same ? text : <Mark key={index}>{text}</Mark>))}
    </span>
  );
}

/** How an answer ended, where it did not by itself. */
function endText({ end, tokens }: Side): string {
  const said = {
    stop: '',
    stopped: say('Stopped.'),
    length: say('Cut off after {tokens} tokens, the longest answer here.', { tokens: tokens.length }),
    context: say('Cut off: the model reads no more tokens. Begin a new conversation to go on.'),
  };
  return end === null ? '' : said[end.finish];
}

/** What is said in place of an answer without any text, with how it ended. */
function blankText({ end, tokens }: Side): string {
  const said = {
    stop: say('no answer'),
    stopped: say('Stopped before it wrote any text.'),
    length: say('No text in {tokens} tokens, the longest answer here.', { tokens: tokens.length }),
    context: say('No text before the model reads no more tokens. Begin a new conversation to go on.'),
  };
  return end === null ? '' : said[end.finish];
}

type Props = {
  readonly side: Side;
  readonly name: string;
  readonly testId: string;
  readonly view: View;
  /** This answer beside another, where there are two. */
  readonly pieces: readonly Piece[] | null;
  readonly added: boolean;
  /** Asks for the nearest tokens; null where that cannot be done now. */
  readonly look: (() => void) | null;
};

export function Reply({ side, name, testId, view, pieces, added, look }: Props) {
  const [at, setAt] = useState<number | null>(null);
  const [copied, setCopied] = useState(false);
  const { tokens, hides, failure, reading, end } = side;
  if (failure !== null) {
    return (
      <p class="reply refused" role="alert">
        {failureText(failure)}
        <small class="detail"> {['MODEL_OTHER', 'KIT_OTHER', 'PROMPT_TOO_LONG'].includes(failure.code) && failure.detail}</small>
      </p>
    );
  }
  if (tokens.length === 0 && end === null)
    return (
      <p class="reply growing muted">
        {reading === null ? say('Waiting…') : say('Reading {tokens} tokens…', { tokens: reading.tokens - reading.known })}
      </p>
    );
  if (tokens.length <= hides && end === null)
    return <p class="reply growing muted">{say('Thinking, {tokens} tokens so far…', { tokens: tokens.length })}</p>;
  const over = isOver(side);
  const choose = (next: (at: number | null) => number | null): void => {
    setAt(next);
    if (side.nearest === null) look?.();
  };
  const step = (event: KeyboardEvent): void => {
    const last = tokens.length - 1;
    const moves: Readonly<Record<string, Parameters<typeof choose>[0]>> = {
      ArrowRight: (from) => (from === null ? hides : Math.min(last, from + 1)),
      ArrowLeft: (from) => (from === null ? last : Math.max(hides, from - 1)),
      Home: () => hides,
      End: () => last,
    };
    // with no token chosen it stops the answer under way
    const move = event.key === 'Escape' && at !== null ? null : moves[event.key];
    if (move === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    if (move === null) setAt(null);
    else choose(move);
  };
  const tap = (event: MouseEvent): void => {
    const token = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-at]') : null;
    // whoever selects text wants the text
    if (token === null || getSelection()?.isCollapsed === false) return;
    const next = Number(token.dataset['at']);
    choose((from) => (from === next ? null : next));
  };
  // the token that ends an answer has no text
  const shown = tokens.slice(hides).map(({ text, logProb, ends }, index) => {
    return { text: ends && view === 'tokens' ? '∎' : text, probability: Math.exp(logProb), at: hides + index };
  });
  const blank = over && view !== 'tokens' && tokensAsWritten(shown).length === 0;
  const notes = [
    blank ? '' : endText(side),
    side.borrowed ? say('It was not asked before, so it read the earlier answers of the base model.') : '',
  ].filter(Boolean);
  return (
    <>
      {hides > 0 && (
        <details class="thought">
          <summary>{say('Thought for {hides} tokens before it answered', { hides })}</summary>
          <p {...WRITTEN}>{asWritten(bareThought(textOf(tokens.slice(0, hides))))}</p>
        </details>
      )}
      {view === 'differences' && pieces !== null && over ? (
        <p class="reply" data-testid={testId}>
          <Differences pieces={pieces} added={added} />
        </p>
      ) : (
        <div
          class={over ? 'reply' : 'reply growing'}
          data-testid={over ? testId : undefined}
          data-view={view}
          {...(over
            ? {
                tabIndex: 0,
                role: 'group',
                'aria-label': say('Answer of the {name}; arrow keys step through its tokens', { name }),
                onKeyDown: step,
                onClick: tap,
              }
            : {})}
        >
          {blank ? <span class="muted">{blankText(side)}</span> : <Tokens tokens={shown} numbers={view === 'tokens'} chosen={at} />}
        </div>
      )}
      {at !== null && view !== 'differences' && <Inspector side={side} at={at} look={look} />}
      {over && (
        <p class="reply-foot">
          {notes.map((note) => (
            <span key={note}>{note}</span>
          ))}
          {end !== null && end.text !== '' && (
            <button type="button" class="quiet" onClick={() => void copyText(asWritten(end.text)).then(setCopied)}>
              <span aria-hidden="true">{copied ? say('Copied') : say('Copy')}</span>
              <span class="unseen">
                {copied ? say('Copied the answer of the {name}', { name }) : say('Copy the answer of the {name}', { name })}
              </span>
            </button>
          )}
        </p>
      )}
    </>
  );
}
