/** What a run's LoRA adapter is: its rank, its scale and the linear layers that it sits on. Pure facts of the settings. */
import type { Settings } from '../settings/settings.ts';
import { LINEARS, type LinearName } from './config.ts';
import type { StoredTensor } from './safetensors.ts';

/** The layers of each choice, by Hugging Face's names. */
const TARGETS: Readonly<Record<Settings['loraTargets'], readonly LinearName[]>> = {
  all: LINEARS,
  attention: ['q_proj', 'k_proj', 'v_proj', 'o_proj'],
  'query-value': ['q_proj', 'v_proj'],
  mlp: ['gate_proj', 'up_proj', 'down_proj'],
};

/** W + (alpha / rank) B A on the targets of every layer. */
export type LoraOptions = { readonly rank: number; readonly alpha: number; readonly targets: readonly LinearName[] };
/** The names of a layer's pair in PEFT's files: A reads, B writes. `path` is the layer's in the checkpoint. */
export function pairNames(path: string): { readonly A: string; readonly B: string } {
  return { A: `base_model.model.${path}.lora_A.weight`, B: `base_model.model.${path}.lora_B.weight` };
}

/** One with its pairs, by PEFT's names. */
export type Adapter = LoraOptions & { readonly tensors: ReadonlyMap<string, StoredTensor> };

/** The adapter of a run: alpha / rank = 2, as LoRA's users do (alpha 16 at rank 8). */
export function loraOf({ loraRank, loraTargets }: Pick<Settings, 'loraRank' | 'loraTargets'>): LoraOptions {
  return { rank: loraRank, alpha: 2 * loraRank, targets: TARGETS[loraTargets] };
}
