/** What the CPU backend promises where memory can and cannot be shared, and that only the bit that says so is changed. */
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import simdBytes from 'virtual:simd';
import readBinary from 'virtual:tfjs-binary';
import { describe, expect, it, vi } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { canShareMemory, withSharedMemory } from '../../src/engine/shared-memory.ts';
import { heldOnCpu, startWasm, useThreads } from '../../src/engine/wasm.ts';

describe('a shared memory', () => {
  it("changes one bit of tfjs' binary and one of our kernels", async () => {
    for (const plain of [await readBinary(), simdBytes]) {
      const shared = withSharedMemory(plain);
      expect(Array.from(plain, (byte, i) => byte ^ (shared[i] as number)).filter((bits) => bits !== 0)).toEqual([2]);
      expect(WebAssembly.validate(shared)).toBe(true);
    }
  });

  it('is refused with a code for bytes that are no such binary, and never hangs', () => {
    const check = (bytes: Uint8Array): void => {
      try {
        withSharedMemory(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(AppError);
      }
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), check), { numRuns: 2000, seed: 3 });
    const cut = fc.integer({ min: 0, max: simdBytes.length - 1 });
    fc.assert(
      fc.property(cut, (length) => check(simdBytes.subarray(0, length))),
      { numRuns: 500, seed: 4 },
    );
  });

  it('is not needed: where a browser does not lend it, one thread does the work', async () => {
    vi.stubGlobal('SharedArrayBuffer', undefined);
    expect(canShareMemory(65_536)).toBe(false);
    await startWasm();
    vi.unstubAllGlobals();
    expect(await useThreads(4)).toBe(1);
    const sum = tf.sum(tf.ones([100, 100]));
    expect((await sum.data())[0]).toBe(10_000);
    expect(heldOnCpu()).toBeGreaterThan(0);
    sum.dispose();
  });
});
