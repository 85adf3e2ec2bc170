/**
 * What the next run will take: a bar of its memory beside the table of the same numbers, storage and time. One line for the bundled model;
 * what does not fit is said with the numbers and the nearest setting that does.
 */
import { say, toSay } from '../language/language.ts';
import { CONTROLS } from '../../controls.ts';
import type { PlanPart, RunPlan } from '../../protocol/models.ts';
import type { OptionName } from '../../run/config.ts';
import { resting } from '../page/focus.ts';
import { UnderWayNotice, underWayText } from '../page/under-way.tsx';
import {
  answersText,
  bytesText,
  changeText,
  noWay,
  PART_NAMES,
  placeText,
  planLine,
  probesText,
  questionsText,
  secondsText,
  shortages,
  skippedText,
} from '../plan-text.ts';
import type { Measuring } from '../session/measuring.ts';
import type { Session } from '../session/session.ts';
import { leftOutText } from '../words.ts';

const ORDER: readonly PlanPart['name'][] = ['weights', 'adapter', 'optimiser', 'activations', 'cache', 'step', 'chat'];
const PHASES = { training: toSay('fine-tuning'), answering: toSay('answering') } as const;

const total = (parts: readonly PlanPart[]): number => parts.reduce((sum, { bytes }) => sum + bytes, 0);

/** Two bars on one scale; the limit is a line where it is near. */
function Bars({ plan }: { readonly plan: RunPlan }) {
  const { memory } = plan.limits;
  const shows = memory !== null && memory < 4 * plan.peak;
  const scale = shows ? Math.max(memory, plan.peak) : plan.peak;
  const percent = (bytes: number): number => (100 * bytes) / Math.max(1, scale);
  const label = (['training', 'answering'] as const).map((phase) => `${say(PHASES[phase])} ${bytesText(total(plan[phase]))}`).join(', ');
  return (
    <svg class="plan-bars" viewBox="0 0 100 30" preserveAspectRatio="none" role="img" aria-label={say('Memory: {label}', { label })}>
      {(['training', 'answering'] as const).map((phase, row) => {
        let at = 0;
        return ORDER.map((name) => {
          const bytes = plan[phase].find((part) => part.name === name)?.bytes ?? 0;
          const x = at;
          at += percent(bytes);
          return <rect key={`${phase} ${name}`} data-part={name} x={x} y={3 + 15 * row} width={percent(bytes)} height={10} />;
        });
      })}
      {shows && <line x1={percent(memory)} x2={percent(memory)} y1="0" y2="30" vector-effect="non-scaling-stroke" />}
    </svg>
  );
}

function Numbers({ plan }: { readonly plan: RunPlan }) {
  const of = (phase: 'training' | 'answering', name: PlanPart['name']): string => {
    const bytes = plan[phase].find((part) => part.name === name)?.bytes;
    return bytes === undefined || bytes === 0 ? '–' : bytesText(bytes);
  };
  const limit = (bytes: number | null): string => (bytes === null ? say('not told') : bytesText(bytes));
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={say(CONTROLS.plan)}>
      <table class="plan-table" aria-label={say(CONTROLS.plan)}>
        <thead>
          <tr>
            <th scope="col">{say('memory')}</th>
            <th scope="col" class="number">
              {say('fine-tuning')}
            </th>
            <th scope="col" class="number">
              {say('answering')}
            </th>
          </tr>
        </thead>
        <tbody>
          {ORDER.map((name) => (
            <tr key={name}>
              <th scope="row">
                <span class="plan-key" data-part={name} aria-hidden="true" />
                {say(PART_NAMES[name])}
              </th>
              <td class="number">{of('training', name)}</td>
              <td class="number">{of('answering', name)}</td>
            </tr>
          ))}
          <tr class="plan-sum">
            <th scope="row">{say('in all')}</th>
            <td class="number">{bytesText(total(plan.training))}</td>
            <td class="number">{bytesText(total(plan.answering))}</td>
          </tr>
          <tr>
            <th scope="row">{say('the device has')}</th>
            <td class="number" colSpan={2}>
              {limit(plan.limits.memory)}
            </td>
          </tr>
          <tr>
            <th scope="row">{say('largest tensor, of at most')}</th>
            <td class="number">{bytesText(plan.largestTensor)}</td>
            <td class="number">{limit(plan.limits.tensor)}</td>
          </tr>
          <tr>
            <th scope="row">{say('stored by the run, free')}</th>
            <td class="number">{bytesText(plan.stored)}</td>
            <td class="number">{limit(plan.limits.storage)}</td>
          </tr>
        </tbody>
      </table>
    </div>
  );
}

