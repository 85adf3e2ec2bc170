/**
 * What every backend promises of every operation: the numbers of plain loops, gradients that agree with finite differences and with
 * tfjs' tape, rows that do not depend on their neighbours, nothing changed but what should, no lost tensors.
 * Run on wasm in Node and on webgpu in a browser.
 */
import { afterEach, beforeAll, describe } from 'vitest';
import { useReference } from '../../../src/engine/ops/op.ts';
import type { Case } from './case.ts';
import { describeOptimiser } from './optimiser.ts';
import { describeCases, describeHygiene } from './promises.ts';
import { describeRows } from './rows.ts';
import { describeSampling } from './sampling.ts';

export type Suite = {
  readonly open: () => Promise<void>;
  /** Largest error allowed, relative to the largest expected value (at least 1). */
  readonly tolerance?: number;
  /** How many random examples of a family to try. */
  readonly runs?: number;
  /** Whether a row has the same bits in every batch. */
  readonly exactRows?: boolean;
};

/** What a file of cases/ exports. */
type CaseFile = {
  /** Held against finite differences too. */
  readonly SMALL?: readonly Case[];
  readonly LARGE: readonly Case[];
  /** Registers random shapes. */
  readonly describeShapes?: (tolerance: number, runs: number) => void;
};

const FILES = Object.values(import.meta.glob<CaseFile>('./cases/*.ts', { eager: true }));
const SMALL = FILES.flatMap(({ SMALL: small = [] }) => small);
const LARGE = FILES.flatMap(({ LARGE: large }) => large);

/** Registers the tests for one backend. */
export function describeOps(name: string, { open, tolerance = 2e-5, runs = 60, exactRows = true }: Suite): void {
  describe(`operations on ${name}`, () => {
    beforeAll(open);
    afterEach(() => useReference(false));
    describeCases(SMALL, true, tolerance);
    describeCases(LARGE, false, tolerance);
    for (const { describeShapes } of FILES) describeShapes?.(tolerance, runs);
    describeHygiene(LARGE);
    describeRows(exactRows, tolerance);
    describeSampling(runs);
    describeOptimiser(tolerance);
  });
}
