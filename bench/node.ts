/** Runs jobs in Node, each in a process of its own, on the CPU backend and on WebGPU through Dawn. Knows no subject and no command line. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { ROOT } from '../scripts/commit.ts';
import type { Job } from './job.ts';
import type { RowOfJob } from './row.ts';
import type { Device, Runner } from './runner.ts';

/** A line that a process writes. */
export type NodeMessage = { readonly row: RowOfJob } | { readonly device: Device | null };

/** Resolves with the empty text, or with the reason for which the process ended early. */
function start(
  args: readonly string[],
  milliseconds: number,
  listen: (message: NodeMessage) => void,
  root: string = ROOT,
): Promise<string> {
  const command = [join(root, 'scripts/run.mjs'), join(root, 'bench/job.node.ts'), ...args];
  const child = spawn(process.execPath, command, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (text: Buffer) => (errors = `${errors}${text.toString()}`.slice(-2000)));
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.startsWith('{"row"') || line.startsWith('{"device"')) listen(JSON.parse(line) as NodeMessage);
    else if (line !== '' && process.env['BENCH_LOG'] !== undefined) console.error(line);
  });
  return new Promise<string>((resolve) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      resolve(`not done after ${Math.round(milliseconds / 1000)} s`);
    }, milliseconds);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve(code === 0 ? '' : `the process ended with ${code}: ${errors.trim().replaceAll(/\s+/g, ' ').slice(-300)}`);
    });
  });
}

type Where = { readonly root?: string; readonly processor: boolean; readonly milliseconds: number };

/** Runs one job in a process of its own, of this checkout or of another one; resolves as `start` does. */
export function startJob(job: Job, { root = ROOT, processor, milliseconds }: Where, emit: (row: RowOfJob) => void): Promise<string> {
  const listen = (message: NodeMessage): void => {
    if ('row' in message) emit(message.row);
  };
  return start([JSON.stringify(job), processor ? 'cpu' : 'wall'], milliseconds, listen, root);
}

/** Looks for an adapter; `processor` counts the processor's time instead of the clock's. */
export async function openNode({ processor }: { readonly processor: boolean }): Promise<Runner> {
  let webgpu: Device | null = null;
  await start([], 60_000, (message) => {
    if ('device' in message) webgpu = message.device;
  });
  return {
    runtime: `Node ${process.version}`,
    webgpu,
    run: (job, milliseconds, emit) => startJob(job, { processor, milliseconds }, emit),
    close: () => Promise.resolve(),
  };
}
