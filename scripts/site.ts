/**
 * Builds the page and serves it on this machine, for the scripts that show it or drive it.
 * Knows nothing of what the page does.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { build, preview } from 'vite';

export const ROOT = resolve(import.meta.dirname, '..');

/** What the page and its model are made from. The rest may change without making another page. */
const SOURCES = [
  'src',
  'workers',
  'public',
  'index.html',
  'vite.config.ts',
  'package-lock.json',
  'scripts/simd-plugin.ts',
  'scripts/pretrain.ts',
  'scripts/bpe.ts',
];

/**
 * The last commit that changed the sources; `unknown` outside a git checkout. Where files differ from it, `+` and a hash of them all
 * follow, so that two states of the program never share a name.
 */
export function currentCommit(): string {
  const git = (...args: string[]) =>
    execFileSync('git', [...args, '--', ...SOURCES], { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    const commit = git('log', '-1', '--format=%h', '--abbrev=12');
    if (git('status', '--porcelain', '--untracked-files=all') === '') return commit;
    const hash = createHash('sha256');
    for (const name of new Set(git('ls-files', '-z', '--cached', '--others', '--exclude-standard').split('\0'))) {
      const path = join(ROOT, name);
      if (name !== '' && existsSync(path)) hash.update(`${name}\0`).update(readFileSync(path));
    }
    return `${commit}+${hash.digest('hex').slice(0, 8)}`;
  } catch {
    return 'unknown';
  }
}

const DIST = join(ROOT, 'dist');

/** Builds the page into a folder, dist/ if not said otherwise. */
export async function buildSite({ folder = DIST }: { readonly folder?: string } = {}): Promise<void> {
  process.env['VITE_COMMIT'] = currentCommit();
  await build({ root: ROOT, logLevel: 'warn', build: { outDir: folder, emptyOutDir: true } });
}

export type Site = { readonly url: string; close(): Promise<void> };

/** Serves such a folder on a free port of this machine. */
export async function serveSite({ port = 4173, folder = DIST }: { readonly port?: number; readonly folder?: string } = {}): Promise<Site> {
  const server = await preview({
    root: ROOT,
    logLevel: 'warn',
    build: { outDir: folder },
    preview: { host: '127.0.0.1', port, strictPort: false },
  });
  const url = server.resolvedUrls?.local[0];
  if (url === undefined) throw new Error('The page could not be served: no free port.');
  return { url, close: () => server.close() };
}
