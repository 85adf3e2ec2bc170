/** A run as the page's worker makes it, in this process: the lab on a store in memory. Knows no device. */
import { createLab } from '../../src/lab/lab.ts';
import { type RunConfig, DEFAULTS } from '../../src/run/config.ts';
import type { RunResult } from '../../src/run/records.ts';
import type { DefaultRun } from './report.ts';

export const MODEL = { kind: 'bundled', url: '/models/ladder', world: DEFAULTS.world } as const;

/** A software adapter takes minutes for a round of the default run. */
export const SHORT: Partial<RunConfig> = { rounds: 1, prompts: 16, questions: 10, epochs: 1 };

/** The run until it ends, or until `stop` says so at one of its events; the first answer's seconds count from before anything is open. */
export async function pageRun(
  { shortened, commit }: { readonly shortened: Partial<RunConfig>; readonly commit: string },
  stop: (event: { readonly type: string; readonly seconds: number }) => boolean,
): Promise<DefaultRun> {
  const start = performance.now();
  const elapsed = (): number => (performance.now() - start) / 1000;
  const lab = createLab({
    commit,
    startHelper: () => {
      throw new Error('WebGPU has no helpers');
    },
  });
  for await (const event of await lab.open({ backend: 'webgpu', model: MODEL }))
    if (event.type === 'failed') throw new Error(`${event.failure.code}: ${event.failure.message}`);
  const events = (await lab.run({ ...DEFAULTS, ...shortened })).getReader();
  const zeroShot: number[] = [];
  let [first, result]: [number | null, RunResult | null] = [null, null];
  for (;;) {
    const { done, value: event } = await events.read();
    if (done) break;
    if (event.type === 'failed') throw new Error(`${event.failure.code}: ${event.failure.message}`);
    if (event.type === 'sample') first ??= elapsed();
    if (event.type === 'base') zeroShot.push(event.scores.zeroShot);
    if (event.type === 'round') zeroShot.push(event.result.zeroShot);
    if (event.type === 'finished') result = event.result;
    else if (stop({ type: event.type, seconds: elapsed() })) await lab.stop();
  }
  const seconds = result?.seconds ?? elapsed();
  return { shortened, finished: result !== null, seconds, firstAnswerSeconds: first, zeroShot, adapterHash: result?.adapterHash ?? null };
}
