/** The device itself, as the ceiling of what any program can do on it. Knows no tensor library. */
import { findAdapter, openDevice } from '../src/engine/webgpu-device.ts';
import { copyOnCpu, copyOnGpu } from '../src/lab/measure/device.ts';
import type { Subject } from './subject.ts';

let device: GPUDevice | null = null;

export const subject: Subject = {
  name: 'the device',
  open: async (backend) => {
    if (backend !== 'webgpu') return;
    const found = await findAdapter();
    if (found === null) throw new Error('no adapter');
    device = await openDevice(found);
  },
  operation: (wanted) => {
    if (wanted.kind !== 'copy') return null;
    return device === null ? copyOnCpu(wanted.floats) : copyOnGpu(device, wanted.floats);
  },
};
