/**
 * The worker that owns the only device and the model: serves the lab to the page. On the CPU it starts helpers: this file again, under
 * another name.
 */
import * as Comlink from 'comlink';
import { startHeartbeat } from '../src/lab/heartbeat.ts';
import { createLab } from '../src/lab/lab.ts';
import { serveHelper } from '../src/lab/pool/helper.ts';
import { HELPER } from '../src/lab/pool/helpers.ts';
import { trustOwnScripts } from '../src/trusted.ts';

const COMMIT = (import.meta.env['VITE_COMMIT'] as string | undefined) ?? 'unknown';

/** The same file, so there is nothing more to download. */
const startHelper = (): Worker => new Worker(self.location.href, { type: 'module', name: HELPER });

trustOwnScripts(self.location.href, { made: true });
if (self.name === HELPER) serveHelper();
else {
  Comlink.expose(createLab({ commit: COMMIT, startHelper }));
  startHeartbeat();
}
