/**
 * What makes a page isolated: two headers of its document and of its workers' scripts. Only there does a browser let threads share memory. The
 * servers of this repository send them; where a static host does not, workers/service.worker.ts adds them. Knows no server and no browser.
 */

/**
 * The page shares its process with no page of another origin, and loads nothing that has not agreed to be loaded: our own files, and what is
 * asked for by CORS, as a model from a hub is. Nothing else is loaded, so that the laxer `credentialless`, which Safari lacks, is not needed.
 */
export const ISOLATING: Readonly<Record<string, string>> = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/** The kinds of requests whose answers need the headers: what has a global scope of its own. */
const SCOPES: readonly string[] = ['document', 'iframe', 'worker', 'sharedworker'];

/** Whether the answer to a request needs the headers; `origin` is that of whoever may add them. */
export function needsIsolating({ url, destination }: Pick<Request, 'url' | 'destination'>, origin: string): boolean {
  return SCOPES.includes(destination) && new URL(url).origin === origin;
}

/** The same answer with the headers. One that says where to go instead, and one that must not be read, stay as they are. */
export function isolating(response: Response): Response {
  if (response.status === 0) return response;
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(ISOLATING)) headers.set(name, value);
  const { status, statusText } = response;
  return new Response(response.body, { status, statusText, headers });
}
