/** The families of models on WebGPU in Chromium, against transformers, PEFT and PyTorch. */
import { openBackend } from '../../src/engine/backend.ts';
import { parseConfig } from '../../src/files/config.ts';
import { readSafetensors } from '../../src/files/safetensors.ts';
import { readWeights } from '../../src/files/shards.ts';
import { ended } from '../support/all.ts';
import { describeFamily, FAMILIES, type Family } from '../support/parity.ts';

async function bytes(...names: string[]): Promise<Uint8Array | null> {
  const response = await fetch(`/test/fixtures/${names.join('/')}`);
  // The test server answers a missing file with a page.
  if (!response.ok || response.headers.get('content-type')?.startsWith('text/html')) return null;
  return new Uint8Array(await response.arrayBuffer());
}
const needed = async (...names: string[]): Promise<Uint8Array> => (await bytes(...names)) ?? new Uint8Array();
const json = async (...names: string[]): Promise<unknown> => JSON.parse(new TextDecoder().decode(await needed(...names)));

async function readFamily(name: string): Promise<Family> {
  const { r: rank, lora_alpha: alpha } = (await json(name, 'adapter', 'adapter_config.json')) as { r: number; lora_alpha: number };
  const weights = await ended(readWeights((file) => bytes(name, file)));
  const { tensors } = readSafetensors(await needed(name, 'adapter', 'adapter_model.safetensors'));
  const expected = (await json(name, 'expected.json')) as Family['expected'];
  return { config: parseConfig(await json(name, 'config.json')), weights, adapter: { rank, alpha, tensors }, expected };
}

for (const name of FAMILIES) {
  describeFamily(`a ${name} model of transformers on WebGPU`, {
    read: () => readFamily(name),
    open: () => openBackend('webgpu'),
    tolerance: 2e-3,
  });
}
