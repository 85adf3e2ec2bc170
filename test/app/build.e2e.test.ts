/** However the page is built, it is the same page, made for production, and names nobody's disk. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { currentCommit, ROOT } from '../../scripts/commit.ts';

let folder = '';
let built: ReadonlyMap<string, Buffer>;

const filesOf = (place: string): ReadonlyMap<string, Buffer> =>
  new Map(
    readdirSync(place, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted()
      .map((path) => [path.slice(place.length + 1), readFileSync(path)]),
  );

const npm = (...args: string[]) => {
  const path = process.env['npm_execpath'];
  return path === undefined ? (['npm', args] as const) : ([process.execPath, [path, ...args]] as const);
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'build-'));
  const [program, args] = npm('run', 'build', '--', join(folder, 'built'));
  // what a test runner or a shell says of its environment must not matter
  execFileSync(program, args, { cwd: ROOT, stdio: 'pipe', env: { ...process.env, NODE_ENV: 'development' } });
  built = filesOf(join(folder, 'built'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What `npm start` serves, file by file. */
async function started(): Promise<ReadonlyMap<string, Buffer>> {
  const { DISPLAY: _, WAYLAND_DISPLAY: __, NODE_ENV: ___, ...env } = process.env;
  const server = spawn(process.execPath, ['scripts/run.mjs', 'scripts/start.ts'], { cwd: ROOT, env: { ...env, BROWSER: 'none' } });
  try {
    const url = await new Promise<string>((resolve, reject) => {
      let said = '';
      for (const stream of [server.stdout, server.stderr]) {
        stream.on('data', (text: Buffer) => {
          said += text.toString();
          const found = /http:\S+/.exec(said)?.[0];
          if (found !== undefined) resolve(found);
        });
      }
      server.on('exit', () => reject(new Error(said)));
    });
    const files = new Map<string, Buffer>();
    for (const name of built.keys()) files.set(name, Buffer.from(await (await fetch(new URL(name, url))).arrayBuffer()));
    return files;
  } finally {
    server.kill('SIGINT');
  }
}

describe('the built page', () => {
  it('is the same bytes from npm run build, npm start and a plain vite build', async () => {
    execFileSync(process.execPath, [join(ROOT, 'node_modules/vite/bin/vite.js'), 'build', '--outDir', join(folder, 'plain')], {
      cwd: ROOT,
      stdio: 'pipe',
      env: { ...process.env, NODE_ENV: '' },
    });
    const plain = filesOf(join(folder, 'plain'));
    const served = await started();
    expect([...plain.keys()]).toEqual([...built.keys()]);
    for (const [name, bytes] of built) {
      expect(plain.get(name)?.equals(bytes), `${name} of vite build`).toBe(true);
      expect(served.get(name)?.equals(bytes), `${name} of npm start`).toBe(true);
    }
  });

  it('names no path of the disk that it was built on, and nothing of a development build', () => {
    const paths = [ROOT, homedir(), tmpdir(), process.cwd()].filter((path) => path.length > 1);
    for (const [name, bytes] of built) {
      const text = bytes.toString('latin1');
      for (const path of [...paths, 'fileName:', 'jsxDEV', 'node_modules/']) {
        expect(text.includes(path), `${path} in ${name}`).toBe(false);
      }
    }
  });

  it('says which commit it was made from', () => {
    const worker = [...built].find(([name]) => /lm\.worker-.*\.js$/.test(name))?.[1].toString() ?? '';
    expect(worker).toContain(currentCommit());
  });
});
