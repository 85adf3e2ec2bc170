/**
 * The name of this state of the program: the commit that the page says it was made from. Knows no build.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '..');

/** What the page and its model are made from. The rest may change without making another page. */
const SOURCES = [
  'src',
  'workers',
  'public',
  'index.html',
  'vite.config.ts',
  'package-lock.json',
  'scripts/app-plugin.ts',
  'scripts/commit.ts',
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
