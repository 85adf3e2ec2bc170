/** How it works, in five steps that light up while the run goes through them, each with its own count. */
import type { ComponentChildren } from 'preact';
import type { Method, Phase } from '../protocol.ts';
import type { Session } from './session.ts';
import type { RunView } from './state.ts';
import { Term } from './term.tsx';
import { percent } from './words.ts';

type Step = {
  readonly phases: readonly Phase[];
  readonly title: ComponentChildren;
  readonly text: (method: Method) => ComponentChildren;
  /** The count at hand; null before there is one. */
  readonly live: (view: RunView) => string | null;
};

function roundAtHand(view: RunView): number {
  return Math.max(view.activity?.round ?? 0, ...view.samples.keys(), 0);
}

const SORT: Step = {
  phases: ['draft'],
  title: 'Sort',
  text: (method) =>
    method === 'soft+' ? (
      <>
        prompts, <Term name="easy to hard">easy to hard</Term>
      </>
    ) : (
      'not here: random order'
    ),
  live: ({ activity, config, status }) => {
    if (config?.method !== 'soft+' || status === 'idle' || activity === null) return null;
    if (activity.phase === 'load') return null;
    return activity.phase === 'draft' ? `${activity.done} of ${activity.total} drafted` : `${config.prompts} prompts sorted`;
  },
};

const ROUND: readonly Step[] = [
  {
    phases: ['answer'],
    title: 'Answer',
    text: () => (
      <>
        with a <Term name="demonstration">demonstration</Term> in view
      </>
    ),
    live: (view) => {
      const samples = view.samples.get(roundAtHand(view));
      if (view.activity?.phase === 'answer') return `${view.activity.done} of ${view.activity.total} answered`;
      return samples === undefined ? null : `${samples.length} answered`;
    },
  },
  {
    phases: ['answer'],
    title: 'Keep',
    text: () => 'what passes the filters',
    live: (view) => {
      const samples = view.samples.get(roundAtHand(view));
      if (samples === undefined) return null;
      const kept = samples.filter((sample) => sample.verdict === 'kept').length;
      return `${kept} kept, ${samples.length - kept} dropped`;
    },
  },
  {
    phases: ['train'],
    title: 'Fine-tune',
    text: () => (
      <>
        itself, into an <Term name="adapter">adapter</Term>
      </>
    ),
    live: (view) => {
      const last = view.losses.at(-1);
      if (last === undefined || last.round !== roundAtHand(view)) return null;
      return view.activity?.phase === 'train'
        ? `step ${view.activity.done} of ${view.activity.total} · loss ${last.loss.toFixed(2)}`
        : `loss ${last.loss.toFixed(2)}`;
    },
  },
  {
    phases: ['measure', 'validate'],
    title: 'Measure',
    text: () => (
      <>
        asked cold: <Term name="zero-shot">zero-shot</Term>
      </>
    ),
    live: ({ activity, rounds, base }) => {
      if (activity !== null && (activity.phase === 'measure' || activity.phase === 'validate'))
        return `${activity.done} of ${activity.total} questions`;
      const score = rounds.at(-1)?.zeroShot ?? base?.scores.zeroShot;
      return score === undefined ? null : `zero-shot ${percent(score)}`;
    },
  },
];

function StepItem({
  step,
  number,
  view,
  method,
}: {
  readonly step: Step;
  readonly number: number;
  readonly view: RunView;
  readonly method: Method;
}) {
  const now = view.activity !== null && step.phases.includes(view.activity.phase);
  const live = step.live(view);
  return (
    <li class="step" data-now={now} {...(now ? { 'aria-current': 'step' as const } : {})}>
      <span class="step-number" aria-hidden="true">
        {number}
      </span>
      <span class="step-title">{step.title}</span>
      <span class="step-text">{step.text(method)}</span>
      <span class="step-live">{live ?? ''}</span>
    </li>
  );
}

export function Loop({ session }: { readonly session: Session }) {
  const view = session.view.value;
  const method = view.config?.method ?? session.parsed.value.config.method;
  return (
    <section class="loop" aria-label="How it works">
      <ol class="loop-once">
        <StepItem step={SORT} number={1} view={view} method={method} />
      </ol>
      <div class="loop-round">
        <p class="loop-label">
          <span>
            each <Term name="round">round</Term>
          </span>
        </p>
        <ol start={2}>
          {ROUND.map((step, index) => (
            <StepItem key={index} step={step} number={index + 2} view={view} method={method} />
          ))}
        </ol>
      </div>
    </section>
  );
}
