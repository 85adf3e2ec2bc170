/** A command that is told to end takes with it what it made for itself: temporary folders and its browser. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ROOT } from '../../scripts/commit.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'step-on-feet-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Programs whose command line names the folder. */
function programs(): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .flatMap((name) => {
      try {
        const line = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return line.includes(folder) ? [line] : [];
      } catch {
        return []; // it has just ended
      }
    });
}

it.runIf(process.platform === 'linux').each(['SIGINT', 'SIGTERM'] as const)(
  'by %s',
  async (signal) => {
    const [scratch, file, out] = [join(folder, 'tmp'), join(folder, 'long.json'), join(folder, 'out')];
    mkdirSync(scratch);
    writeFileSync(file, JSON.stringify({ arms: [{ name: 'SOFT', options: { method: 'soft', prompts: 480 } }], seeds: [1] }));
    const args = ['scripts/run.mjs', 'scripts/demo.ts', '--experiment', file, '--out', out, '--backend', 'wasm'];
    const child = spawn(process.execPath, args, { cwd: ROOT, env: { ...process.env, TMPDIR: scratch } });
    let said = '';
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (said += text.toString()));
    const code = { ended: undefined as number | null | undefined };
    void ended.then((end) => (code.ended = end));
    // a page is open, so the browser is whole
    await expect
      .poll(() => [code.ended, programs().some((line) => line.includes('--type=renderer'))], { timeout: 200_000, interval: 500 })
      .toEqual([undefined, true]);
    expect(readdirSync(scratch)).not.toEqual([]);
    child.kill(signal);
    expect(await ended).toBe(128 + constants.signals[signal]);
    expect(said).toContain('Stopped. The same command goes on where it was.');
    await expect.poll(programs, { timeout: 10_000 }).toEqual([]);
    expect(readdirSync(scratch)).toEqual([]);
  },
  240_000,
);
