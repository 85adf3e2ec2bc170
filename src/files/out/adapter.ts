/** An adapter as the folder that the PEFT library loads. Knows no tensor library: pairs are shapes and numbers under PEFT's names. */
import type { Adapter, LoraOptions } from '../lora.ts';
import { writeSafetensors } from '../safetensors.ts';
import { type ExportFile } from './file.ts';
import { wellFormed } from '../utf8.ts';

/** The three files of an adapter. `base` names the base model, `about` goes into the README. */
export function adapterFolder(adapter: Adapter, { base, about }: { readonly base: string; readonly about: string }): readonly ExportFile[] {
  return [
    { name: 'adapter_config.json', text: adapterConfigText(adapter, wellFormed(base)) },
    { name: 'adapter_model.safetensors', bytes: writeSafetensors(adapter.tensors) },
    { name: 'README.md', text: readme(adapter, wellFormed(base), wellFormed(about)) },
  ];
}

/** The text of adapter_config.json; `base` names the model that the adapter belongs to. */
export function adapterConfigText({ rank, alpha, targets }: LoraOptions, base: string): string {
  const config = {
    alpha_pattern: {},
    auto_mapping: null,
    base_model_name_or_path: base,
    bias: 'none',
    exclude_modules: null,
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    layers_pattern: null,
    layers_to_transform: null,
    lora_alpha: alpha,
    lora_bias: false,
    lora_dropout: 0,
    modules_to_save: null,
    peft_type: 'LORA',
    r: rank,
    rank_pattern: {},
    revision: null,
    target_modules: [...targets].sort(),
    task_type: 'CAUSAL_LM',
    use_dora: false,
    use_rslora: false,
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

function readme({ rank, alpha, targets }: Adapter, base: string, about: string): string {
  return [
    '---',
    `base_model: ${JSON.stringify(base)}`,
    'library_name: "peft"',
    '---',
    '',
    '# LoRA adapter of Step on Feet',
    '',
    about.trim(),
    '',
    `Rank ${rank}, alpha ${alpha}, on ${[...targets].sort().join(', ')}. Load it with PEFT:`,
    '',
    '```python',
    'from peft import PeftModel',
    'from transformers import AutoModelForCausalLM',
    '',
    `model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(${JSON.stringify(base)}), "path/to/this/folder")`,
    '```',
    '',
  ].join('\n');
}
