/** Gives Node a `navigator.gpu` from the package `webgpu` (Dawn), where it is installed. Must run before anything looks for an adapter. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

export async function installDawn(): Promise<void> {
  try {
    const path = createRequire(join(import.meta.dirname, 'package.json')).resolve('webgpu');
    const dawn = (await import(/* @vite-ignore */ pathToFileURL(path).href)) as {
      create(flags: readonly string[]): GPU;
      globals: Record<string, unknown>;
    };
    Object.assign(globalThis, dawn.globals);
    const gpu = dawn.create([]);
    const navigator = { gpu, userAgent: `Node.js/${process.version}` }; // as later versions of Node have it
    if (globalThis.navigator === undefined) Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true });
    else Object.defineProperty(globalThis.navigator, 'gpu', { value: gpu, configurable: true });
  } catch {
    // Not installed: there is no adapter.
  }
}
