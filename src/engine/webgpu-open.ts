/** Puts our WebGPU backend in the place of tfjs' own, or takes it away. Knows no kernel. */
import * as tf from '@tensorflow/tfjs';
import { AppError } from '../errors.ts';
import { BATCH, OwnWebGPUBackend } from './webgpu.ts';
import { type FoundAdapter, openDevice } from './webgpu-device.ts';

/**
 * Opens a device on `found` and makes it tfjs' active backend, in place of an earlier one.
 * @throws AppError GPU_NONE (no device), BACKEND_SELFTEST
 */
export async function openWebGPU(found: FoundAdapter, onFailure: (failure: AppError) => void): Promise<OwnWebGPUBackend> {
  const backend = new OwnWebGPUBackend(await openDevice(found), found, onFailure);
  tf.env().set('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE', BATCH);
  // Our product is used everywhere; should tfjs' own ever run, then not its SplitK program, which misreads a transposed operand.
  tf.env().set('WEBGPU_MATMUL_PROGRAM_TYPE', 3);
  closeWebGPU();
  // All kernels are registered under the name 'webgpu', so ours takes it over.
  tf.registerBackend('webgpu', () => backend, 3);
  try {
    if (!(await tf.setBackend('webgpu'))) throw new AppError('BACKEND_SELFTEST', 'tfjs refused the WebGPU backend');
    await backend.selfTest();
  } catch (error) {
    closeWebGPU();
    throw error;
  }
  return backend;
}

/** Disposes the WebGPU backend, if there is one, with everything on it. */
export function closeWebGPU(): void {
  if (tf.engine().registryFactory['webgpu'] !== undefined) tf.removeBackend('webgpu');
}
