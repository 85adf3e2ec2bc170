/** An arm: a named set of settings, of which each run of an experiment is one with a seed. Knows no arm. */
import { DEFAULTS, type RunConfig } from './config.ts';

/** What it does not name keeps its default. */
export type Arm = { readonly name: string; readonly options: Readonly<Partial<RunConfig>> };

/** The run of an arm with a seed: its options over the defaults, or over those of the open model. */
export function configOf({ options }: Arm, seed: number, standard: Partial<RunConfig> = {}): RunConfig {
  return { ...DEFAULTS, ...standard, ...options, seed };
}
