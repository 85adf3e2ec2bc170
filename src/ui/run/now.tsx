/** Right now: one sample on its way, slow enough to be read. Shown, asked, said, verdict, and its place in the training order. */
import { verdictOf } from '../../run/verdicts.ts';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Sample } from '../../contracts/records.ts';
import { markOf, roundShown } from '../session/outcome.ts';
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
  if (sample.order === null) return 'its place in the training order comes when the round is answered';
  const training = view.activity?.phase === 'train' && view.activity.round === sample.round;
  return `${training ? 'is trained on as' : 'trained on as'} number ${sample.order + 1} of ${kept}`;
}

/** "kept" or the reason to drop, with what the world says about it. */
export function VerdictMark({ sample }: { readonly sample: Sample }) {
  const { label, reason } = verdictOf(sample.verdict);
  return (
    <span class="verdict" data-kept={sample.verdict === 'kept'} title={reason}>
      {sample.verdict === 'kept' ? '✓' : '✕'} {label}
    </span>
  );
}

export function AlignedMark({ aligned }: { readonly aligned: boolean | null }) {
  if (aligned === null)
    return (
      <span class="muted" title={UNGRADED}>
        – not graded
      </span>
    );
  return (
    <span class="aligned" data-aligned={aligned}>
      {aligned ? '● aligned' : '○ not aligned'}
    </span>
  );
}

export function RightNow({ session }: { readonly session: Session }) {
  const sample = useReadable(session);
  const view = session.view.value;
  return (
    <section class="section now" aria-labelledby="now-title" data-testid="right-now">
      <div class="section-head">
        <h2 id="now-title">{isBusy(view.status) || sample === null ? 'Right now' : 'One of its answers'}</h2>
        {sample !== null && (
          <p class="muted">
            round {sample.round}
            {markOf(sample.round, view)}, prompt {sample.index + 1}, kind “{sample.kind}”
          </p>
        )}
        <TintKey />
      </div>
      {sample === null ? (
        <p class="empty">
          Here you will read one answer at a time while the model makes it: what it was shown, what it was asked, what it said, and whether
          it keeps it.
        </p>
      ) : (
        <dl class="now-list">
          <dt>shown</dt>
          <dd>
            <Transcript context={sample.context} />
          </dd>
          <dt>asked</dt>
          <dd class="asked" dir="auto">
            {sample.question}
          </dd>
          <dt>said</dt>
          <dd class="said">
            <Tokens tokens={tokensOf(sample.pieces, sample.logProbs)} />
          </dd>
          <dt>verdict</dt>
          <dd class="facts">
            <VerdictMark sample={sample} />
            <AlignedMark aligned={sample.aligned} />
            <span>
              <Term name="perplexity">perplexity</Term> <b>{sample.perplexity.toFixed(2)}</b>
            </span>
            <span class="muted">{sample.verdict === 'kept' ? orderText(sample, view) : verdictOf(sample.verdict).reason}</span>
          </dd>
        </dl>
      )}
    </section>
  );
}
