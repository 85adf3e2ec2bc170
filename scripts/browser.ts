/**
 * Finds a Chrome-like browser on this machine, or says in one sentence what to install.
 * Knows the usual places on Linux, macOS and Windows; nothing of what the browser is used for.
 */
import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { WrongCall } from './command-line.ts';

const LINUX_NAMES = ['google-chrome', 'google-chrome-stable', 'chromium', 'chromium-browser', 'microsoft-edge', 'microsoft-edge-stable'];
const LINUX_PLACES = ['/usr/bin', '/usr/local/bin', '/snap/bin', '/opt/google/chrome', '/opt/microsoft/msedge'];
const MAC_PLACES = [
  'Google Chrome.app/Contents/MacOS/Google Chrome',
  'Chromium.app/Contents/MacOS/Chromium',
  'Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
];
const WINDOWS_PLACES = ['Google/Chrome/Application/chrome.exe', 'Chromium/Application/chrome.exe', 'Microsoft/Edge/Application/msedge.exe'];

type Machine = { readonly platform: string; readonly env: Readonly<Record<string, string | undefined>>; readonly home: string };

/** The places to look at, best first. */
export function candidates({ platform, env, home }: Machine): readonly string[] {
  const own = env['CHROME_PATH'] === undefined ? [] : [env['CHROME_PATH']];
  if (platform === 'darwin') {
    return [...own, ...['/Applications', join(home, 'Applications')].flatMap((root) => MAC_PLACES.map((place) => join(root, place)))];
  }
  if (platform === 'win32') {
    const roots = ['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA'].flatMap((name) => env[name] ?? []);
    return [...own, ...WINDOWS_PLACES.flatMap((place) => roots.map((root) => join(root, place)))];
  }
  const folders = [...new Set([...(env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== ''), ...LINUX_PLACES])];
  return [...own, ...LINUX_NAMES.flatMap((name) => folders.map((folder) => join(folder, name)))];
}

function runnable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Debian-like Linux, run as root: the distribution's own package can be installed without asking. */
function installChromium(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return false;
  console.log('No Chrome or Chromium found; installing the chromium package of this distribution.');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  try {
    execFileSync('apt-get', ['update', '-qq'], { stdio: ['ignore', 'ignore', 'inherit'], env });
    execFileSync('apt-get', ['install', '-y', '-qq', 'chromium'], { stdio: ['ignore', 'ignore', 'inherit'], env });
    return true;
  } catch {
    return false;
  }
}

/** Path of a browser; installs Chromium where that is possible, throws with one sentence where it is not. */
export function findBrowser(): string {
  const machine = { platform: process.platform, env: process.env, home: process.env['HOME'] ?? '' };
  const own = process.env['CHROME_PATH'];
  if (own !== undefined && !runnable(own)) throw new WrongCall(`CHROME_PATH is ${own}, but no program is there; correct or unset it.`);
  const found = candidates(machine).find(runnable);
  if (found !== undefined) return found;
  if (installChromium()) {
    const installed = candidates(machine).find(runnable);
    if (installed !== undefined) return installed;
  }
  throw new WrongCall('No Chrome, Chromium or Edge was found; install one of them, or set CHROME_PATH to its program file.');
}

/** Start-up arguments: quiet, and WebGPU on a software adapter where there is no graphics card. */
export function browserArguments({ software }: { readonly software: boolean }): string[] {
  const quiet = ['--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
  const sandbox = process.platform === 'linux' && process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const webgpu = ['--enable-unsafe-webgpu', '--enable-features=Vulkan', ...(software ? ['--use-webgpu-adapter=swiftshader'] : [])];
  return [...quiet, ...sandbox, ...(process.platform === 'linux' ? webgpu : [])];
}
