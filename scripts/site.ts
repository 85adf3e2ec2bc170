/**
 * Builds the page and serves it on this machine, for the scripts that show it or drive it.
 * Knows nothing of what the page does.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import process from 'node:process';
import { gzipSync } from 'node:zlib';
import { build, preview } from 'vite';
import { ROOT } from './commit.ts';

const DIST = join(ROOT, 'dist');

/** Builds the page into a folder, dist/ if not said otherwise: always for production, whatever environment the script runs in. */
export async function buildSite({ folder = DIST }: { readonly folder?: string } = {}): Promise<void> {
  const before = process.env['NODE_ENV'];
  process.env['NODE_ENV'] = 'production'; // `mode` alone does not decide: a development build names the files of this machine
  try {
    await build({ root: ROOT, mode: 'production', logLevel: 'warn', build: { outDir: folder, emptyOutDir: true } });
  } finally {
    if (before === undefined) delete process.env['NODE_ENV'];
    else process.env['NODE_ENV'] = before;
  }
}

/** Bytes of the built page without its models, each file compressed by gzip alone. */
export function pageBytes(folder: string = DIST): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const code = files.map((entry) => relative(folder, join(entry.parentPath, entry.name))).filter((path) => !path.startsWith('models'));
  return code.reduce((sum, path) => sum + gzipSync(readFileSync(join(folder, path)), { level: 9 }).length, 0);
}

type Site = { readonly url: string; close(): Promise<void> };

type Served = { readonly port?: number; readonly folder?: string; readonly headers?: Readonly<Record<string, string>> };

/** Serves such a folder on a free port of this machine, with the headers of vite.config.ts or with those that are given. */
export async function serveSite({ port = 4173, folder = DIST, headers }: Served = {}): Promise<Site> {
  const server = await preview({
    root: ROOT,
    logLevel: 'warn',
    build: { outDir: folder },
    ...(headers === undefined ? {} : { configFile: false }),
    preview: { host: '127.0.0.1', port, strictPort: false, ...(headers === undefined ? {} : { headers }) },
  });
  const url = server.resolvedUrls?.local[0];
  if (url === undefined) throw new Error('The page could not be served: no free port.');
  return { url, close: () => server.close() };
}
