/**
 * Rotary positions as config.json describes them: the base frequency and Llama 3's stretching to longer texts, at the place where
 * transformers 4 writes them (`rope_theta`, `rope_scaling`) and at that of transformers 5 (`rope_parameters`). Knows no tensor.
 */
import type { Fields } from '../fields.ts';

/** Llama 3's scaling, with the names of config.json. */
export type RopeScaling = {
  readonly factor: number;
  readonly low_freq_factor: number;
  readonly high_freq_factor: number;
  readonly original_max_position_embeddings: number;
};

const DEFAULT_THETA = 10_000;
const NAMES = ['factor', 'low_freq_factor', 'high_freq_factor', 'original_max_position_embeddings'] as const;

/** A finite number above zero. Errors: what `fields` throws, with the place. */
export function positive(fields: Fields, name: string, fallback?: number): number {
  const value = fields.raw(name) === undefined ? fallback : fields.raw(name);
  if (typeof value === 'number' && value > 0 && Number.isFinite(value)) return value;
  return fields.mustBe(name, 'a positive number', value);
}

/** Reads both places; `theta` is what a file without one means. Errors: what `config` throws for a broken value, `unsupported` for another kind of scaling. */
export function readRope(
  config: Fields,
  unsupported: (detail: string) => never,
  theta = DEFAULT_THETA,
): { readonly rope_theta: number; readonly rope_scaling: RopeScaling | null } {
  const top = config.raw('rope_theta') === null ? null : positive(config, 'rope_theta', theta);
  // null is no number for transformers either; it does not matter where the other place has one
  const needed = (): number => top ?? config.fail('rope_theta', 'must not be null');
  const places = (['rope_scaling', 'rope_parameters'] as const).flatMap((name) => config.optional(name) ?? []);
  const [read, other] = places.map((rope) => ({
    rope_theta: rope.raw('rope_theta') === undefined ? needed() : positive(rope, 'rope_theta'),
    rope_scaling: readScaling(rope, unsupported),
  }));
  if (read === undefined) return { rope_theta: needed(), rope_scaling: null };
  if (other !== undefined && JSON.stringify(other) !== JSON.stringify(read)) {
    config.refuse('rope_scaling and rope_parameters do not say the same');
  }
  return read;
}

function readScaling(rope: Fields, unsupported: (detail: string) => never): RopeScaling | null {
  const name = rope.raw('rope_type') === undefined ? 'type' : 'rope_type';
  rope.notNull(name);
  const type = rope.raw(name) ?? 'default';
  const share = rope.raw('partial_rotary_factor') ?? 1;
  if (share !== 1) unsupported(`${rope.at('partial_rotary_factor')} is ${JSON.stringify(share)}; only 1 is supported`);
  if (type === 'default') return null;
  // stretched by nothing
  if ((type === 'linear' || type === 'dynamic') && rope.raw('factor') === 1) return null;
  if (type !== 'llama3') unsupported(`${rope.at(name)} is ${JSON.stringify(type)}; "default" and "llama3" are supported`);
  const [factor, low_freq_factor, high_freq_factor, original_max_position_embeddings] = NAMES.map((field) => positive(rope, field));
  const scaling = { factor, low_freq_factor, high_freq_factor, original_max_position_embeddings } as RopeScaling;
  if (scaling.factor < 1) rope.fail('factor', `must be at least 1, not ${scaling.factor}`);
  if (scaling.high_freq_factor <= scaling.low_freq_factor) rope.fail('high_freq_factor', 'must be above low_freq_factor');
  return scaling;
}

/** For each layer 1 where positions turn it, 0 where not; by default every fourth is left (SmolLM3, arXiv 2501.18795). Errors: what `config` throws. */
export function readTurned(config: Fields, layers: number): readonly number[] {
  const interval = config.whole('no_rope_layer_interval', { fallback: 4, min: 1 });
  const usual = Array.from({ length: layers }, (_, layer) => ((layer + 1) % interval === 0 ? 0 : 1));
  const given = config.list('no_rope_layers', usual);
  const turned = given.slice(0, layers).flatMap((turns) => (turns === 0 || turns === 1 ? [turns] : []));
  return turned.length === layers ? turned : config.fail('no_rope_layers', `must be 0 or 1 for each of ${layers} layers`);
}

/** Radians a position for each pair of a head's dimensions. */
export function frequencies(headDim: number, theta: number, scaling: RopeScaling | null): readonly number[] {
  const plain = Array.from({ length: headDim / 2 }, (_, i) => theta ** ((-2 * i) / headDim));
  if (scaling === null) return plain;
  const { factor, low_freq_factor: low, high_freq_factor: high, original_max_position_embeddings: length } = scaling;
  return plain.map((frequency) => {
    // How often the pair turns in the length that the model was first trained on: often as before, seldom stretched, smooth between.
    const turns = (length * frequency) / (2 * Math.PI);
    const kept = Math.min(1, Math.max(0, (turns - low) / (high - low)));
    return frequency * (kept + (1 - kept) / factor);
  });
}
