/**
 * What every backend promises of every operation: the numbers of plain loops, gradients that agree with finite differences and with
 * tfjs' tape, rows that do not depend on their neighbours, nothing changed but what should, no lost tensors.
 * Run on wasm in Node and on webgpu in a browser.
 */
import { afterEach, beforeAll, describe } from 'vitest';
import { useReference } from '../../../src/engine/ops/op.ts';
import * as generation from './generation.ts';
import * as layers from './layers.ts';
import { describeOptimiser } from './optimiser.ts';
import * as products from './products.ts';
import { describeCases, describeHygiene } from './promises.ts';
import { describeRows } from './rows.ts';
import { describeSampling } from './sampling.ts';
import * as sequences from './sequences.ts';

export type Suite = {
  readonly open: () => Promise<void>;
  /** Largest error allowed, relative to the largest expected value (at least 1). */
  readonly tolerance?: number;
  /** How many random examples of a family to try. */
  readonly runs?: number;
  /** Whether a row has the same bits in every batch. */
  readonly exactRows?: boolean;
};

const SMALL = [...products.SMALL, ...sequences.SMALL, ...layers.SMALL];
const LARGE = [...products.LARGE, ...sequences.LARGE, ...layers.LARGE, ...generation.CASES];

/** Registers the tests for one backend. */
export function describeOps(name: string, { open, tolerance = 2e-5, runs = 60, exactRows = true }: Suite): void {
  describe(`operations on ${name}`, () => {
    beforeAll(open);
    afterEach(() => useReference(false));
    describeCases(SMALL, true, tolerance);
    describeCases(LARGE, false, tolerance);
    products.describeShapes(tolerance, runs);
    sequences.describeShapes(tolerance, runs);
    describeHygiene(LARGE);
    describeRows(exactRows, tolerance);
    describeSampling(runs);
    describeOptimiser(tolerance);
  });
}
