/**
 * The service worker of the page, at the root of its scope: /service.worker.js of the build. It isolates the page where the host does not, sends
 * each file's policy with it, keeps the files of the build for a page without a network, and leads back from a notice. Models of a hub it never
 * sees. A newer one keeps its files, then waits until the page says that it may take over. A classic script: it imports nothing that others import.
 */
import { isolating, needsIsolating } from '../src/isolation.ts';
import { type KeptFile, KeptFiles } from '../src/kept-files.ts';
import { answerClicks, type NoticeScope } from '../src/notice.ts';
import { guarded } from '../src/policy.ts';
import { Quiet } from '../src/quiet.ts';

type Asked = { waitUntil(work: Promise<unknown>): void; readonly data: unknown; readonly ports: readonly MessagePort[] };
type Fetched = { readonly request: Request; respondWith(response: Promise<Response>): void };

/** What the types of a page lack of the scope of a service worker. */
type ServiceScope = NoticeScope & {
  /** Every file of the build, put there by it (scripts/app-plugin.ts). */
  readonly __WB_MANIFEST: readonly KeptFile[];
  readonly location: Location;
  readonly registration: Pick<ServiceWorkerRegistration, 'scope' | 'active' | 'waiting' | 'installing'>;
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
const quiet = new Quiet();

/** Keeps all files and says whether it could; what other tabs need of earlier versions, or a newer one has, stays. */
async function keep(port: MessagePort | undefined): Promise<void> {
  const whole = (await kept.fill().catch(() => false)) !== false; // else the next visit tries again
  port?.postMessage(whole);
  const { waiting, installing } = scope.registration;
  const tabs = await scope.clients.matchAll({ includeUncontrolled: true });
  if (whole && tabs.length === 1 && waiting === null && installing === null) await kept.sweep();
}

// The first one is there at once, for the page waits for it to be isolated; its files come when the page is at rest.
scope.addEventListener('install', (event) => event.waitUntil(scope.registration.active === null ? scope.skipWaiting() : kept.fill()));
scope.addEventListener('message', (event) => {
  if (event.data === 'keep') event.waitUntil(keep(event.ports[0]));
  if (event.data === 'quiet') event.waitUntil(quiet.until().then(() => event.ports[0]?.postMessage(true)));
  if (event.data === 'take-over') event.waitUntil(scope.skipWaiting());
});
answerClicks(scope);
// Open pages are not claimed: what they were loaded as they stay until they are loaded again.
scope.addEventListener('fetch', (event) => {
  quiet.asked();
  const { request } = event;
  const isolated = needsIsolating(request, scope.location.origin);
  const name = request.method === 'GET' && !request.headers.has('range') ? kept.nameOf(request.url) : null;
  if (name === null && !isolated) return;
  const answer = kept.answer(request, name);
  event.respondWith(isolated ? answer.then((response) => guarded(isolating(response), new URL(request.url).pathname)) : answer);
});
