/**
 * What a measure is: one number of a model, with its name, its unit and what it says. One file a measure; list.ts has them in order. They all
 * look at the same evidence (evidence.ts), which is asked for once. The page, Compare, tables and figures are made from the list. Knows no
 * measure.
 */
import { percent } from '../../shares.ts';
import type { Evidence } from './evidence.ts';

/** How a number is written: a share of 1, a difference of two shares, or a count of something. */
type Unit = 'share' | 'difference' | { readonly of: string; readonly digits: number };

export type Measure<Name extends string = string> = {
  /** As it is stored. */
  readonly name: Name;
  /** As it is called in charts and columns. */
  readonly label: string;
  /** What it is, in half a sentence. */
  readonly help: string;
  readonly unit: Unit;
  /** The number; null where it cannot be told. */
  of(evidence: Evidence): number | null;
};

export function defineMeasure<const Name extends string>(measure: Measure<Name>): Measure<Name> {
  return measure;
}

/** A number in its unit: "93%", "2.31 nats a token"; a dash where there is none. */
export function measureText({ unit }: Pick<Measure, 'unit'>, value: number | null | undefined): string {
  if (value === null || value === undefined) return '–';
  if (typeof unit === 'string') return percent(value);
  return `${value.toFixed(unit.digits)} ${unit.of}`;
}
