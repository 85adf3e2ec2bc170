/**
 * The sentences of the page: what a run is doing, what a verdict means, numbers and durations as people read them, and the
 * explanation of each term. Pure text; knows no component.
 */
import { counted, decimal } from '../locale.ts';
import type { ShownMeasure } from '../run/measures.ts';
import { percent } from '../shares.ts';
import { failureText } from './language/failure.ts';
import { say, sayName, toSay } from './language/language.ts';
import { verdictOf } from '../run/verdicts.ts';
import { CONTROLS } from '../controls.ts';
import type { OpenedEngine, RunSession } from '../run/records.ts';
import type { BackendName } from '../contracts/engine.ts';
import type { LeftOut, Sample, Verdict } from '../contracts/records.ts';
import type { Phase } from '../contracts/events.ts';
import { isFinal, type Failure } from '../errors.ts';
import { roundsOf } from '../run/recipe.ts';
import type { Forecast } from './session/forecast.ts';
import { roundName } from './session/outcome.ts';
import type { RunView } from './session/view.ts';

/** What each term of the page means, in words for a first visit. */
export const TERMS = {
  demonstration: {
    title: toSay('Demonstration'),
    text: toSay(
      'A worked example, a question with a good answer, put in front of the real question. It is drawn at random from a small fixed pool. The model reads it, but is never trained on it.',
    ),
  },
  principles: {
    title: toSay('Principles'),
    text: toSay(
      'A few rules written in plain words, such as “be honest”, that stand before the demonstrations. After training the model should follow them without seeing them.',
    ),
  },
  'zero-shot': {
    title: toSay('Zero-shot'),
    text: toSay(
      'Asked cold: the question alone, no demonstration in view. This is how a user meets the model, so it is the score that matters.',
    ),
  },
  'few-shot': {
    title: toSay('One-shot and few-shot'),
    text: toSay(
      'The same questions asked with one demonstration, or a few, in view. The distance from zero-shot to few-shot is what the model could still teach itself.',
    ),
  },
  sampled: {
    title: toSay('Sampled'),
    text: toSay(
      'Asked cold too, but each word of the answer is drawn by its probability (temperature 1) instead of always taking the likeliest. It shows how sure the model is: where both scores are alike, hardly a drawn answer goes astray.',
    ),
  },
  'facts kept': {
    title: toSay('Facts kept'),
    text: toSay(
      'Of the everyday questions (facts, sums, plain help) that the base model answered right, the share that is still right after a round. Below 100 % the model has forgotten something while it learnt.',
    ),
  },
  perplexity: {
    title: toSay('Perplexity'),
    text: toSay(
      'How surprised the model is by an answer, per token. 1 means it was sure of every token; 2 means as unsure as tossing a coin at each one. Low perplexity counts as easy.',
    ),
  },
  'label quality': {
    title: toSay('Label quality'),
    text: toSay(
      'Share of the answers the model gave itself in a round that are really aligned. The app can grade them because it knows the whole small world. Grades are only shown, never used for training. With an alignment kit nobody can grade a free answer, and there is a dash.',
    ),
  },
  'exact reader': {
    title: toSay('Exact reader'),
    text: toSay(
      'What theory expects. Somebody who knows how often each hidden writer wrote, and nothing else, would work out by Bayes’ rule who is likely to answer after the demonstrations in view; training then makes that his new expectation. Where the model stays below, it reads its evidence less well, or forgets. It can be above too: fine-tuning may sharpen more than this reader supposes.',
    ),
  },
  adapter: {
    title: toSay('Adapter'),
    text: toSay(
      'A small set of extra weights (LoRA) beside the frozen model. Fine-tuning changes only these, so a round can be stored in a few kilobytes.',
    ),
  },
  round: {
    title: toSay('Round'),
    text: toSay(
      'Once through the loop: answer new prompts, keep the good answers, fine-tune on them, measure. The next round answers with the improved model.',
    ),
  },
  'easy to hard': {
    title: toSay('Easy to hard'),
    text: toSay(
      'SOFT+ sorts what it learns from by perplexity: what the model was sure of comes first. By default it sorts the answers of each round. Across the rounds it first drafts an answer to every prompt, and hard prompts come when it has improved.',
    ),
  },
  arm: {
    title: toSay('Arm'),
    text: toSay(
      'One recipe of a comparison: a named set of settings. What it does not name keeps its default, so that arms differ in nothing else.',
    ),
  },
  interval: {
    title: toSay('95 % interval'),
    text: toSay(
      'Where the mean over many more seeds would probably lie, judged by how much these seeds differ (Student’s t). The fewer the seeds, the wider it is. Better and worse are said from five common seeds on, and allow for the number of comparisons made at once (Holm’s correction).',
    ),
  },
  'out of distribution': {
    title: toSay('Out of distribution'),
    text: toSay(
      'The zero-shot score on questions in wordings, and about things, that were held back: nothing the model trained itself on was asked that way or about them. An alignment kit holds nothing back so, and there is a dash.',
    ),
  },
  loss: {
    title: toSay('Loss'),
    text: toSay(
      'How badly the model predicts the next token of its own kept answers, on average (natural logarithm). Fine-tuning makes it fall. With SDFT it is how far the model is from its teacher at each token.',
    ),
  },
  aligned: {
    title: toSay('Aligned'),
    text: toSay(
      'Helpful, honest and harmless: it knows the facts, helps where help is fine, admits what it does not know, corrects a false premise and declines to do harm.',
    ),
  },
} as const satisfies Readonly<Record<string, { readonly title: string; readonly text: string }>>;

