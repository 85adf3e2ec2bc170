/** What the method tells while it works. Plain data; the events of the worker around it are in run/events.ts. */
import type { Measured, RoundResult, Sample } from './records.ts';

export type Phase = 'load' | 'write' | 'measure' | 'draft' | 'answer' | 'train' | 'validate' | 'probe';

export type MethodEvent =
  | { readonly type: 'progress'; readonly phase: Phase; readonly round: number; readonly done: number; readonly total: number }
  | ({ readonly type: 'base' } & Measured)
  | { readonly type: 'sample'; readonly sample: Sample }
  | { readonly type: 'ordered'; readonly round: number; readonly samples: readonly Sample[] }
  | {
      readonly type: 'step';
      readonly round: number;
      readonly step: number;
      readonly steps: number;
      readonly loss: number;
      readonly gradientNorm: number;
      readonly learningRate: number;
    }
  | { readonly type: 'round'; readonly result: RoundResult };
