/** The device itself, as the ceiling of what any program can do on it: a plain copy of memory. Knows no tensor library. */
import type { Work } from './parts.ts';

/** A copy of so many numbers in the memory of the CPU. */
export function copyOnCpu(floats: number): Work {
  const [from, to] = [new Float32Array(floats).fill(1), new Float32Array(floats)];
  return { run: () => to.set(from), sync: () => Promise.resolve(), dispose: () => {} };
}

/** The same in the memory of a device. */
export function copyOnGpu(gpu: GPUDevice, floats: number): Work {
  const size = 4 * floats;
  const [from, to] = [0, 1].map(() => gpu.createBuffer({ size, usage: GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST }));
  const read = gpu.createBuffer({ size: 4, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  if (from === undefined || to === undefined) throw new Error('no buffers');
  const submit = (record: (encoder: GPUCommandEncoder) => void): void => {
    const encoder = gpu.createCommandEncoder();
    record(encoder);
    gpu.queue.submit([encoder.finish()]);
  };
  return {
    run: () => submit((encoder) => encoder.copyBufferToBuffer(from, 0, to, 0, size)),
    sync: async () => {
      submit((encoder) => encoder.copyBufferToBuffer(to, 0, read, 0, 4));
      await read.mapAsync(GPUMapMode.READ);
      read.unmap();
    },
    dispose: () => {
      for (const buffer of [from, to, read]) buffer.destroy();
    },
  };
}
