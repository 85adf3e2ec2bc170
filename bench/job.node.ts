/** Runs one job in this process and writes its rows to the standard output, one line of JSON each; without a job, tells the adapter. */
import process from 'node:process';
import { findAdapter } from '../src/engine/webgpu-device.ts';
import { runJob, type Job } from './job.ts';
import { installDawn } from './peers/dawn.ts';
import { wallClock } from '../src/lab/measure/clock.ts';
import { processorClock } from './row.ts';
import type { NodeMessage } from './node.ts';

const send = (message: NodeMessage): void => void process.stdout.write(`\n${JSON.stringify(message)}\n`);

export async function main([text, clock]: readonly string[]): Promise<number> {
  const job = text === undefined ? null : (JSON.parse(text) as Job);
  if (job?.backend !== 'wasm') await installDawn();
  if (job === null) {
    const found = await findAdapter();
    send({ device: found === null ? null : { device: found.name, software: found.software } });
  } else await runJob(job, clock === 'cpu' ? processorClock : wallClock, (row) => send({ row }));
  return 0;
}
