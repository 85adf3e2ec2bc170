/** Our model in as many workers as there are cores: prompts are dealt out evenly. In Chrome only. Knows no clock. */
import { wrap } from 'comlink';
import type { Generator, LlamaShape } from '../src/lab/measure/parts.ts';
import type { Member } from './subject.ts';

/** Workers that answer side by side; null where there are none. */
export async function crowd(shape: LlamaShape): Promise<(Generator & { readonly workers: number }) | null> {
  if (typeof Worker === 'undefined') return null;
  const workers = Array.from({ length: navigator.hardwareConcurrency }, () => {
    const worker = new Worker(new URL('./crowd.worker.ts', import.meta.url), { type: 'module' });
    return { worker, member: wrap<Member>(worker) };
  });
  await Promise.all(workers.map(({ member }) => member.open(shape)));
  return {
    workers: workers.length,
    generate: async ({ prompts, tokens }) => {
      const parts = workers.map((_, i) => prompts.filter((__, at) => at % workers.length === i));
      await Promise.all(workers.map(({ member }, i) => member.generate({ prompts: parts[i] ?? [], tokens })));
    },
    dispose: () => workers.forEach(({ worker }) => worker.terminate()),
  };
}
