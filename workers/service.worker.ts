/**
 * The service worker of the page, at the root of its scope: /service.worker.js of the build. It isolates the page where the host does not:
 * adds two headers to its document and to its workers' scripts, and leaves every other request to the browser. It keeps nothing, so that a newer
 * one may take over at once, under open pages too. A classic script: it must import nothing that another entry of the build imports as well.
 */
import { isolating, needsIsolating } from '../src/isolation.ts';

/** What the types of a page lack of the scope of a service worker. */
type ServiceScope = {
  readonly location: Location;
  skipWaiting(): Promise<void>;
  addEventListener(type: 'install', listener: (event: { waitUntil(work: Promise<unknown>): void }) => void): void;
  addEventListener(
    type: 'fetch',
    listener: (event: { readonly request: Request; respondWith(response: Promise<Response>): void }) => void,
  ): void;
};
const scope = self as unknown as ServiceScope;

scope.addEventListener('install', (event) => event.waitUntil(scope.skipWaiting()));
// Open pages are not claimed: what they were loaded as they stay until they are loaded again.
scope.addEventListener('fetch', (event) => {
  const { request } = event;
  if (needsIsolating(request, scope.location.origin)) event.respondWith(fetch(request).then(isolating));
});
