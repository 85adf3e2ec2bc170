/**
 * One question before and after: what the base said to it and what the returned round says, of those that became right the first. Asks the
 * library for both models' answers when a run rests. On a narrow screen it comes into view by itself when a run that was watched ends.
 */
import { say } from '../language/language.ts';
import { Written } from '../language/say.tsx';
import { useEffect, useRef, useState } from 'preact/hooks';
import { flipsOf, type Flip } from '../../comparison/flips.ts';
import { asWritten } from '../samples/written.ts';
import { bareRoundName, roundShown } from '../session/outcome.ts';
import type { Session } from '../session/session.ts';
import { isBusy } from '../session/view.ts';
import { AlignedMark } from './now.tsx';

/** Below this width, in letters' heights as the style has it, what comes last is far down. */
const NARROW_REM = 45;
const isNarrow = (): boolean => {
  const { clientWidth } = document.documentElement;
  return clientWidth <= NARROW_REM * Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
};

/** A pair that shows what was learnt: one that became right, of the kind that most did; null where no answer changed for the better. */
export function tellingPairs(flips: readonly Flip[]): readonly Flip[] {
  const right = flips.filter(({ became }) => became === 'right');
  const count = (kind: string): number => right.filter((flip) => flip.kind === kind).length;
  const kinds = [...new Set(right.map(({ kind }) => kind))].toSorted((a, b) => count(b) - count(a));
  // one of each kind, then the next of each
  const ranks = right.map((flip, i) => ({
    flip,
    rank: right.slice(0, i).filter(({ kind }) => kind === flip.kind).length,
    kind: kinds.indexOf(flip.kind),
  }));
  return ranks.toSorted((a, b) => a.rank - b.rank || a.kind - b.kind).map(({ flip }) => flip);
}

/** The pairs of the shown run; null while it moves and where there are none. */
function usePairs(session: Session): readonly Flip[] | null {
  const { run, status, rounds } = session.view.value;
  const round = roundShown(session.view.value);
  const [found, keep] = useState<{ readonly key: string; readonly pairs: readonly Flip[] } | null>(null);
  const key = isBusy(status) || run === null || round === 0 ? '' : `${run} ${round} ${rounds.length}`;
  useEffect(() => {
    let current = true;
    if (key !== '' && run !== null)
      void Promise.all([session.heldOut(run, 0), session.heldOut(run, round)]).then(([before, after]) => {
        if (current && before && after) keep({ key, pairs: tellingPairs(flipsOf(before, after, 'test').flips) });
        return undefined;
      });
    return () => void (current = false);
  }, [key]);
  return found?.key === key ? found.pairs : null;
}

function Said({ label, answer }: { readonly label: string; readonly answer: Flip['before'] }) {
  return (
    <>
      <dt>{label}</dt>
      <dd class="said">
        {answer.text.trim() === '' ? <span class="muted">{say('no answer')}</span> : <Written>{asWritten(answer.text)}</Written>}{' '}
        <AlignedMark aligned={answer.mark === 1} />
      </dd>
    </>
  );
}

export function BeforeAfter({ session }: { readonly session: Session }) {
  const pairs = usePairs(session);
  const [at, go] = useState(0);
  const place = useRef<HTMLElement>(null);
  const { status } = session.view.value;
  /** Was the run on its way while this was looked at? */
  const watched = useRef(false);
  if (status === 'running') watched.current = true;
  const shown = pairs?.[at % Math.max(1, pairs.length)];
  useEffect(() => go(0), [pairs]);
  useEffect(() => {
    if (shown === undefined || !watched.current || !isNarrow()) return;
    watched.current = false;
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    place.current?.scrollIntoView({ block: 'center', behavior: still ? 'auto' : 'smooth' });
  }, [shown]);
  if (shown === undefined || pairs === null) return null;
  return (
    <section ref={place} class="section before-after" aria-labelledby="before-after-title" data-testid="before-after">
      <div class="section-head">
        <h2 id="before-after-title">{say('Before and after')}</h2>
        {pairs.length > 1 && (
          <button type="button" class="link" onClick={() => go(at + 1)}>
            {say('another of {pairs}', { pairs: pairs.length })}
          </button>
        )}
      </div>
      <dl class="now-list">
        <dt>{say('asked')}</dt>
        <dd class="asked" dir="auto" lang="en">
          {shown.question}
        </dd>
        <Said label={say('before')} answer={shown.before} />
        <Said label={say('after {round}', { round: bareRoundName(roundShown(session.view.value)) })} answer={shown.after} />
      </dl>
    </section>
  );
}
