import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startWasm } from '../../src/engine/wasm.ts';
import type { ReadFile } from '../../src/files/checkpoint.ts';
import { parseConfig } from '../../src/files/config.ts';
import { readSafetensors } from '../../src/files/safetensors.ts';
import { readWeights } from '../../src/files/shards.ts';
import { ended } from '../support/all.ts';
import { describeFamily, FAMILIES, type Family } from '../support/parity.ts';

const bytes = (...names: string[]): Uint8Array => new Uint8Array(readFileSync(join(import.meta.dirname, '../fixtures', ...names)));
const json = (...names: string[]): unknown => JSON.parse(new TextDecoder().decode(bytes(...names)));

async function readFamily(name: string): Promise<Family> {
  const { r: rank, lora_alpha: alpha } = json(name, 'adapter', 'adapter_config.json') as { r: number; lora_alpha: number };
  const read: ReadFile = (file) => {
    try {
      return Promise.resolve(bytes(name, file));
    } catch {
      return Promise.resolve(null);
    }
  };
  const weights = await ended(readWeights(read));
  const { tensors } = readSafetensors(bytes(name, 'adapter', 'adapter_model.safetensors'));
  const expected = json(name, 'expected.json') as Family['expected'];
  return { config: parseConfig(json(name, 'config.json')), weights, adapter: { rank, alpha, tensors }, expected };
}

for (const name of FAMILIES) {
  describeFamily(`a ${name} model of transformers on the CPU`, { read: () => readFamily(name), open: startWasm, tolerance: 1e-4 });
}
