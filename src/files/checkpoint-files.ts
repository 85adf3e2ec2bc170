/**
 * Which files a model is made of, and which of them tell early that it cannot be used: what a download has to know of models.
 * Knows nothing of downloads.
 */
import { parseConfig } from './config.ts';
import { CONFIG, INDEX, NEEDED, OPTIONAL, readJson, WEIGHTS } from './checkpoint.ts';
import { refuseOther } from './kinds.ts';
import { readIndex, shardsOf } from './shards.ts';

/** Errors: what `parseConfig`, `readIndex` and `refuseOther` throw, or that a file is no JSON. */
export const CHECKPOINT_FILES = {
  needed: NEEDED,
  optional: OPTIONAL,
  weights: WEIGHTS,
  index: INDEX,
  partsOf: (bytes: Uint8Array): readonly string[] => shardsOf(readIndex(readJson(bytes, INDEX, 'MODEL_FORMAT'))),
  check: (name: string, bytes: Uint8Array): void => {
    if (bytes.length > 0 || !(OPTIONAL as readonly string[]).includes(name)) refuseOther(name, bytes);
    if (name === CONFIG) parseConfig(readJson(bytes, CONFIG, 'MODEL_MISMATCH'));
  },
  checkHead: (name: string, head: Uint8Array, size: number): void => refuseOther(name, head, size),
} as const;
