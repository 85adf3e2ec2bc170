/** Nothing is left out of the pinned kernels: what Chromium is given to compile in a short run of the bundled model is among them. */
import { afterEach, expect, test, vi } from 'vitest';
import { openBackend } from '../../src/engine/backend.ts';
import { bundledRuns, exercise } from '../support/gpu-runs.ts';

const PINNED = import.meta.glob<string>('./wgsl/*.wgsl', { query: '?raw', import: 'default', eager: true });

afterEach(() => {
  vi.restoreAllMocks();
});

test('everything that is compiled while the bundled model answers, is scored and learns is pinned', async () => {
  const pinned = new Set(Object.values(PINNED));
  const compile = vi.spyOn(GPUDevice.prototype, 'createShaderModule');
  await openBackend('webgpu');
  const config: unknown = await (await fetch('/models/ladder/config.json')).json();
  for (const run of bundledRuns(config)) await exercise(run);
  const compiled = compile.mock.calls.map(([module]) => module);
  expect(compiled.length).toBeGreaterThan(50);
  expect(compiled.filter(({ code }) => !pinned.has(code)).map(({ label }) => label)).toEqual([]);
});
