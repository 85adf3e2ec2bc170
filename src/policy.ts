/**
 * What the page and each of its workers may run and reach, as Content Security Policies: a policy per file, since the page itself reaches nothing
 * but its own files, and only the worker that fetches models reaches other hosts. The servers of this repository send them; where a static host
 * does not, the page has its own in its head and workers/service.worker.ts adds them to the rest. Knows no server and no browser.
 */

export const POLICY = 'Content-Security-Policy';

type Directives = Readonly<Record<string, string>>;

/**
 * Of the page and of every worker: nothing that is not allowed below, no script but the files of the build, and none that is made of text: what
 * starts one goes through the one policy of src/trusted.ts.
 */
const ALL: Directives = {
  'default-src': "'none'",
  'script-src': "'self'",
  'connect-src': "'self'",
  'require-trusted-types-for': "'script'",
  'trusted-types': 'default',
};

/** The one style that no file of ours holds: Observable Plot writes it into each chart. */
const PLOT_STYLE = "'sha256-+TfQir1nvDucAdvE6XUQBt4ayUjpAWkbw2kCdSfekHM='";

const PAGE: Directives = {
  ...ALL,
  'worker-src': "'self'",
  'img-src': "'self' data: blob:",
  'style-src': `'self' ${PLOT_STYLE}`,
  'font-src': "'self'",
  'manifest-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
};

/** `blob:` are tfjs' binary and the threads of engine/threads.ts, both made here of what the build holds. */
const LANGUAGE_MODEL: Directives = {
  ...ALL,
  'script-src': "'self' 'wasm-unsafe-eval'",
  'worker-src': "'self' blob:",
  'connect-src': "'self' blob:",
};

/** A hub is any host by https, or one of this machine (store/models/hub.ts); it may send on to another. */
const LIBRARY: Directives = {
  ...ALL,
  'connect-src': "'self' https: http://localhost:* http://*.localhost:* http://127.0.0.1:*",
};

/** Directives that browsers do not take from the head of a page. */
const HEADER_ALONE: readonly string[] = ['frame-ancestors'];

function text(directives: Directives): string {
  return Object.entries(directives)
    .map(([name, sources]) => `${name} ${sources}`)
    .join('; ');
}

/** The policy that is sent with a file of the build, by its path; null for a file that runs nothing and shows nothing. */
export function policyOf(path: string): string | null {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (name === '' || name.endsWith('.html')) return text(PAGE);
  if (/^lm\.worker\b.*\.js$/.test(name)) return text(LANGUAGE_MODEL);
  if (/^library\.worker\b.*\.js$/.test(name)) return text(LIBRARY);
  return name.endsWith('.js') ? text(ALL) : null;
}

/** The policy that stands in the head of the page. */
export function policyOfHead(): string {
  return text(Object.fromEntries(Object.entries(PAGE).filter(([name]) => !HEADER_ALONE.includes(name))));
}

/** The same answer with the policy of its file beside whatever its host sent: browsers hold a file to all of them. */
export function guarded(response: Response, path: string): Response {
  const policy = policyOf(path);
  if (policy === null || response.status === 0 || response.headers.get(POLICY)?.includes(policy) === true) return response;
  const headers = new Headers(response.headers);
  headers.append(POLICY, policy);
  const { status, statusText } = response;
  return new Response(response.body, { status, statusText, headers });
}
