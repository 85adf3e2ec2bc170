/** This project as a subject of its own benchmark, measured by what the page measures itself with. */
import { openBackend, spread } from '../src/engine/backend.ts';
import { decoderOf, generator, scorer, trainer, usage } from '../src/lab/measure/model.ts';
import { operation } from '../src/lab/measure/operations.ts';
import { crowd } from './crowd.ts';
import type { Subject } from './subject.ts';

export const subject: Subject = {
  name: 'ours',
  adapts: true,
  open: async (backend, threads) => {
    await openBackend(backend);
    const working = await spread(threads);
    if (working !== threads) throw new Error(`${working} of ${threads} threads: memory is not shared here`);
  },
  operation,
  trainer,
  scorer,
  languageModel: (shape, weights) => decoderOf(shape, weights, 'lora'),
  generator,
  crowd,
  usage,
};
