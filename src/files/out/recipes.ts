/**
 * A run's data and hyper-parameters as the configuration files of TRL, axolotl and LLaMA-Factory, to go on with a larger model elsewhere. YAML
 * of the plainest kind: strings are quoted, as `no` and `1e-4` change type otherwise. Knows no tool but by the keys that it documents.
 */
import { WARMUP } from '../../settings/recipe.ts';
import type { Settings } from '../../settings/settings.ts';
import { loraOf } from '../lora.ts';
import { dataFile } from './conversations.ts';
import type { ExportFile } from './file.ts';

type Value = string | number | boolean | readonly string[] | readonly Readonly<Record<string, string>>[];
type Entry = readonly [key: string, value: Value] | readonly [comment: string];

type Folders = { readonly data: string; readonly recipes: string };

const MAX_LENGTH = 1024;
/** The warm-up as a share, and the name of the order, are those of transformers 5. */
const NEEDS: Entry = ['needs transformers 5'];
const FLOAT32: Entry = ['float32 as in the run, on any machine; true is faster on a GPU that has bfloat16'];

/**
 * The three files. `model` is the larger model, `data` the name that dataFiles() was given, `folders` those of the data and of the recipes in
 * the folder where the tools are run, null where all lies in that one; `beta2` is the optimiser's, `ordered` tells that the run did not shuffle,
 * `distilled` that it did not learn its answers by heart.
 */
export function recipes(
  config: Settings,
  {
    model,
    data,
    folders,
    beta2,
    ordered,
    distilled,
  }: {
    readonly model: string;
    readonly data: string;
    readonly folders: Folders | null;
    readonly beta2: number;
    readonly ordered: boolean;
    readonly distilled: boolean;
  },
): readonly ExportFile[] {
  const inFolder = (name: string): string => (folders === null ? name : `${folders.data}/${name}`);
  const chat = dataFile(data, 'chat');
  const completion = dataFile(data, 'completion');
  const lora = config.tuning === 'lora';
  const { rank, alpha, targets } = loraOf(config);
  const schedule = config.schedule === 'constant' ? 'constant_with_warmup' : config.schedule;
  const named = (key: string): readonly Entry[] => [
    ['the model of the run; the name or the folder of a larger one goes here'],
    [key, model],
  ];
  const way: readonly Entry[] = distilled
    ? [['the run held these raw answers, right or wrong, to what a teacher said of them; this tool learns them as they are']]
    : [];
  const order = (key: string, value: Value): readonly Entry[] =>
    ordered ? [['the run trained from easy to hard, and so are the rows; without this line they are shuffled'], [key, value]] : [];
  const warmUp: readonly Entry[] = [['below 1 it is a share of all steps'], ['warmup_steps', WARMUP]];
  const adapter = (rankKey: string, entry: Entry): readonly Entry[] =>
    lora ? [[rankKey, rank], ['lora_alpha', alpha], ['lora_dropout', 0], entry] : [];
  const trl: readonly Entry[] = [
    NEEDS,
    ...named('model_name_or_path'),
    ['of a prompt and its completion TRL learns the completion alone'],
    ['datasets', [{ path: 'json', data_files: inFolder(completion), split: 'train' }]],
    ...(lora ? ([['use_peft', true]] satisfies Entry[]) : []),
    ...adapter('lora_r', ['lora_target_modules', targets]),
    ['max_length', MAX_LENGTH],
    ['per_device_train_batch_size', config.batchSize],
    ['gradient_accumulation_steps', 1],
    ['learning_rate', config.learningRate],
    ['adam_beta2', beta2],
    ['lr_scheduler_type', schedule],
    ...warmUp,
    ['num_train_epochs', config.epochs],
    ['seed', config.seed],
    FLOAT32,
    ['bf16', false],
    ['output_dir', `${data}_trl`],
    ['report_to', 'none'],
    ...order('train_sampling_strategy', 'sequential'),
    ...way,
  ];
  const axolotl: readonly Entry[] = [
    ...named('base_model'),
    ['datasets', [{ path: inFolder(chat), ds_type: 'json', type: 'chat_template' }]],
    ...(lora ? ([['adapter', 'lora']] satisfies Entry[]) : []),
    ...adapter('lora_r', ['lora_target_modules', targets]),
    ['sequence_len', MAX_LENGTH],
    ['micro_batch_size', config.batchSize],
    ['gradient_accumulation_steps', 1],
    ['learning_rate', config.learningRate],
    ['lr_scheduler', schedule],
    ['warmup_ratio', WARMUP],
    ['optimizer', 'adamw_torch'],
    ['adam_beta2', beta2],
    ['weight_decay', 0],
    ['num_epochs', config.epochs],
    ['seed', config.seed],
    FLOAT32,
    ['bf16', false],
    ['output_dir', `${data}_axolotl`],
    ...order('curriculum_sampling', true),
    ...way,
  ];
  const factory: readonly Entry[] = [
    NEEDS,
    ...named('model_name_or_path'),
    ['stage', 'sft'],
    ['do_train', true],
    ['finetuning_type', config.tuning],
    ...adapter('lora_rank', ['lora_target', config.loraTargets === 'all' ? 'all' : targets.join(',')]),
    ['dataset', data],
    ['dataset_dir', folders?.data ?? '.'],
    ['without `template` the chat template of the model is taken'],
    ['cutoff_len', MAX_LENGTH],
    ['per_device_train_batch_size', config.batchSize],
    ['gradient_accumulation_steps', 1],
    ['learning_rate', config.learningRate],
    ['adam_beta2', beta2],
    ['lr_scheduler_type', schedule],
    ...warmUp,
    ['num_train_epochs', config.epochs],
    ['seed', config.seed],
    ['output_dir', `${data}_llamafactory`],
    ['logging_steps', 10],
    ['plot_loss', true],
    ...order('disable_shuffling', true),
    ...way,
  ];
  const file = (name: string, command: string, reads: string, entries: readonly Entry[]): ExportFile => {
    const place =
      folders === null
        ? `in the folder where this file and ${reads} lie`
        : `in the folder that has ${folders.recipes}/ and ${folders.data}/ in it`;
    const path = folders === null ? name : `${folders.recipes}/${name}`;
    return { name, text: yaml([[`run ${place}:`], [`${command} ${path}`], ...entries]) };
  };
  return [
    file('trl.yaml', 'trl sft --config', completion, trl),
    file('axolotl.yaml', 'axolotl train', chat, axolotl),
    file('llamafactory.yaml', 'llamafactory-cli train', `${chat} and dataset_info.json`, factory),
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
