/** Right now: one sample of the run on its way, slow enough to be read; after a step, the one that was stepped to. */
import { say } from '../language/language.ts';
import { Say } from '../language/say.tsx';
import { decimal } from '../../locale.ts';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Sample } from '../../contracts/records.ts';
import { bareRoundName, markOf, roundShown, worldOf } from '../session/outcome.ts';
import { KindName } from '../page/named.tsx';
import type { Session } from '../session/session.ts';
import { isBusy } from '../session/view.ts';
import type { RunView } from '../session/view.ts';
import { TintKey, tokensOf } from '../samples/tokens.tsx';
import { answerOf } from '../samples/written.ts';
import { UNGRADED } from '../words.ts';
import { SampleWay } from './sample-way.tsx';

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

/** The sample to read now: stands still for a while, follows at once when the run begins or ends, and where it goes by steps. */
function useReadable(session: Session): Sample | null {
  const [shown, setShown] = useState<Sample | null>(null);
  const view = session.view.value;
  const newest = useRef(view);
  newest.current = view;
  const moving = view.status === 'running' && !session.frozen.value;
  const { latest, run } = view;
  /** Does the run hold after a step? Where it is paused otherwise, what is being read stays. */
  const stepped = useRef(false);
  if (session.stepping.value) stepped.current = true;
  else if (view.status !== 'paused') stepped.current = false;
  useEffect(() => setShown(latest), [run, latest === null]);
  useEffect(() => {
    if (!moving) return;
    const timer = setInterval(() => setShown(atHand(newest.current)), READ_MS);
    return () => clearInterval(timer);
  }, [moving]);
  if (!isBusy(view.status)) return atRest(view);
  // where the base model is measured again, what is there of later rounds is not being made
  if (view.activity?.phase === 'measure' && view.activity.round < (latest?.round ?? 0)) return null;
  if (view.status === 'paused' && stepped.current) return atHand(view);
  if (shown === null) return null;
  // The same sample may know its place in the order by now.
  return view.samples.get(shown.round)?.find((sample) => sample.index === shown.index) ?? shown;
}

/**
 * The optimiser step of an epoch's first pass that learns from a sample, from 1, and how many the round has; null where it cannot be told,
 * because the round's steps are not those of its own answers.
 */
function stepOf({ round, order }: Sample, pairs: number, view: RunView): { readonly step: number; readonly steps: number } | null {
  const { config, activity, losses } = view;
  if (config === null || order === null) return null;
  const training = activity?.phase === 'train' && activity.round === round;
  const steps = training ? activity.total : losses.filter((point) => point.round === round).length;
  if (steps !== Math.ceil((pairs * config.epochs) / config.batchSize)) return null;
  return { step: Math.floor(order / config.batchSize) + 1, steps };
}

/** What is known of the training on a sample: its place, its step and what that lost. */
function stepText(sample: Sample, view: RunView): string {
  if (sample.verdict !== 'kept') return '–';
  const kept = (view.samples.get(sample.round) ?? []).filter((other) => other.order !== null).length;
  if (sample.order === null) return say('Its place in the training order comes when the round is answered.');
  const place = say('Number {order} of {kept} in the training order.', { order: sample.order + 1, kept });
  const at = stepOf(sample, kept, view);
  const loss = at === null ? undefined : view.losses.find(({ round, step }) => round === sample.round && step === at.step)?.loss;
  if (at === null || loss === undefined) return place;
  const learnt = say('Step {step} of {steps} learned from it and the rest of its batch; loss {loss}.', { ...at, loss: decimal(loss, 3) });
  return `${place} ${learnt}`;
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
            <Say
              text="{round}, prompt {index}, kind “{kind}”"
              parts={{
                round: `${bareRoundName(sample.round)}${markOf(sample.round, view)}`,
                index: sample.index + 1,
                kind: <KindName world={worldOf(view)} name={sample.kind} />,
              }}
            />
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
        <SampleWay
          key={`${sample.run} ${sample.round} ${sample.index}`}
          live={isBusy(view.status) && !session.frozen.value}
          sample={{
            ...sample,
            tokens: tokensOf(sample.pieces, sample.logProbs),
            pair: {
              prompt: `${sample.question}\n`,
              completion: answerOf(sample.completion, { context: sample.context, shown: view.config?.thoughts === true }),
            },
          }}
          step={stepText(sample, view)}
        />
      )}
    </section>
  );
}
