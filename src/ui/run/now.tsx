/** Right now: one sample on its way, slow enough to be read. Shown, asked, said, verdict, and its place in the training order. */
import { say, sayName } from '../language/language.ts';
import { WRITTEN } from '../language/say.tsx';
import { decimal } from '../../locale.ts';
import { verdictOf } from '../../run/verdicts.ts';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Sample } from '../../contracts/records.ts';
import { bareRoundName, markOf, roundShown } from '../session/outcome.ts';
import type { Session } from '../session/session.ts';
import { isBusy } from '../session/view.ts';
import type { RunView } from '../session/view.ts';
import { Term } from '../page/term.tsx';
import { TintKey, Tokens, tokensOf } from '../samples/tokens.tsx';
import { Transcript } from '../samples/transcript.tsx';
import { UNGRADED } from '../words.ts';

/** A new sample comes this often while the run goes on. */
const READ_MS = 4000;

/** The sample that is being worked on: the newest answer, or one of the batch that is trained on. */
function atHand(view: RunView): Sample | null {
  const { activity, latest } = view;
  if (activity?.phase !== 'train') return latest;
  const ordered = (view.samples.get(activity.round) ?? []).filter((sample) => sample.order !== null);
  const place = Math.max(0, activity.done - 1) * (view.config?.batchSize ?? 1);
  return ordered.find((sample) => sample.order === place % Math.max(1, ordered.length)) ?? latest;
}

/** The sample of a run that rests: the last one of its round that was kept, and is not known to be wrong where there is such a one. */
function atRest(view: RunView): Sample | null {
  const kept = (view.samples.get(roundShown(view)) ?? []).filter(({ verdict }) => verdict === 'kept');
  return kept.findLast(({ aligned }) => aligned !== false) ?? kept.at(-1) ?? view.latest;
}

/** The sample to read now: stands still for a while, follows at once when the run begins or ends. */
function useReadable(session: Session): Sample | null {
  const [shown, setShown] = useState<Sample | null>(null);
  const view = session.view.value;
  const newest = useRef(view);
  newest.current = view;
  const moving = view.status === 'running' && !session.frozen.value;
  const { latest, run } = view;
  useEffect(() => setShown(latest), [run, latest === null]);
  useEffect(() => {
    if (!moving) return;
    const timer = setInterval(() => setShown(atHand(newest.current)), READ_MS);
    return () => clearInterval(timer);
  }, [moving]);
  if (!isBusy(view.status)) return atRest(view);
  if (shown === null) return null;
  // The same sample may know its place in the order by now.
  return view.samples.get(shown.round)?.find((sample) => sample.index === shown.index) ?? shown;
}

function orderText(sample: Sample, view: RunView): string {
  if (sample.verdict !== 'kept') return '';
  const kept = (view.samples.get(sample.round) ?? []).filter((other) => other.order !== null).length;
  if (sample.order === null) return say('its place in the training order comes when the round is answered');
  const training = view.activity?.phase === 'train' && view.activity.round === sample.round;
  return training
    ? say('is trained on as number {order} of {kept}', { order: sample.order + 1, kept })
    : say('trained on as number {order} of {kept}', { order: sample.order + 1, kept });
}

/** "kept" or the reason to drop, with what the world says about it. */
export function VerdictMark({ sample }: { readonly sample: Sample }) {
  const { label, reason } = verdictOf(sample.verdict);
  return (
    <span class="verdict" data-kept={sample.verdict === 'kept'} title={say(reason)}>
      {sample.verdict === 'kept' ? '✓' : '✕'} {sayName(label)}
    </span>
  );
}

export function AlignedMark({ aligned }: { readonly aligned: boolean | null }) {
  if (aligned === null)
    return (
      <span class="muted" title={say(UNGRADED)}>
        {say('– not graded')}
      </span>
    );
  return (
    <span class="aligned" data-aligned={aligned}>
      {aligned ? say('● aligned') : say('○ not aligned')}
    </span>
  );
}

export function RightNow({ session }: { readonly session: Session }) {
  const sample = useReadable(session);
  const view = session.view.value;
  return (
    <section class="section now" aria-labelledby="now-title" data-testid="right-now">
      <div class="section-head">
        <h2 id="now-title">{isBusy(view.status) || sample === null ? say('Right now') : say('One of its answers')}</h2>
        {sample !== null && (
          <p class="muted">
            {say('{round}, prompt {index}, kind “{kind}”', {
              round: `${bareRoundName(sample.round)}${markOf(sample.round, view)}`,
              index: sample.index + 1,
              kind: sayName(sample.kind),
            })}
          </p>
        )}
        <TintKey />
      </div>
      {sample === null ? (
        <p class="empty">
          {say(
            'Here you will read one answer at a time while the model makes it: what it was shown, what it was asked, what it said, and whether it keeps it.',
          )}
        </p>
      ) : (
        <dl class="now-list">
          <dt>{say('shown')}</dt>
          <dd>
            <Transcript context={sample.context} />
          </dd>
          <dt>{say('asked')}</dt>
          <dd class="asked" {...WRITTEN}>
            {sample.question}
          </dd>
          <dt>{say('said')}</dt>
          <dd class="said">
            <Tokens tokens={tokensOf(sample.pieces, sample.logProbs)} />
          </dd>
          <dt>{say('verdict')}</dt>
          <dd class="facts">
            <VerdictMark sample={sample} />
            <AlignedMark aligned={sample.aligned} />
            <span>
              <Term name="perplexity">{say('perplexity')}</Term> <b>{decimal(sample.perplexity, 2)}</b>
            </span>
            <span class="muted">{sample.verdict === 'kept' ? orderText(sample, view) : say(verdictOf(sample.verdict).reason)}</span>
          </dd>
        </dl>
      )}
    </section>
  );
}
