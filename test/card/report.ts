/** What a check of a graphics card found, as JSON, and what it means for the exit status. Knows no device. */
import type { Measured } from '../../bench/row.ts';
import type { Done } from './limit.ts';
import type { Outcome } from './vitest.ts';

/** A test of an operation: `error` is the largest one found against the plain loops, relative, where `allowed` was allowed. */
export type Check = Outcome & { readonly error: number | null; readonly allowed: number | null };

export type Adapter = {
  readonly name: string;
  /** It computes on the processor, and none of the speeds is a card's. */
  readonly software: boolean;
  readonly limits: Readonly<Record<string, number>>;
  readonly features: readonly string[];
};

/** The default run of the page, as far as it came. */
export type DefaultRun = {
  /** Settings that differ from the default because the adapter is a software adapter; empty on a card. */
  readonly shortened: Readonly<Record<string, unknown>>;
  readonly finished: boolean;
  readonly seconds: number;
  readonly firstAnswerSeconds: number | null;
  /** Shares of right answers asked cold, the base model's first. */
  readonly zeroShot: readonly number[];
  readonly adapterHash: string | null;
};

export type Report = {
  readonly commit: string;
  readonly machine: string;
  readonly adapter: Adapter;
  readonly limitSeconds: number;
  readonly seconds: number;
  /** Nothing is missing. */
  readonly complete: boolean;
  readonly missing: readonly string[];
  readonly failures: Readonly<Record<string, string>>;
  readonly operations: Readonly<Record<'right' | 'wrong' | 'notRun' | 'leftOut', number>> & { readonly checks: readonly Check[] };
  /** From nothing open to the first answer of a run, with what the device compiles; null where there was none. */
  readonly firstAnswerSeconds: number | null;
  readonly measured: readonly Measured[];
  readonly run: DefaultRun | null;
};

export type Found = Pick<Report, 'commit' | 'machine' | 'adapter' | 'firstAnswerSeconds' | 'measured' | 'run'> & {
  readonly checks: readonly Check[];
};

/** Puts together what the parts found. */
export function reportOf({ checks, ...found }: Found, { seconds, missing, failures }: Done, limitSeconds: number): Report {
  const count = (state: Check['state']): number => checks.filter((check) => check.state === state).length;
  const notRun = count('not run');
  const all = [...missing, ...(notRun === 0 ? [] : [`${notRun} tests of operations`])];
  const complete = all.length === 0 && Object.keys(failures).length === 0;
  const counts = { right: count('right'), wrong: count('wrong'), notRun, leftOut: count('left out') };
  const { commit, machine, adapter, firstAnswerSeconds, measured, run } = found;
  const about = { commit, machine, adapter, limitSeconds, seconds, complete, missing: all, failures };
  return { ...about, operations: { ...counts, checks }, firstAnswerSeconds, measured, run };
}

/** 0 where all that was done is right, 1 where a test or a part failed; what was not done counts for nothing. */
export function statusOf({ operations, failures, measured }: Report): number {
  const broken = operations.wrong > 0 || Object.keys(failures).length > 0 || measured.some(({ value }) => value === null);
  return broken ? 1 : 0;
}
