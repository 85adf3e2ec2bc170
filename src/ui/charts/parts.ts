/** Parts of several pictures: grids and axes as all have them, and the labels at the ends of curves. Pure; knows no chart. */
import { say } from '../language/language.ts';
import type { Markish } from '@observablehq/plot';
import { percent } from '../../shares.ts';
import type { PlotLibrary } from './chart.ts';

export const GRID = { stroke: 'var(--rule)', strokeOpacity: 1 } as const;

/** An axis without a line, marks or a name. */
export const BARE = { tickSize: 0, label: null } as const;

/** An axis of shares. */
export const SHARES = { ...BARE, tickFormat: percent } as const;

/** Room for an axis of shares. */
export const LEFT = 44;

/** "base", "round 2", or only "2" where there is no room. */
export function roundLabel(round: number, narrow = false): string {
  return round === 0 ? say('base') : narrow ? String(round) : say('round {round}', { round });
}

/** Pixels that a round's name takes. */
const ROUND = 56;

/** An axis from the base model to the last of the rounds, as wide in pixels; `note` stands below the name of a round. */
export function roundsAxis(rounds: number, wide: number, note: (round: number) => string = () => '') {
  const narrow = wide / Math.max(1, rounds) < ROUND;
  const label = (round: number): string => `${roundLabel(round, narrow)}\n${note(round)}`.trimEnd();
  return {
    ...BARE,
    domain: [-0.15, Math.max(1, rounds) + 0.1],
    ticks: Array.from({ length: rounds + 1 }, (_, round) => round),
    tickFormat: label,
  };
}

/** From the whole step below the shares to the one above, a tenth at least; `steps` are as many a hundred percent. Half without shares. */
export function sharesDomain(shares: readonly number[], steps: number): [number, number] {
  if (shares.length === 0) return [0.5, 1];
  const least = Math.max(0, Math.floor(Math.min(...shares) * steps) / steps);
  return [least, Math.max(least + 0.1, Math.ceil(Math.max(...shares) * steps) / steps)];
}

/** Moves values apart so that no label covers another: at least `gap` between two, none above `ceiling`. */
function spread(values: readonly number[], gap: number, ceiling: number): readonly number[] {
  const order = values.map((value, index) => ({ value, index })).toSorted((a, b) => a.value - b.value);
  const placed: number[] = [];
  for (const { value } of order) placed.push(Math.max(value, (placed.at(-1) ?? -Infinity) + gap));
  let highest = ceiling;
  for (let i = placed.length - 1; i >= 0; i--) {
    placed[i] = Math.min(placed[i] ?? 0, highest);
    highest = (placed[i] ?? 0) - gap;
  }
  const out = [...values];
  for (const [place, { index }] of order.entries()) out[index] = placed[place] ?? 0;
  return out;
}

/** Height of a label in pixels. */
export const LINE = 17;

type End = { readonly end: number; readonly label: string; readonly colour: string };

/** Labels to the right of `x` beside the ends of curves; `high` is the height in pixels of the scale from `least` to `most`. */
export function endLabels(
  plot: PlotLibrary,
  ends: readonly End[],
  { x, least, most, high, room }: Readonly<Record<'x' | 'least' | 'most' | 'high' | 'room', number>>,
): Markish {
  const gap = (LINE * (most - least)) / high;
  const places = spread(
    ends.map(({ end }) => end),
    gap,
    most + gap / 2,
  );
  return plot.text(ends, {
    x,
    y: (_, index: number) => places[index],
    text: 'label',
    fill: 'colour',
    stroke: 'var(--paper)', // what it stands on may be drawn there too
    strokeWidth: 4,
    textAnchor: 'start',
    dx: 13,
    fontWeight: 600,
    lineWidth: (room - 14) / 12,
    textOverflow: 'ellipsis',
  });
}
