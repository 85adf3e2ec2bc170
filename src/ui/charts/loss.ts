/** The loss of fine-tuning by step over all rounds, with a thin rule where a round begins. */
import { decimal } from '../../locale.ts';
import { say } from '../language/language.ts';
import { roundsOf } from '../../run/recipe.ts';
import type { LossPoint, RunView } from '../session/view.ts';
import { mean } from '../../numbers.ts';
import type { Chart } from './chart.ts';
import { BARE, GRID, LEFT, roundLabel } from './parts.ts';

const HEIGHT = 240;
const RIGHT = 24;
/** Pixels that a letter takes, about. */
const LETTER = 7;
/** An SVG line gets slow beyond this many points. */
const MOST_POINTS = 1000;
/** Losses and steps that the axes reach at least, unless every loss is small. */
const LEAST = { loss: 0.5, steps: 20 };
/** Distillation has losses of a hundredth of what fine-tuning has: they fill an axis, and are said to one more place. */
const SMALL = 0.1;

/** A loss as a person reads it. */
export const lossText = (loss: number): string => decimal(loss, loss < SMALL ? 3 : 2);

/** Where the axis of losses ends. */
function topOf(losses: readonly number[]): number {
  const largest = Math.max(0, ...losses);
  return 1.08 * (largest > 0 && largest < SMALL ? largest : Math.max(LEAST.loss, largest));
}

type Placed = LossPoint & { readonly x: number };

function placed(losses: readonly LossPoint[]): readonly Placed[] {
  const every = Math.ceil(losses.length / MOST_POINTS);
  return losses
    .map((point, index) => ({ ...point, x: index + 1 }))
    .filter((_, index) => index % every === 0 || index === losses.length - 1);
}

function starts(points: readonly Placed[]): readonly Placed[] {
  return points.filter((point, index) => point.round !== points[index - 1]?.round);
}

/** How the loss moved, in one sentence. */
function textOf({ config, losses }: RunView): string {
  const [first, last] = [losses[0], losses.at(-1)];
  if (config !== null && roundsOf(config) === 0) return say('Nothing is trained in this run.');
  if (first === undefined || last === undefined) return say('The line begins with the first fine-tuning step.');
  if (first.round === last.round)
    return say('Loss went from {from} to {to} over {steps, plural, one {# step} other {# steps}}.', {
      from: lossText(first.loss),
      to: lossText(last.loss),
      steps: losses.length,
    });
  // within a round an order makes it rise or fall, so rounds are held against rounds
  const of = (round: number) => lossText(mean(losses.flatMap((point) => (point.round === round ? [point.loss] : []))));
  const [from, to] = [roundLabel(first.round), roundLabel(last.round)];
  return say('The mean loss was {before} in {from} and {after} in {to}, over {steps} steps in all.', {
    before: of(first.round),
    from,
    after: of(last.round),
    to,
    steps: losses.length,
  });
}

export const LOSS: Chart<RunView> = {
  name: 'loss',
  title: () => say('Is it learning its own answers?'),
  label: () => say('Loss by step'),
  text: textOf,
  table: ({ losses }) => ({
    head: [say('round'), say('step'), say('loss')],
    rows: losses.map(({ round, step, loss }) => [roundLabel(round), String(step), loss.toFixed(3)]),
  }),
  picture: (plot, { losses }, { width }) => {
    const points = placed(losses);
    const top = topOf(points.map((point) => point.loss));
    const most = Math.max(LEAST.steps, points.at(-1)?.x ?? 0);
    const begins = starts(points);
    const steps = Math.min(most, ...begins.slice(1).map(({ x }, index) => x - (begins[index]?.x ?? 0)));
    const longest = Math.max(0, ...begins.map(({ round }) => roundLabel(round).length));
    const narrow = (steps * (width - LEFT - RIGHT)) / most < LETTER * longest;
    return {
      height: HEIGHT,
      marginLeft: LEFT,
      marginRight: RIGHT,
      marginTop: 24,
      marginBottom: 30,
      x: {
        ...BARE,
        domain: [0, most],
        ticks: width < 340 ? 2 : 5,
        tickFormat: (x: number) => (x === 0 ? '' : say('step {step}', { step: x })),
      },
      y: { ...BARE, domain: [0, top], ticks: 4 },
      marks: [
        plot.gridY({ ...GRID, ticks: 4 }),
        plot.ruleX(begins, { x: 'x', stroke: 'var(--rule-strong)', strokeDasharray: '1 3' }),
        plot.text(begins, {
          x: 'x',
          text: ({ round }: Placed) => roundLabel(round, narrow),
          frameAnchor: 'top',
          textAnchor: 'start',
          dx: 4,
          dy: -14,
          fill: 'var(--ink-2)',
        }),
        plot.line(points, { x: 'x', y: 'loss', z: 'round', stroke: 'var(--curve-1)', strokeWidth: 2 }),
        plot.dot(points.slice(-1), { x: 'x', y: 'loss', r: 4, fill: 'var(--curve-1)', stroke: 'var(--paper)', strokeWidth: 1.5 }),
      ],
    };
  },
};
