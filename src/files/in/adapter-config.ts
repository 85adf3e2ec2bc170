/**
 * PEFT's `adapter_config.json`, read: which layers have pairs, of which rank and with which scale. Targets in all their forms, rank and alpha
 * patterns and rsLoRA are honoured; what would change the arithmetic otherwise is refused by name. Knows no weights.
 */
import { AppError } from '../../errors.ts';
import { LINEARS, type DecoderConfig, type LinearName } from '../config.ts';
import { Fields } from '../../fields.ts';
import { patternAt, targetsOf } from './adapter-targets.ts';

type AdapterConfig = {
  readonly base: string;
  readonly targets: readonly LinearName[];
  /** Rank and scale s of a layer's pair (W + s B A), by the path of the layer without `.weight`. */
  readonly pairs: ReadonlyMap<string, { readonly rank: number; readonly scale: number }>;
};

const FILE = 'adapter_config.json';
const MAX_RANK = 512;

/** Keys that change what an adapter does, with the values under which they do not. */
const NEUTRAL: Readonly<Record<string, readonly string[]>> = {
  bias: ['"none"'],
  use_dora: ['false'],
  use_qalora: ['false'],
  use_bdlora: ['false', 'null'],
  lora_bias: ['false'],
  // linear layers are stored as they are used, which PEFT says where this is true, and goes on as if it were not
  fan_in_fan_out: ['false', 'true'],
  // others change the weights of the base as the adapter is loaded
  init_lora_weights: ['true', 'false', 'null', '"gaussian"', '"orthogonal"', '"eva"'],
  layer_replication: ['null'],
  modules_to_save: ['null', '[]'],
  target_parameters: ['null', '[]'],
  trainable_token_indices: ['null'],
  alora_invocation_tokens: ['null'],
  arrow_config: ['null'],
  kasa_config: ['null'],
  monteclora_config: ['null'],
  velora_config: ['null'],
  megatron_config: ['null'],
};

function refuse(detail: string): never {
  throw new AppError('MODEL_MISMATCH', `${FILE}: ${detail}`);
}

/** Reads the parsed file for a model. Errors: MODEL_MISMATCH names the key. */
export function readAdapterConfig(json: unknown, model: DecoderConfig): AdapterConfig {
  const fields = Fields.of(json, '', refuse);
  if (fields.string('peft_type') !== 'LORA')
    fields.fail('peft_type', `is ${JSON.stringify(fields.raw('peft_type'))}; only "LORA" is supported`);
  for (const [key, allowed] of Object.entries(NEUTRAL)) {
    const value = JSON.stringify(fields.raw(key));
    if (value !== undefined && !allowed.includes(value)) fields.fail(key, `is ${value.slice(0, 80)}; only ${allowed[0]} is supported`);
  }
  fields.notNull('r', 'lora_alpha');
  const rank = fields.whole('r', { fallback: 8, min: 1, max: MAX_RANK });
  const alpha = positive(fields.raw('lora_alpha') ?? 8, fields.at('lora_alpha'));
  const ranks = pattern(fields, 'rank_pattern', (value, place) =>
    Number.isInteger(value) && Number(value) >= 1 && Number(value) <= MAX_RANK ? Number(value) : refuse(`${place} must be a rank`),
  );
  const alphas = pattern(fields, 'alpha_pattern', positive);
  const stabilised = fields.boolean('use_rslora', false);
  const pairs = new Map<string, { rank: number; scale: number }>();
  const targets = targetsOf(fields, model);
  for (const { path } of targets) {
    const r = ranks(path) ?? rank;
    pairs.set(path, { rank: r, scale: (alphas(path) ?? alpha) / (stabilised ? Math.sqrt(r) : r) });
  }
  const base = fields.raw('base_model_name_or_path');
  return {
    base: typeof base === 'string' ? base : '',
    targets: LINEARS.filter((linear) => targets.some(({ name }) => name === linear)),
    pairs,
  };
}

function positive(value: unknown, place: string): number {
  return typeof value === 'number' && value > 0 && Number.isFinite(value) ? value : refuse(`${place} must be a positive number`);
}

/** A pattern as a function of a layer's path; the first key that matches the end of the path counts, as in PEFT's `get_pattern_key`. */
function pattern(fields: Fields, name: string, read: (value: unknown, place: string) => number): (path: string) => number | undefined {
  const entries = fields.optional(name);
  const values = (entries?.names() ?? []).map((key): [(path: string) => boolean, number] => [
    patternAt(fields, name, `(.*\\.)?(${key})$`),
    read(entries?.raw(key), `${fields.at(name)}[${JSON.stringify(key)}]`),
  ]);
  return (path) => values.find(([matches]) => matches(path))?.[1];
}
