/**
 * Weights that are rounded to a few bits: by whom, told from the names and types of the tensors, or from config.json. Knows how none of them
 * is read: it is for a refusal that says what is there.
 */
import { Fields } from '../fields.ts';

/** How a tensor's name ends that only one kind of quantised checkpoint has; the first that fits counts. */
const SCHEMES: readonly (readonly [name: string, ...ends: readonly RegExp[]])[] = [
  ['bitsandbytes', /\.(?:absmax|quant_map|nested_absmax|SCB|weight_format)$/, /\.quant_state\.bitsandbytes__\w+$/],
  ['GPTQ', /\.g_idx$/],
  ['AWQ', /\.qweight$/],
  ['MXFP4', /_blocks$/],
  ['compressed-tensors', /\.weight_(?:packed|shape|zero_point|global_scale)$/],
  ['HQQ', /\.W_q$/],
  ['Quanto', /\.weight\._(?:data|scale)$/],
  ['AQLM', /\.codebooks$/],
  ['EXL2', /\.q_(?:scale|groups|invperm|weight)$/],
  ['MLX', /\.biases$/],
  ['fp8', /\.(?:weight_scale(?:_inv)?|input_scale|weight_scale_2)$/],
];
const SMALL: readonly string[] = ['F8_E4M3', 'F8_E5M2', 'F8_E4M3FNUZ', 'F8_E5M2FNUZ', 'F8_E8M0', 'F6_E2M3', 'F6_E3M2', 'F4'];

/** What quantised the tensors, by their names and types; null where nothing says so. */
export function schemeOf(types: ReadonlyMap<string, string>): string | null {
  const names = [...types.keys()];
  const [scheme] = SCHEMES.find(([, ...ends]) => ends.some((end) => names.some((name) => end.test(name)))) ?? [];
  if (scheme !== undefined) return scheme;
  const small = [...types.values()].find((type) => SMALL.includes(type));
  return small ?? null;
}

/** What config.json says of it, and where, such as "quantization_config: gptq, 4 bits"; null where it says nothing. */
export function quantisedBy(config: Fields): string | null {
  for (const name of ['quantization_config', 'compression_config', 'quantization'] as const) {
    const value = config.raw(name) ?? null;
    if (value === null || (typeof value === 'object' && Object.keys(value).length === 0)) continue;
    if (typeof value !== 'object' || Array.isArray(value)) return `${name}: ${JSON.stringify(value).slice(0, 100)}`;
    const fields = Fields.of(value, name, config.refuse);
    const method = ['quant_method', 'quant_algo', 'format'].map((key) => fields.raw(key)).find((found) => typeof found === 'string');
    const bits = fields.raw('bits') ?? (fields.raw('load_in_4bit') === true ? 4 : fields.raw('load_in_8bit') === true ? 8 : null);
    const by = method === undefined ? 'a method that it does not name' : method.slice(0, 60);
    return `${name}: ${by}${typeof bits === 'number' ? `, ${bits} bits` : ''}`;
  }
  return null;
}
