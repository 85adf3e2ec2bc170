/** How it works, in five steps that light up while the run goes through them, each with its own count. */
import type { ComponentChildren } from 'preact';
import type { Phase } from '../../contracts/events.ts';
import type { RunConfig } from '../../run/config.ts';
import { asksBare, isTaught, ordersOf, roundsOf, sortsPrompts, writesPrompts } from '../../run/recipe.ts';
import { roundShown, scoresShown, shownText } from '../session/outcome.ts';
import type { Session } from '../session/session.ts';
import { isBusy } from '../session/view.ts';
import type { RunView } from '../session/view.ts';
import { lossText } from '../charts/loss.ts';
import { Term } from '../page/term.tsx';
import { percent, shareText } from '../../shares.ts';

const NOT_HERE = 'not here: no training';

type Step = {
  readonly phases: readonly Phase[];
  readonly title: (config: RunConfig) => ComponentChildren;
  readonly text: (config: RunConfig) => ComponentChildren;
  /** The count at hand; null before there is one. */
  readonly live: (view: RunView) => string | null;
};

/** The round whose counts stand in the steps; the base model, 0, has none. */
function roundAtHand(view: RunView): number {
  if (!isBusy(view.status) && view.rounds.length > 0) return roundShown(view);
  return Math.max(view.activity?.round ?? 0, ...view.samples.keys(), 0);
}

/** What comes once: the model writes its prompts, or sorts them, or both. */
const BEFORE: Step = {
  phases: ['write', 'draft'],
  title: (config) => (writesPrompts(config) ? (sortsPrompts(config) ? 'Write, sort' : 'Write') : 'Sort'),
  text: (config) => {
    if (roundsOf(config) === 0) return NOT_HERE;
    if (!sortsPrompts(config)) {
      if (writesPrompts(config)) return 'its own prompts';
      return ordersOf(config).within === 'none' ? 'not here: random order' : 'not here, but in each round';
    }
    if (config.order === 'hard-to-easy') return 'prompts, hard to easy';
    return (
      <>
        prompts, <Term name="easy to hard">easy to hard</Term>
      </>
    );
  },
  live: ({ activity, config, status }) => {
    if (config === null || status === 'idle' || activity === null || activity.phase === 'load') return null;
    if (activity.phase === 'write') return `${activity.done} of ${activity.total} written`;
    if (activity.phase === 'draft') return `${activity.done} of ${activity.total} drafted`;
    if (sortsPrompts(config)) return `${config.prompts} prompts sorted`;
    return writesPrompts(config) ? `${config.prompts} prompts written` : null;
  },
};

/** A step of a round, which says so where nothing is trained. */
function inRound(text: (config: RunConfig) => ComponentChildren): Step['text'] {
  return (config) => (roundsOf(config) === 0 ? NOT_HERE : text(config));
}

const IN_VIEW = (
  <>
    with a <Term name="demonstration">demonstration</Term> in view
  </>
);

const ROUND: readonly Step[] = [
  {
    phases: ['answer'],
    title: () => 'Answer',
    text: inRound((config) => (asksBare(config) ? 'with nothing in view' : IN_VIEW)),
    live: (view) => {
      const samples = view.samples.get(roundAtHand(view));
      if (view.activity?.phase === 'answer') return `${view.activity.done} of ${view.activity.total} answered`;
      return samples === undefined ? null : `${samples.length} answered`;
    },
  },
  {
    phases: ['answer'],
    title: () => 'Keep',
    text: inRound((config) => {
      const { within } = ordersOf(config);
      const what = asksBare(config) ? 'every answer' : 'what passes';
      if (within === 'none') return asksBare(config) ? what : 'what passes the filters';
      const order = within === 'easy-to-hard' ? <Term name="easy to hard">easy to hard</Term> : 'hard to easy';
      return (
        <>
          {what}, {order}
        </>
      );
    }),
    live: (view) => {
      const samples = view.samples.get(roundAtHand(view));
      if (samples === undefined) return null;
      const kept = samples.filter((sample) => sample.verdict === 'kept').length;
      return `${kept} kept, ${samples.length - kept} dropped`;
    },
  },
  {
    phases: ['train'],
    title: () => 'Fine-tune',
    text: inRound((config) => {
      if (isTaught(config)) return <>towards itself {IN_VIEW}</>;
      if (config.tuning === 'full') return 'itself, all weights';
      return (
        <>
          itself, into an <Term name="adapter">adapter</Term>
        </>
      );
    }),
    live: (view) => {
      const last = view.losses.findLast(({ round }) => round === roundAtHand(view));
      if (last === undefined) return null;
      return view.activity?.phase === 'train'
        ? `step ${view.activity.done} of ${view.activity.total} · loss ${lossText(last.loss)}`
        : `loss ${lossText(last.loss)}`;
    },
  },
  {
    phases: ['measure', 'validate'],
    title: () => 'Measure',
    text: (config) =>
      roundsOf(config) === 0 ? (
        <>
          with demonstrations: <Term name="few-shot">few-shot</Term>
        </>
      ) : (
        <>
          asked cold: <Term name="zero-shot">zero-shot</Term>
        </>
      ),
    live: (view) => {
      const { activity, base, config } = view;
      if (activity !== null && (activity.phase === 'measure' || activity.phase === 'validate'))
        return `${activity.done} of ${activity.total} questions`;
      if (config !== null && roundsOf(config) === 0 && base !== null) return `few-shot ${shareText(base.scores.fewShot)}`;
      const scores = scoresShown(view);
      return scores === null ? null : `zero-shot ${percent(scores.zeroShot)}`;
    },
  },
];

function StepItem({
  step,
  number,
  view,
  config,
}: {
  readonly step: Step;
  readonly number: number;
  readonly view: RunView;
  readonly config: RunConfig;
}) {
  const now = view.activity !== null && step.phases.includes(view.activity.phase);
  const live = step.live(view);
  return (
    <li class="step" data-now={now} {...(now ? { 'aria-current': 'step' as const } : {})}>
      <span class="step-number" aria-hidden="true">
        {number}
      </span>
      <span class="step-title">{step.title(config)}</span>
      <span class="step-text">{step.text(config)}</span>
      <span class="step-live">{live ?? ''}</span>
    </li>
  );
}

export function Loop({ session }: { readonly session: Session }) {
  const view = session.view.value;
  const config = view.config ?? session.parsed.value.config;
  return (
    <section class="loop" aria-label="How it works">
      <ol class="loop-once">
        <StepItem step={BEFORE} number={1} view={view} config={config} />
      </ol>
      <div class="loop-round">
        <p class="loop-label">
          <span>
            each <Term name="round">round</Term>
          </span>
          {!isBusy(view.status) && view.rounds.length > 0 && <b>{shownText(view)}</b>}
        </p>
        <ol start={2}>
          {ROUND.map((step, index) => (
            <StepItem key={index} step={step} number={index + 2} view={view} config={config} />
          ))}
        </ol>
      </div>
    </section>
  );
}
