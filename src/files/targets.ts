/** What a run's LoRA adapter is: its rank, its scale and the linear layers that it sits on. Pure facts of the settings. */
import type { Settings } from '../settings/settings.ts';
import { LINEARS, type LinearName } from './config.ts';

/** The layers of each choice, by Hugging Face's names. */
export const TARGETS: Readonly<Record<Settings['loraTargets'], readonly LinearName[]>> = {
  all: LINEARS,
  attention: ['q_proj', 'k_proj', 'v_proj', 'o_proj'],
  'query-value': ['q_proj', 'v_proj'],
  mlp: ['gate_proj', 'up_proj', 'down_proj'],
};

export type Lora = { readonly rank: number; readonly alpha: number; readonly targets: readonly LinearName[] };

/** The adapter of a run: alpha / rank = 2, as LoRA's users do (alpha 16 at rank 8). */
export function loraOf({ loraRank, loraTargets }: Pick<Settings, 'loraRank' | 'loraTargets'>): Lora {
  return { rank: loraRank, alpha: 2 * loraRank, targets: TARGETS[loraTargets] };
}
