/**
 * Finds a WebGPU adapter and opens our own device on it, with the limits and features that the engine asks for.
 * In Node the adapter comes from the npm package `webgpu`, if it is installed. Knows nothing of tfjs or of tensors.
 */
import { AppError } from '../errors.ts';

/** An adapter, the text that names it, and whether it computes on the CPU. */
export type FoundAdapter = { readonly adapter: GPUAdapter; readonly name: string; readonly software: boolean };

/** WebGPU implementations that run on the CPU: 10 to 50 times slower than the wasm backend on the same machine. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|basic render|warp|software|\bcpu\b/i;

const LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupSizeX',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupsPerDimension',
] as const satisfies readonly (keyof GPUSupportedLimits)[];

/** `tf.time` uses the first, products on software adapters the second; no kernel is without a version that needs neither. */
const FEATURES: readonly GPUFeatureName[] = ['timestamp-query', 'subgroups'];

/** Gives Node a `navigator.gpu` from the npm package `webgpu` (Dawn). It is no dependency: where it is absent nothing happens. */
async function installInNode(): Promise<void> {
  if (typeof process === 'undefined' || process.versions?.node === undefined || globalThis.navigator?.gpu !== undefined) return;
  const specifier = 'webgpu';
  try {
    const dawn = (await import(/* @vite-ignore */ specifier)) as {
      create(flags: readonly string[]): GPU;
      globals: Record<string, unknown>;
    };
    Object.assign(globalThis, dawn.globals);
    const gpu = dawn.create([]);
    if (globalThis.navigator === undefined) Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true });
    else Object.defineProperty(globalThis.navigator, 'gpu', { value: gpu, configurable: true });
  } catch {
    // Not installed, or no driver: the caller sees no adapter.
  }
}

/** The fastest adapter, or null where there is none. */
export async function findAdapter(): Promise<FoundAdapter | null> {
  await installInNode();
  const adapter = await globalThis.navigator?.gpu?.requestAdapter({ powerPreference: 'high-performance' }).catch(() => null);
  if (adapter === null || adapter === undefined) return null;
  const { vendor, architecture, device, description, isFallbackAdapter } = adapter.info;
  const name = [...new Set([vendor, architecture, device, description])].filter((part) => part !== '').join(' ') || 'unnamed adapter';
  const oldFallback = (adapter as { readonly isFallbackAdapter?: boolean }).isFallbackAdapter === true;
  return { adapter, name, software: isFallbackAdapter || oldFallback || SOFTWARE.test(name) };
}

/** A device with the adapter's own limits; the defaults of WebGPU allow 128 MiB a binding only. */
export async function openDevice({ adapter, name }: FoundAdapter): Promise<GPUDevice> {
  const requiredLimits: Record<string, number> = {};
  for (const limit of LIMITS) {
    const value = adapter.limits[limit];
    if (typeof value === 'number') requiredLimits[limit] = value;
  }
  try {
    return await adapter.requestDevice({ requiredFeatures: FEATURES.filter((feature) => adapter.features.has(feature)), requiredLimits });
  } catch (cause) {
    throw new AppError('GPU_NONE', `${name} gave no device: ${String(cause)}`, { cause });
  }
}
