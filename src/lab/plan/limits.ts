/** What this device offers a run, in bytes, as far as the browser tells. Knows no run. */
import { findAdapter } from '../../engine/webgpu-device.ts';
import type { Limits } from '../../model/cost.ts';
import type { BackendName } from '../../contracts/engine.ts';

/** The memory that WebAssembly can address. */
const WASM = 4 * 2 ** 30;

/** Limits of the open engine; storage is asked for anew at each call. */
export async function limitsOf(backend: BackendName): Promise<Limits> {
  const { quota, usage } = (await navigator.storage?.estimate?.().catch(() => null)) ?? {};
  const storage = quota === undefined || usage === undefined ? null : Math.max(0, quota - usage);
  if (backend === 'wasm') return { memory: WASM, tensor: null, storage };
  const found = await findAdapter();
  const tensor = found === null ? null : Math.min(found.adapter.limits.maxStorageBufferBindingSize, found.adapter.limits.maxBufferSize);
  return { memory: null, tensor, storage };
}