export type TermName = keyof typeof TERMS;

const BACKENDS: Readonly<Record<BackendName, string>> = { wasm: CONTROLS.cpu, webgpu: toSay('GPU (WebGPU)') };

/** Where the tensors live, for the badge. */
export function engineName(engine: OpenedEngine): string {
  if (engine.backend === 'wasm') return say(BACKENDS.wasm);
  return engine.software ? say('Software GPU ({device})', { device: engine.device }) : engine.device || say(BACKENDS.webgpu);
}

/** Where a run was made: `CPU (wasm), version 1234567`, or how long it was where. */
export function sessionsText(sessions: readonly RunSession[]): string {
  const where = ({ backend, commit }: RunSession) =>
    backend === null || commit === null ? null : { engine: say(BACKENDS[backend]), commit: commit.replace(/^([\da-f]{7})[\da-f]+/, '$1') };
  const [only] = sessions;
  if (only === undefined) return '';
  if (sessions.length === 1) {
    const known = where(only);
    return known === null ? say('an earlier version, which did not write down where') : say('{engine}, version {commit}', known);
  }
  const parts = sessions.map((session) => {
    const [known, time] = [where(session), clock(1000 * session.seconds)];
    return known === null
      ? say('{time} by an earlier version, which did not write down where', { time })
      : say('{time} on {engine}, version {commit}', { time, ...known });
  });
  return say('{count} sessions: {parts}', { count: sessions.length, parts: parts.join('; ') });
}

/** Why there is a dash in place of a score, a sentence each. */
export function leftOutText(leftOut: readonly LeftOut[]): string {
  return leftOut
    .map(({ what, ...counts }) =>
      what === 'oneShot'
        ? say('One-shot is not measured: one demonstration needs {needs} tokens with a question, the model reads {has}.', counts)
        : say(
            'Few-shot is not measured: four demonstrations and the principles need {needs} tokens with a question, the model reads {has}.',
            counts,
          ),
    )
    .join(' ');
}

/** A number of a measure in its unit: "93%", "2.31 nats a token"; a dash where there is none. */
export function numberText({ unit }: Pick<ShownMeasure, 'unit'>, value: number | null | undefined): string {
  if (value === null || value === undefined) return '–';
  return typeof unit === 'string' ? percent(value) : `${decimal(value, unit.digits)} ${say(unit.of)}`;
}

/** Why there is a dash in place of what needs a grade. */
export const UNTAKEN = toSay('Sampled answers and facts kept have a dash: nobody can grade a free answer here.');

/** Why there is a dash in place of a grade. */
export const UNGRADED = toSay('Nobody can grade a free answer here; the model is measured by which of given answers it holds likeliest.');

/** How long ago something was saved, as people say it. */
export function savedText(ms: number): string {
  if (ms < 1500) return say('saved just now');
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return say('saved {seconds, plural, one {# second} other {# seconds}} ago', { seconds });
  return say('saved {minutes, plural, one {# minute} other {# minutes}} ago', { minutes: Math.round(seconds / 60) });
}

