/** The tests of WebGPU that a bundle runs, in the order in which they say most. Knows no test's contents. */
import type { TestFiles } from './vitest.ts';

/** Every operation against plain loops, then what the device promises, then whole models against PyTorch. */
const OPERATIONS: TestFiles = {
  operations: () => import('../engine/ops.browser.test.ts'),
  products: () => import('../engine/products.browser.test.ts'),
  'operations on WebGPU': () => import('../engine/webgpu-ops.browser.test.ts'),
  device: () => import('../engine/webgpu.browser.test.ts'),
  models: () => import('../model/parity.browser.test.ts'),
};

/** What is checked beside: costs, training beside the CPU's, memory of a large model. */
const MORE: TestFiles = {
  work: () => import('../engine/work.browser.test.ts'),
  cost: () => import('../engine/cost.browser.test.ts'),
  decoder: () => import('../model/model.browser.test.ts'),
  'large model': () => import('../model/large.browser.test.ts'),
  'one page': () => import('../micro.browser.test.ts'),
};

export function testFiles({ every }: { readonly every: boolean }): TestFiles {
  return every ? { ...OPERATIONS, ...MORE } : OPERATIONS;
}
