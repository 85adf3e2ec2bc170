/** The page's own files, fetched from where the page came from, by a server whose policy may forbid that. Knows no file by name. */
import { AppError } from './errors.ts';

/** Milliseconds after which a browser has told of its policy: it does so after the fetch has failed. */
const TOLD = 100;

let forbidden = false;
// Node has no such listener
globalThis.addEventListener?.('securitypolicyviolation', ({ effectiveDirective }) => (forbidden ||= effectiveDirective === 'connect-src'));

/** What `fetching` gives, or its error. Errors: FETCH_BLOCKED where a Content Security Policy forbids it. */
export async function ownFile<T>(address: string, fetching: () => Promise<T>): Promise<T> {
  try {
    return await fetching();
  } catch (error) {
    await new Promise((resolve) => setTimeout(resolve, TOLD));
    if (forbidden) throw new AppError('FETCH_BLOCKED', `${address}: ${String(error)}`, { cause: error });
    throw error;
  }
}