function Short({ session, plan }: { readonly session: Session; readonly plan: RunPlan }) {
  const { nearest } = plan;
  const now = session.parsed.value.config;
  return (
    <div class="notice" data-grave={true} role="alert" data-testid="plan-short">
      <p>
        <strong>{placeText(plan)}</strong> {shortages(plan)}
        {nearest === null && ` ${noWay(plan)}`}
      </p>
      {nearest !== null && (
        <p class="notice-actions">
          <button
            type="button"
            onClick={() => {
              for (const name of Object.keys(nearest) as OptionName[]) session.edit(name, String(nearest[name]));
            }}
            data-testid="plan-nearest"
          >
            {say('Take {change}', { change: changeText(nearest, now) })}
          </button>
        </p>
      )}
    </div>
  );
}

const MEASURED = { time: toSay('Measuring the time…'), answers: toSay('Sampling its answers…') } as const;

function Measured({ measuring: { what, far, cancel } }: { readonly measuring: Measuring }) {
  if (what.value === null || far.value === null) return null;
  return <UnderWayNotice title={say(MEASURED[what.value])} way={far.value} text={underWayText(far.value)} cancel={cancel} id="measuring" />;
}

export function Plan({ session }: { readonly session: Session }) {
  const { models } = session;
  const { measuring } = models;
  const plan = models.plan.value;
  const open = models.opened.value;
  if (plan === null || open === null) return null;
  const short = plan.tooMuch.length > 0;
  return (
    <>
      {short && <Short session={session} plan={plan} />}
      <details class="plan" open={open.world === null} data-testid="plan">
        <summary>
          <h2>{say(CONTROLS.plan)}</h2> <span class="muted">{planLine(plan)}</span>
        </summary>
        <div class="plan-body">
          <figure aria-label={say('Memory while fine-tuning (above) and while answering (below).')}>
            <Bars plan={plan} />
            <figcaption>
              {say('Memory while fine-tuning (above) and while answering (below).')}
              {plan.limits.memory !== null && ` ${say('The device has {memory}.', { memory: bytesText(plan.limits.memory) })}`}
            </figcaption>
            <p class="plan-questions" data-testid="plan-questions">
              {[questionsText(plan.questions), probesText(plan), leftOutText(plan.leftOut), short ? '' : skippedText(plan.skipped)]
                .filter((text) => text !== '')
                .join(' ')}
            </p>
            <p class="plan-time">
              {plan.secondsARound === null
                ? say('The time is not measured yet.')
                : say('A round takes about {time}, of these {measuring} to measure it.', {
                    time: secondsText(plan.secondsARound),
                    measuring: secondsText(plan.secondsMeasuring ?? 0),
                  })}{' '}
              {plan.secondsInAll !== null &&
                `${say('The whole run takes about {time}, with all that comes before and after its rounds.', {
                  time: secondsText(plan.secondsInAll),
                })} `}
              <button
                type="button"
                {...resting(session.busy.value || measuring.what.value !== null, () => void measuring.time())}
                data-testid="measure"
              >
                {measuring.what.value === 'time'
                  ? say('Measuring…')
                  : measuring.timed.value
                    ? say('Measure again')
                    : say(CONTROLS.measureTime)}
              </button>
            </p>
            {open.world === null && (
              <p class="plan-time" data-testid="plan-answers">
                {answersText(measuring.answers.value, session.parsed.value.config.maxTokens)}{' '}
                <button
                  type="button"
                  {...resting(session.busy.value || measuring.what.value !== null, () => void measuring.sample())}
                  data-testid="measure-answers"
                >
                  {measuring.what.value === 'answers' ? say('Sampling…') : say(CONTROLS.sampleAnswers)}
                </button>
              </p>
            )}
            <Measured measuring={measuring} />
            <p class="field-note">
              {say("Counted from the model's shape and the settings; a browser needs some more.")}{' '}
              {plan.limits.memory === null &&
                `${say('This one does not tell how much memory the device has: answering begins with few texts at a time, and takes more as long as there is found to be room.')} `}
              {say('The time comes from a short measurement here.')}
            </p>
          </figure>
          <Numbers plan={plan} />
        </div>
      </details>
    </>
  );
}
