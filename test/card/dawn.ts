/** Gives Node a `navigator.gpu` from Dawn's library, which lies in a file. Knows no adapter. */
import { createRequire } from 'node:module';

type Dawn = { create(this: void, flags: readonly string[]): GPU; readonly globals: Record<string, unknown> };

/** Must run before anything looks for an adapter; the process must be ended by `process.exit` from then on. */
export function openDawn(file: string): void {
  const { create, globals } = createRequire(import.meta.url)(file) as Dawn;
  Object.assign(globalThis, globals);
  const navigator = { gpu: create([]), hardwareConcurrency: 1, userAgent: `Node.js/${process.version}` };
  Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true });
}
