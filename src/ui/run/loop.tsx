/** How it works, in five steps that light up while the run goes through them, each with its own count. */
import { say, toSay } from '../language/language.ts';
import { Say } from '../language/say.tsx';
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

const NOT_HERE = toSay('not here: no training');

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
  title: (config) => (writesPrompts(config) ? (sortsPrompts(config) ? say('Write, sort') : say('Write')) : say('Sort')),
  text: (config) => {
    if (roundsOf(config) === 0) return say(NOT_HERE);
    if (!sortsPrompts(config)) {
      if (writesPrompts(config)) return say('its own prompts');
      return ordersOf(config).within === 'none' ? say('not here: random order') : say('not here, but in each round');
    }
    if (config.order === 'hard-to-easy') return say('prompts, hard to easy');
    return <Say text="prompts, {easyToHard}" parts={{ easyToHard: <Term name="easy to hard">{say('easy to hard')}</Term> }} />;
  },
  live: ({ activity, config, status }) => {
    if (config === null || status === 'idle' || activity === null || activity.phase === 'load') return null;
    if (activity.phase === 'write') return say('{done} of {total} written', { done: activity.done, total: activity.total });
    if (activity.phase === 'draft') return say('{done} of {total} drafted', { done: activity.done, total: activity.total });
    if (sortsPrompts(config)) return say('{prompts} prompts sorted', { prompts: config.prompts });
    return writesPrompts(config) ? say('{prompts} prompts written', { prompts: config.prompts }) : null;
  },
};

/** A step of a round, which says so where nothing is trained. */
function inRound(text: (config: RunConfig) => ComponentChildren): Step['text'] {
  return (config) => (roundsOf(config) === 0 ? say(NOT_HERE) : text(config));
}

function InView() {
  return <Say text="with a {demonstration} in view" parts={{ demonstration: <Term name="demonstration">{say('demonstration')}</Term> }} />;
}

const ROUND: readonly Step[] = [
  {
    phases: ['answer'],
    title: () => say('Answer'),
    text: inRound((config) => (asksBare(config) ? say('with nothing in view') : <InView />)),
    live: (view) => {
      const samples = view.samples.get(roundAtHand(view));
      if (view.activity?.phase === 'answer')
        return say('{done} of {total} answered', { done: view.activity.done, total: view.activity.total });
      return samples === undefined ? null : say('{samples} answered', { samples: samples.length });
    },
  },
  {
    phases: ['answer'],
    title: () => say('Keep'),
    text: inRound((config) => {
      const { within } = ordersOf(config);
      const bare = asksBare(config);
      if (within === 'none') return bare ? say('every answer') : say('what passes the filters');
      if (within !== 'easy-to-hard') return bare ? say('every answer, hard to easy') : say('what passes, hard to easy');
      const parts = { easyToHard: <Term name="easy to hard">{say('easy to hard')}</Term> };
      return bare ? <Say text="every answer, {easyToHard}" parts={parts} /> : <Say text="what passes, {easyToHard}" parts={parts} />;
    }),
    live: (view) => {
      const samples = view.samples.get(roundAtHand(view));
      if (samples === undefined) return null;
      const kept = samples.filter((sample) => sample.verdict === 'kept').length;
      return say('{kept} kept, {count} dropped', { kept, count: samples.length - kept });
    },
  },
  {
    phases: ['train'],
    title: () => say('Fine-tune'),
    text: inRound((config) => {
      if (isTaught(config)) return <Say text="towards itself {inView}" parts={{ inView: <InView /> }} />;
      if (config.tuning === 'full') return say('itself, all weights');
      return <Say text="itself, into an {adapter}" parts={{ adapter: <Term name="adapter">{say('adapter')}</Term> }} />;
    }),
    live: (view) => {
      const last = view.losses.findLast(({ round }) => round === roundAtHand(view));
      if (last === undefined) return null;
      return view.activity?.phase === 'train'
        ? say('step {done} of {total} · loss {loss}', { done: view.activity.done, total: view.activity.total, loss: lossText(last.loss) })
        : say('loss {loss}', { loss: lossText(last.loss) });
    },
  },
  {
    phases: ['measure', 'validate'],
    title: () => say('Measure'),
    text: (config) =>
      roundsOf(config) === 0 ? (
        <Say text="with demonstrations: {fewShot}" parts={{ fewShot: <Term name="few-shot">{say('few-shot')}</Term> }} />
      ) : (
        <Say text="asked cold: {zeroShot}" parts={{ zeroShot: <Term name="zero-shot">{say('zero-shot')}</Term> }} />
      ),
    live: (view) => {
      const { activity, base, config } = view;
      if (activity !== null && (activity.phase === 'measure' || activity.phase === 'validate'))
        return say('{done} of {total} questions', { done: activity.done, total: activity.total });
      if (config !== null && roundsOf(config) === 0 && base !== null)
        return say('few-shot {fewShot}', { fewShot: shareText(base.scores.fewShot) });
      const scores = scoresShown(view);
      return scores === null ? null : say('zero-shot {zeroShot}', { zeroShot: percent(scores.zeroShot) });
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
    <section class="loop" aria-label={say('How it works')}>
      <ol class="loop-once">
        <StepItem step={BEFORE} number={1} view={view} config={config} />
      </ol>
      <div class="loop-round">
        <p class="loop-label">
          <span>
            <Say text="each {round}" parts={{ round: <Term name="round">{say('round')}</Term> }} />
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
