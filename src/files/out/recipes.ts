/**
 * A run's data and hyper-parameters as the configuration files of TRL, axolotl and LLaMA-Factory, to go on with a larger model elsewhere. YAML
 * of the plainest kind: strings are quoted, as `no` and `1e-4` change type otherwise. Knows no tool but by the keys that it documents.
 */
import { WARMUP } from '../../settings/recipe.ts';
import type { Settings } from '../../settings/settings.ts';
import { loraOf } from '../lora.ts';
import type { ExportFile } from './file.ts';

type Value = string | number | boolean | readonly string[] | readonly Readonly<Record<string, string>>[];
type Entry = readonly [key: string, value: Value] | readonly [comment: string];

type Folders = { readonly data: string; readonly recipes: string };

const MAX_LENGTH = 1024;

/**
 * The three files. `model` is the larger model, `data` the name that dataFiles() was given, `folders` those of the data and of the recipes in
 * the folder where the tools are run, null where all lies in that one; `ordered` tells that the run did not shuffle, `distilled` that it did
 * not learn its answers by heart.
 */
export function recipes(
  config: Settings,
  {
    model,
    data,
    folders,
    ordered,
    distilled,
  }: {
    readonly model: string;
    readonly data: string;
    readonly folders: Folders | null;
    readonly ordered: boolean;
    readonly distilled: boolean;
  },
): readonly ExportFile[] {
  const lines = folders === null ? `${data}.jsonl` : `${folders.data}/${data}.jsonl`;
  const lora = config.tuning === 'lora';
  const { rank, alpha, targets } = loraOf(config);
  const way: Entry[] = distilled
    ? [['the run held these raw answers, right or wrong, to what a teacher said of them; this tool learns them as they are']]
    : [];
  const order: Entry[] = ordered ? [['the run trained from easy to hard; this tool shuffles, unless told otherwise']] : [];
  const trl: Entry[] = [
    ['model_name_or_path', model],
    ['datasets', [{ path: 'json', data_files: lines, split: 'train' }]],
    ...(lora
      ? ([
          ['use_peft', true],
          ['lora_r', rank],
          ['lora_alpha', alpha],
          ['lora_dropout', 0],
          ['lora_target_modules', targets],
        ] satisfies Entry[])
      : []),
    ['max_length', MAX_LENGTH],
    ['per_device_train_batch_size', config.batchSize],
    ['gradient_accumulation_steps', 1],
    ['learning_rate', config.learningRate],
    ['lr_scheduler_type', config.schedule === 'constant' ? 'constant_with_warmup' : config.schedule],
    ['below 1 it is a share of all steps (transformers 5; before that the key was warmup_ratio)'],
    ['warmup_steps', WARMUP],
    ['num_train_epochs', config.epochs],
    ['seed', config.seed],
    ['output_dir', `${data}_trl`],
    ['report_to', 'none'],
    ...order,
    ...way,
  ];
  const axolotl: Entry[] = [
    ['base_model', model],
    ['datasets', [{ path: lines, ds_type: 'json', type: 'chat_template' }]],
    ...(lora
      ? ([
          ['adapter', 'lora'],
          ['lora_r', rank],
          ['lora_alpha', alpha],
          ['lora_dropout', 0],
          ['lora_target_modules', targets],
        ] satisfies Entry[])
      : []),
    ['sequence_len', MAX_LENGTH],
    ['micro_batch_size', config.batchSize],
    ['gradient_accumulation_steps', 1],
    ['learning_rate', config.learningRate],
    ['lr_scheduler', config.schedule === 'constant' ? 'constant_with_warmup' : config.schedule],
    ['warmup_ratio', WARMUP],
    ['optimizer', 'adamw_torch'],
    ['weight_decay', 0],
    ['num_epochs', config.epochs],
    ['seed', config.seed],
    ['output_dir', `${data}_axolotl`],
    ...order,
    ...way,
  ];
  const factory: Entry[] = [
    ['model_name_or_path', model],
    ['stage', 'sft'],
    ['do_train', true],
    ['finetuning_type', config.tuning],
    ...(lora
      ? ([
          ['lora_rank', rank],
          ['lora_alpha', alpha],
          ['lora_dropout', 0],
          ['lora_target', config.loraTargets === 'all' ? 'all' : targets.join(',')],
        ] satisfies Entry[])
      : []),
    ['dataset', data],
    ['dataset_dir', folders?.data ?? '.'],
    ['the template is the name of the larger model\'s family, such as "qwen" or "llama3"'],
    ['template', 'default'],
    ['cutoff_len', MAX_LENGTH],
    ['per_device_train_batch_size', config.batchSize],
    ['gradient_accumulation_steps', 1],
    ['learning_rate', config.learningRate],
    ['lr_scheduler_type', config.schedule === 'constant' ? 'constant_with_warmup' : config.schedule],
    ['warmup_ratio', WARMUP],
    ['num_train_epochs', config.epochs],
    ['seed', config.seed],
    ['output_dir', `${data}_llamafactory`],
    ['logging_steps', 10],
    ['plot_loss', true],
    ...order,
    ...way,
  ];
  const place =
    folders === null
      ? `in the folder where this file and ${data}.jsonl lie`
      : `in the folder that has ${folders.recipes}/ and ${folders.data}/ in it`;
  const file = (name: string, command: string, entries: readonly Entry[]): ExportFile => {
    const path = folders === null ? name : `${folders.recipes}/${name}`;
    return { name, text: yaml([[`run ${place}:`], [`${command} ${path}`], ...entries]) };
  };
  return [
    file('trl.yaml', 'trl sft --config', trl),
    file('axolotl.yaml', 'axolotl train', axolotl),
    file('llamafactory.yaml', 'llamafactory-cli train', factory),
  ];
}

function yaml(entries: readonly Entry[]): string {
  const lines = entries.flatMap(([key, value]) => {
    if (value === undefined) return [`# ${key}`];
    if (typeof value !== 'object') return [`${key}: ${scalar(value)}`];
    return [
      `${key}:`,
      ...value.flatMap((item: string | Readonly<Record<string, string>>) =>
        typeof item === 'string'
          ? [`  - ${scalar(item)}`]
          : Object.entries(item).map(([name, text], i) => `  ${i === 0 ? '-' : ' '} ${name}: ${scalar(text)}`),
      ),
    ];
  });
  return [...lines, ''].join('\n');
}

/** A JSON string is a YAML string; a number is written without an exponent, which YAML 1.1 may take for text. */
function scalar(value: string | number | boolean): string {
  if (typeof value === 'string')
    return JSON.stringify(value.replace(/\p{Surrogate}/gu, '\ufffd')).replace(
      /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
      (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
  if (typeof value === 'boolean' || Number.isInteger(value)) return String(value);
  return /e/.test(String(value)) ? value.toFixed(20).replace(/0+$/, '') : String(value);
}