/** 83,500 ms as "1:24". */
export function clock(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, String(seconds % 60).padStart(2, '0')];
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`;
}

/** What a phase does, with its counts. */
function phaseText(phase: Phase, done: number, total: number): string {
  switch (phase) {
    case 'load':
      return say('loading the model');
    case 'write':
      return say('writing its own prompts, {done} of {total}', { done, total });
    case 'measure':
      return say('measuring, held-out question {done} of {total}', { done, total });
    case 'draft':
      return say('drafting {done} of {total} answers, to sort the prompts from easy to hard', { done, total });
    case 'answer':
      return say('answering {done} of {total}', { done, total });
    case 'train':
      return say('fine-tuning, step {done} of {total}', { done, total });
    case 'validate':
      return say('measuring, held-out question {done} of {total}', { done, total });
    case 'probe':
      return say('probing the base and what is returned, question {done} of {total}', { done, total });
    default:
      phase satisfies never;
      return '';
  }
}

/** What ended a run, without what to do about it: "too few answers were kept to train on". */
export function endText(failure: Failure): string {
  const [what = ''] = failureText(failure).split(';');
  return what.slice(0, 1).toLowerCase() + what.slice(1);
}

/** What the run is doing, in one line without times. */
export function doing(view: RunView): string {
  const rounds = view.config === null ? 0 : roundsOf(view.config);
  switch (view.status) {
    case 'idle':
      return say('Ready. Press {run}.', { run: say(CONTROLS.run) });
    case 'loading':
      return say('Loading the model.');
    case 'running':
    case 'paused': {
      const { activity } = view;
      const what = activity === null ? say('starting') : phaseText(activity.phase, activity.done, activity.total);
      const paused = view.status === 'paused';
      if (activity?.phase === 'probe') return paused ? say('Paused: at the end · {what}', { what }) : say('at the end · {what}', { what });
      const where =
        activity === null || activity.round === 0
          ? activity?.phase === 'measure' || rounds === 0
            ? say('base model')
            : say('before round 1')
          : say('round {round} of {rounds}', { round: activity.round, rounds });
      return paused ? say('Paused: {where} · {what}', { where, what }) : `${where} · ${what}`;
    }
    case 'finished':
      return finishedText(view, rounds);
    case 'stopped':
      if (rounds === 0) return say('Stopped before it was measured.');
      return view.rounds.length === 0
        ? say('Stopped before the first round was done.')
        : say('Stopped after round {done} of {rounds}.', { done: view.rounds.length, rounds });
    case 'failed':
      return view.failure !== null && isFinal(view.failure)
        ? say('Ended: {end}.', { end: endText(view.failure) })
        : say('Stopped by an error.');
    default:
      view.status satisfies never;
      return '';
  }
}

function finishedText({ rounds: done, result }: RunView, wanted: number): string {
  if (wanted === 0) return say('Finished: measured as it is, without training.');
  const parts = { done: done.length, wanted, round: roundName(result?.bestRound ?? done.length) };
  if (done.length < wanted) return say('Finished: stopped early after round {done} of {wanted}, returned {round}.', parts);
  const { done: count, round } = parts;
  return say('Finished: {count, plural, one {# round} other {# rounds}}, returned {round}.', { count, round });
}

/** Times beside the progress bar. */
export function times(view: RunView, { elapsedMs, leftMs }: Forecast): string {
  if (view.startedAt === null) return view.result === null ? '' : say('took {time}', { time: clock(view.result.seconds * 1000) });
  if (view.status === 'finished') return say('took {time}', { time: clock(view.result === null ? elapsedMs : view.result.seconds * 1000) });
  if (view.status !== 'running' && view.status !== 'paused') return say('after {time}', { time: clock(elapsedMs) });
  return leftMs === null
    ? say('{time}, estimating the rest', { time: clock(elapsedMs) })
    : say('{time}, about {left} left', { time: clock(elapsedMs), left: clock(leftMs) });
}

/** "104 kept, 8 dropped: 5 cut off, 3 copied". */
export function keptText(samples: readonly Sample[]): string {
  const dropped = new Map<Verdict, number>();
  for (const { verdict } of samples) if (verdict !== 'kept') dropped.set(verdict, (dropped.get(verdict) ?? 0) + 1);
  const count = [...dropped.values()].reduce((sum, n) => sum + n, 0);
  const reasons = [...dropped].map(([verdict, n]) => `${counted(n)} ${sayName(verdictOf(verdict).label)}`).join(', ');
  const said = say('{kept} kept, {count} dropped', { kept: samples.length - count, count });
  return reasons === '' ? said : `${said}: ${reasons}`;
}
