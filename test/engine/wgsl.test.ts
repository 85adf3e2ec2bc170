/**
 * Every kernel that a run compiles is pinned as text, one file a module in test/engine/wgsl, as it is handed to `createShaderModule`: a
 * change of what the graphics card will run shows as a diff. Renewed by `npx vitest run --project node test/engine/wgsl.test.ts -u`.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { openBackend } from '../../src/engine/backend.ts';
import { OwnWebGPUBackend } from '../../src/engine/webgpu.ts';
import { bundledRuns, exercise, LARGER_RUNS } from '../support/gpu-runs.ts';
import { testPins } from '../support/pinned.ts';
import { type Card, installRecordingGpu, type Module } from '../support/recording-gpu.ts';

const PINS = join(import.meta.dirname, 'wgsl');
const LADDER = join(import.meta.dirname, '../../public/models/ladder/config.json');
const RUNS = [...bundledRuns(JSON.parse(readFileSync(LADDER, 'utf8'))), ...LARGER_RUNS];

/** One of each kind: kernels with shared memory, kernels for CPUs that hand numbers from thread to thread, and those that cannot. */
const CARDS: readonly Card[] = [
  { vendor: 'a graphics card', software: false, features: [] },
  { vendor: 'SwiftShader', software: true, features: ['subgroups'] },
  { vendor: 'SwiftShader of old', software: true, features: [] },
];

/** All modules that `cards` compile in all runs. tfjs gives all programs of a class one label: theirs is the key of the program. */
async function record(cards: readonly Card[]): Promise<readonly Module[]> {
  const modules: Module[] = [];
  for (const card of cards) {
    const ofTfjs = vi.spyOn(OwnWebGPUBackend.prototype, 'runWebGPUProgram');
    installRecordingGpu(card, ({ label, code }) => {
      const program = ofTfjs.mock.lastCall?.[0];
      modules.push({ label: label === program?.constructor.name ? `tfjs ${program.shaderKey}` : label, code });
    });
    // The test at the start is compiled too, and then finds zeros.
    await expect(openBackend('webgpu')).rejects.toMatchObject({ code: 'BACKEND_SELFTEST' });
    vi.spyOn(OwnWebGPUBackend.prototype, 'selfTest').mockResolvedValue();
    await openBackend('webgpu');
    for (const run of RUNS) await exercise(run);
    vi.restoreAllMocks();
  }
  return modules;
}

const fileOf = (label: string): string => `${label.replaceAll(/\W+/g, '-').replace(/-$/, '')}.wgsl`;

const modules = new Map<string, Set<string>>();
for (const { label, code } of await record(CARDS)) modules.set(fileOf(label), (modules.get(fileOf(label)) ?? new Set()).add(code));

describe('the kernels that a run compiles', () => {
  test('each have a key of their own: no two texts share one', () => {
    expect([...modules].filter(([, codes]) => codes.size > 1).map(([name]) => name)).toEqual([]);
  });

  testPins(PINS, '.wgsl', new Map([...modules].map(([name, [code = '']]) => [name, code])));
});
