/**
 * Builds the page and serves dist/ on this machine, for the scripts that show it or drive it.
 * Knows nothing of what the page does.
 */
import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import process from 'node:process';
import { build, preview } from 'vite';

export const ROOT = resolve(import.meta.dirname, '..');

/** The commit that is built; `unknown` outside a git checkout, with `+` when files differ from it. */
export function currentCommit(): string {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    return git('rev-parse', '--short=12', 'HEAD') + (git('status', '--porcelain', '--untracked-files=no') === '' ? '' : '+');
  } catch {
    return 'unknown';
  }
}

/** Builds dist/. */
export async function buildSite(): Promise<void> {
  process.env['VITE_COMMIT'] = currentCommit();
  await build({ root: ROOT, logLevel: 'warn' });
}

export type Site = { readonly url: string; close(): Promise<void> };

/** Serves dist/ on a free port of this machine. */
export async function serveSite({ port = 4173 }: { readonly port?: number } = {}): Promise<Site> {
  const server = await preview({ root: ROOT, logLevel: 'warn', preview: { host: '127.0.0.1', port, strictPort: false } });
  const url = server.resolvedUrls?.local[0];
  if (url === undefined) throw new Error('The page could not be served: no free port.');
  return { url, close: () => server.close() };
}
