/** An arm: a named set of settings, of which each run of an experiment is one with a seed. Knows no arm. */
import { DEFAULTS, defaultsIn, type RunConfig } from './config.ts';

/** What it does not name keeps its default. */
export type Arm = { readonly name: string; readonly options: Readonly<Partial<RunConfig>> };

/** The run of an arm with a seed: its options over the defaults of its world, or over those of the open model. */
export function configOf({ options }: Arm, seed: number, standard: Partial<RunConfig> = {}): RunConfig {
  const { world } = { ...DEFAULTS, ...standard, ...options };
  return { ...defaultsIn(world), ...standard, ...options, seed };
}
