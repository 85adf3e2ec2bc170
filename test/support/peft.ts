/** Adapters of PEFT for tests of the engine, which holds one rank and one scale for all layers. */
import { readAdapterConfig } from '../../src/files/in/adapter-config.ts';
import type { DecoderConfig } from '../../src/files/config.ts';
import type { LoraOptions } from '../../src/files/lora.ts';

/** The parsed `adapter_config.json` of an adapter whose layers are alike. */
export function peftOptions(json: unknown, config: DecoderConfig): LoraOptions {
  const { targets, pairs } = readAdapterConfig(json, config);
  const [first, ...others] = pairs.values();
  if (first === undefined || others.some(({ rank, scale }) => rank !== first.rank || scale !== first.scale))
    throw new Error('the layers differ in rank or scale');
  return { rank: first.rank, alpha: first.scale * first.rank, targets };
}
