/** Logits of a whole model with adapters that PEFT saved, beside PEFT's own (test/oracle/adapter_logits_oracle.py). */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { startWasm } from '../../src/engine/wasm.ts';
import { parseConfig } from '../../src/files/config.ts';
import { readAdapterFolder } from '../../src/files/in/adapter.ts';
import { mergeAdapter } from '../../src/files/out/merged.ts';
import { readSafetensors, type StoredTensor } from '../../src/files/safetensors.ts';
import { toTensors } from '../../src/model/load.ts';
import { createLora, type Lora } from '../../src/model/lora.ts';
import { forward } from '../support/at-once.ts';

const PEFT = join(import.meta.dirname, '../fixtures/peft');
const LADDER = join(import.meta.dirname, '../../public/models/ladder');
const bytesOf = (...path: string[]): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(join(...path)));
const { ids, places, step, base, adapters } = JSON.parse(readFileSync(join(PEFT, 'logits.json'), 'utf8')) as {
  readonly ids: number[][];
  readonly places: readonly number[];
  /** Every so many words of the vocabulary. */
  readonly step: number;
  readonly base: readonly number[];
  readonly adapters: Readonly<Record<string, readonly number[]>>;
};
const config = parseConfig(JSON.parse(readFileSync(join(LADDER, 'config.json'), 'utf8')));
const weights = readSafetensors(bytesOf(LADDER, 'model.safetensors')).tensors;
const folder = (name: string): ReadonlyMap<string, Uint8Array> =>
  new Map(readdirSync(join(PEFT, name)).map((file) => [file, bytesOf(PEFT, name, file)]));

/** The logits that the oracle wrote, of the words and places that it took. */
async function logits(of: ReadonlyMap<string, StoredTensor>, lora: Lora | null): Promise<readonly number[]> {
  const decoder = { config, weights: toTensors(config, of), lora };
  const made = forward(decoder, tf.tensor2d(ids, undefined, 'int32'));
  const all = await made.data();
  tf.dispose([made, ...decoder.weights.values(), ...(lora === null ? [] : [lora.arena])]);
  const { vocab_size: words } = config;
  const length = ids[0]?.length ?? 0;
  return ids.flatMap((_, row) =>
    places.flatMap((place) =>
      Array.from({ length: Math.ceil(words / step) }, (__, i) => all[(row * length + place) * words + i * step] ?? NaN),
    ),
  );
}

const apart = (a: readonly number[], b: readonly number[]): number => Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? NaN))));

describe('the logits of PEFT', () => {
  beforeAll(startWasm);

  it('are those of the model without an adapter', async () => {
    expect(apart(await logits(weights, null), base)).toBeLessThan(1e-4);
  });

  it.each(Object.keys(adapters))('are those of an adapter beside the weights, and merged into them: %s', async (name) => {
    const adapter = readAdapterFolder(folder(name), config);
    const right = adapters[name] ?? [];
    expect(apart(right, base)).toBeGreaterThan(0.01);
    expect(apart(await logits(weights, createLora(config, adapter, adapter.tensors)), right)).toBeLessThan(2e-4);
    expect(apart(await logits(mergeAdapter(config, weights, adapter), null), right)).toBeLessThan(2e-4);
  });

  it('cover every adapter that is here', () => {
    const here = readdirSync(PEFT, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(Object.keys(adapters).toSorted()).toEqual(here.map(({ name }) => name).toSorted());
  });
});
