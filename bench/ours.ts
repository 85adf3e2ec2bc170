/** This project as a subject of its own benchmark, measured by what the page measures itself with. */
import { openBackend } from '../src/engine/backend.ts';
import { generator, languageModel, scorer, trainer, usage } from '../src/lab/measure/model.ts';
import { operation } from '../src/lab/measure/operations.ts';
import { crowd } from './crowd.ts';
import type { Subject } from './subject.ts';

export const subject: Subject = {
  name: 'ours',
  adapts: true,
  open: async (backend) => void (await openBackend(backend)),
  operation,
  trainer,
  scorer,
  languageModel,
  generator,
  crowd,
  usage,
};
