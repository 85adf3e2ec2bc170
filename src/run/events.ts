/** What a run tells the page, from its start to its end: the events of the method, and what only its worker knows. Plain data only. */
import type { MethodEvent } from '../contracts/events.ts';
import type { Failure } from '../errors.ts';
import type { RunConfig } from './config.ts';
import type { OpenedEngine, RunResult } from './records.ts';
import type { Gauges } from '../contracts/engine.ts';

export type RunEvent =
  | { readonly type: 'started'; readonly run: string; readonly config: RunConfig; readonly engine: OpenedEngine; readonly resumed: boolean }
  | Exclude<MethodEvent, { readonly type: 'round' }>
  | (Extract<MethodEvent, { readonly type: 'round' }> & { readonly gauges: Gauges })
  | { readonly type: 'paused' }
  | { readonly type: 'resumed' }
  | { readonly type: 'warning'; readonly failure: Failure }
  | { readonly type: 'finished'; readonly result: RunResult }
  | { readonly type: 'stopped' }
  /** `removed`: the run held nothing and never can, so it is no longer stored. */
  | { readonly type: 'failed'; readonly failure: Failure; readonly removed?: boolean };
