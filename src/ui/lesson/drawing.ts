/**
 * A curve that somebody draws by hand over rounds: where it lies, what a pointer or a key changes, and how far it is from what came. Pure
 * geometry; knows no element.
 */

/** A share for each round, the base first. */
export type Drawn = readonly number[];

/** A picture of rounds times shares: its size and the room around the axes, all in the same unit. */
export type Frame = {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly rounds: number;
};

export type Point = { readonly x: number; readonly y: number };

/** Shares are drawn in whole points of a hundred. */
const POINTS = 100;

const clamp = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, value));

/** The nearest share that can be drawn. */
export function shareOf(value: number): number {
  return Math.round(clamp(value, 0, 1) * POINTS) / POINTS;
}

/** Where a share of a round lies. */
export function pointOf({ width, height, left, right, top, bottom, rounds }: Frame, round: number, share: number): Point {
  return {
    x: left + ((width - left - right) * round) / Math.max(1, rounds),
    y: top + (height - top - bottom) * (1 - share),
  };
}

/** The round and the share that are nearest to a point, wherever it is. */
export function placeOf({ width, height, left, right, top, bottom, rounds }: Frame, { x, y }: Point): { round: number; share: number } {
  const along = clamp((x - left) / Math.max(1, width - left - right), 0, 1);
  const up = 1 - (y - top) / Math.max(1, height - top - bottom);
  return { round: Math.round(along * Math.max(1, rounds)), share: shareOf(up) };
}

/** The curve with another share in a round. */
export function withShare(drawn: Drawn, round: number, share: number): Drawn {
  return drawn.map((before, index) => (index === round ? shareOf(share) : before));
}

/** The curve after a pointer went straight from one point to another: rounds that it passed on the way are drawn too. */
export function stroke(drawn: Drawn, frame: Frame, from: Point, to: Point): Drawn {
  const [first, last] = [placeOf(frame, from), placeOf(frame, to)];
  const steps = Math.abs(last.round - first.round);
  let curve = drawn;
  for (let step = 1; step < steps; step++) {
    const round = first.round + Math.sign(last.round - first.round) * step;
    curve = withShare(curve, round, first.share + ((last.share - first.share) * step) / steps);
  }
  return withShare(curve, last.round, last.share);
}

/** What each key of a slider does to a share. */
const KEYS: Readonly<Record<string, (share: number) => number>> = {
  ArrowUp: (share) => share + 0.01,
  ArrowRight: (share) => share + 0.01,
  ArrowDown: (share) => share - 0.01,
  ArrowLeft: (share) => share - 0.01,
  PageUp: (share) => share + 0.1,
  PageDown: (share) => share - 0.1,
  Home: () => 0,
  End: () => 1,
};

/** What a key does to a share, as a slider has it; null where it does nothing. */
export function afterKey(key: string, share: number): number | null {
  const change = Object.hasOwn(KEYS, key) ? KEYS[key] : undefined;
  return change === undefined ? null : shareOf(change(share));
}

/** How far a drawn curve is from what was measured, over the rounds that both have: the mean distance, and where they are furthest apart. */
export type Distance = { readonly mean: number; readonly round: number; readonly apart: number };

/** Positive where more came than was drawn; null without a common round. */
export function distanceOf(drawn: Drawn, measured: readonly number[]): Distance | null {
  const apart = measured.slice(0, drawn.length).map((share, round) => share - (drawn[round] ?? 0));
  if (apart.length === 0) return null;
  const round = apart.reduce((furthest, gap, index) => (Math.abs(gap) > Math.abs(apart[furthest] ?? 0) ? index : furthest), 0);
  return { mean: apart.reduce((sum, gap) => sum + Math.abs(gap), 0) / apart.length, round, apart: apart[round] ?? 0 };
}
