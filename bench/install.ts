/** Installs the other programs of the benchmark when it first runs: they are no dependencies of this project. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';

const FOLDER = join(import.meta.dirname, 'peers');

/** True when what is installed is what the lock file asks for. */
function isCurrent(optional: boolean): boolean {
  const installed = join(FOLDER, 'node_modules/.package-lock.json');
  if (!existsSync(installed) || (optional && !existsSync(join(FOLDER, 'node_modules/webgpu')))) return false;
  return statSync(installed).mtimeMs >= statSync(join(FOLDER, 'package-lock.json')).mtimeMs;
}

/** The names and versions of the peers, `name version`. */
export function peerVersions(): readonly string[] {
  const { dependencies } = JSON.parse(readFileSync(join(FOLDER, 'package.json'), 'utf8')) as {
    readonly dependencies: Record<string, string>;
  };
  return Object.entries(dependencies).map(([name, version]) => `${name} ${version}`);
}

/**
 * Installs what is missing; where that is not possible, the peers' rows say so and ours are measured all the same. WebGPU for Node is
 * optional, because it is as large as the rest and a browser does not need it.
 */
export function installPeers({ runtime }: { readonly runtime: 'chrome' | 'node' }, say: (text: string) => void): void {
  const optional = runtime === 'node';
  if (isCurrent(optional)) return;
  say(`Installing the programs to compare with into bench/peers (once, about ${optional ? 320 : 190} MB).`);
  const windows = process.platform === 'win32';
  const args = ['ci', '--loglevel=error', ...(optional ? ['--include=optional'] : [])];
  const { status } = spawnSync(windows ? 'npm.cmd' : 'npm', args, { cwd: FOLDER, stdio: 'inherit', shell: windows });
  if (status !== 0) console.error('They could not be installed; only this project and stock tfjs are measured.');
}
