/**
 * The service worker of the page, at the root of its scope: /service.worker.js of the build. It isolates the page where the host does not, sends
 * each file's policy with it, and keeps the files of the build, so that the page works without a network; models of a hub it never sees. A newer one keeps its own files first
 * and then waits until the page says that it may take over. A classic script: it must import nothing that another entry of the build imports.
 */
import { isolating, needsIsolating } from '../src/isolation.ts';
import { type KeptFile, KeptFiles } from '../src/kept-files.ts';
import { guarded } from '../src/policy.ts';

type Asked = { waitUntil(work: Promise<unknown>): void; readonly data: unknown; readonly ports: readonly MessagePort[] };
type Fetched = { readonly request: Request; respondWith(response: Promise<Response>): void };

/** What the types of a page lack of the scope of a service worker. */
type ServiceScope = {
  /** Every file of the build, put there by it (scripts/app-plugin.ts). */
  readonly __WB_MANIFEST: readonly KeptFile[];
  readonly location: Location;
  readonly registration: Pick<ServiceWorkerRegistration, 'scope' | 'active' | 'waiting' | 'installing'>;
  readonly clients: { matchAll(wanted: { readonly includeUncontrolled: boolean }): Promise<readonly unknown[]> };
  skipWaiting(): Promise<void>;
  addEventListener(type: 'install' | 'message', listener: (event: Asked) => void): void;
  addEventListener(type: 'fetch', listener: (event: Fetched) => void): void;
};
const scope = self as unknown as ServiceScope;
const kept = new KeptFiles({
  files: (self as unknown as ServiceScope).__WB_MANIFEST,
  scope: scope.registration.scope,
  caches,
  fetch: (...args) => fetch(...args),
});

/** Milliseconds without a request after which no tab is still opening what it opens. */
const QUIET_MS = 5000;
let asked = Number.NEGATIVE_INFINITY;

/** Says when no tab has asked for anything for a while. */
async function quiet(port: MessagePort | undefined): Promise<void> {
  const left = (): number => asked + QUIET_MS - performance.now();
  while (left() > 0) await new Promise((resolve) => setTimeout(resolve, left()));
  port?.postMessage(true);
}

/** Keeps all files and says whether it could; what other tabs need of earlier versions, or a newer one has, stays. */
async function keep(port: MessagePort | undefined): Promise<void> {
  try {
    await kept.fill();
    port?.postMessage(true);
    const { waiting, installing } = scope.registration;
    const tabs = await scope.clients.matchAll({ includeUncontrolled: true });
    if (tabs.length === 1 && waiting === null && installing === null) await kept.sweep();
  } catch {
    port?.postMessage(false); // the next visit tries again
  }
}

// The first one is there at once, for the page waits for it to be isolated; its files come when the page is at rest.
scope.addEventListener('install', (event) => event.waitUntil(scope.registration.active === null ? scope.skipWaiting() : kept.fill()));
scope.addEventListener('message', (event) => {
  if (event.data === 'keep') event.waitUntil(keep(event.ports[0]));
  if (event.data === 'quiet') event.waitUntil(quiet(event.ports[0]));
  if (event.data === 'take-over') event.waitUntil(scope.skipWaiting());
});
// Open pages are not claimed: what they were loaded as they stay until they are loaded again.
scope.addEventListener('fetch', (event) => {
  asked = performance.now();
  const { request } = event;
  const isolated = needsIsolating(request, scope.location.origin);
  const name = request.method === 'GET' && !request.headers.has('range') ? kept.nameOf(request.url) : null;
  if (name === null && !isolated) return;
  const answer = kept.answer(request, name);
  event.respondWith(isolated ? answer.then((response) => guarded(isolating(response), new URL(request.url).pathname)) : answer);
});
