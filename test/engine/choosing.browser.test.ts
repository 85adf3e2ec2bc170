/** Which backend is opened in Chromium on a software adapter, and on what a graphics card would look like. */
import * as tf from '@tensorflow/tfjs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { openBackend } from '../../src/engine/backend.ts';
import { ownBackend } from '../../src/engine/webgpu.ts';

afterEach(() => void vi.restoreAllMocks());

describe('choosing a backend', () => {
  test('a software adapter counts as none, so that auto means the CPU here', async () => {
    expect(await openBackend('auto')).toMatchObject({ backend: 'wasm' });
    expect(tf.getBackend()).toBe('wasm');
    expect(await tf.tensor([1, 2]).square().data()).toEqual(new Float32Array([1, 4]));
  });

  test('whoever asks for WebGPU gets a software adapter too, and is told so', async () => {
    expect(await openBackend('webgpu')).toEqual({
      backend: 'webgpu',
      device: expect.stringMatching(/swiftshader/i),
      software: true,
      threads: 1,
    });
    expect(tf.getBackend()).toBe('webgpu');
    expect(ownBackend(tf.backend()).quads).toBe(true); // so the tests of products see kernels of every kind
  });

  test('a graphics card is taken by auto', async () => {
    const real = await navigator.gpu.requestAdapter();
    const info = { vendor: 'acme', architecture: 'rocket', device: '', description: '', isFallbackAdapter: false };
    const card = new Proxy(real as GPUAdapter, {
      get: (target, key) => {
        if (key === 'info') return info;
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    vi.spyOn(navigator.gpu, 'requestAdapter').mockResolvedValue(card);
    expect(await openBackend('auto')).toEqual({ backend: 'webgpu', device: 'acme rocket', software: false, threads: 1 });
  });

  test('without an adapter, asking for WebGPU fails with GPU_NONE and auto takes the CPU', async () => {
    vi.spyOn(navigator.gpu, 'requestAdapter').mockResolvedValue(null);
    await expect(openBackend('webgpu')).rejects.toMatchObject({ code: 'GPU_NONE' });
    expect(await openBackend('auto')).toMatchObject({ backend: 'wasm' });
  });
});
