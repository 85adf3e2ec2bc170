/**
 * Layers that read the same input as one matrix: q, k and v below each other, and gate and up. The decoder works on these stacks,
 * with the names that checkpoints of stacked models use; files keep the checkpoint's own names. Knows no tensor.
 */
import { linearPath, linearShapes } from '../files/config.ts';
import type { DecoderConfig, LinearName } from '../files/config.ts';
import { below, type StoredTensor } from '../files/floats.ts';

/** The stacks of a block, by name, with the layers that they hold in order. */
export const STACKS = {
  qkv_proj: ['q_proj', 'k_proj', 'v_proj'],
  o_proj: ['o_proj'],
  gate_up_proj: ['gate_proj', 'up_proj'],
  down_proj: ['down_proj'],
} as const satisfies Readonly<Record<string, readonly LinearName[]>>;

export type StackName = keyof typeof STACKS;
export const STACK_NAMES = Object.keys(STACKS) as readonly StackName[];

/** The path of a stack, without `.weight`. */
export function stackPath(layer: number, stack: StackName): string {
  return linearPath(layer, STACKS[stack][0]).replace(/\w+$/, stack);
}

/** Where the rows of each layer of a stack end, and the width of what it reads. */
export function stackShape(config: DecoderConfig, stack: StackName): { readonly ends: readonly number[]; readonly into: number } {
  const shapes = linearShapes(config);
  let end = 0;
  return { ends: STACKS[stack].map((name) => (end += shapes[name][0])), into: shapes[STACKS[stack][0]][1] };
}

/** The tensors that lie in each stack, in order, by the name of the stack's tensor. */
function partsOf(config: DecoderConfig): ReadonlyMap<string, readonly { readonly part: string; readonly layer: LinearName }[]> {
  const stacks = new Map<string, readonly { readonly part: string; readonly layer: LinearName }[]>();
  for (let block = 0; block < config.num_hidden_layers; block++) {
    for (const stack of STACK_NAMES) {
      if (STACKS[stack].length === 1) continue;
      for (const kind of ['weight', 'bias']) {
        const parts = STACKS[stack].map((layer) => ({ part: `${linearPath(block, layer)}.${kind}`, layer }));
        stacks.set(`${stackPath(block, stack)}.${kind}`, parts);
      }
    }
  }
  return stacks;
}

/** The weights of a checkpoint as the decoder wants them. Tensors of one row length are put below each other, when they are asked for. */
export function stackWeights(config: DecoderConfig, weights: ReadonlyMap<string, StoredTensor>): ReadonlyMap<string, StoredTensor> {
  const stacked = new Map(weights);
  for (const [name, parts] of partsOf(config)) {
    const found = parts.map(({ part }) => weights.get(part)).filter((tensor) => tensor !== undefined);
    if (found.length < parts.length) continue; // biases, where there are none
    for (const { part } of parts) stacked.delete(part);
    stacked.set(name, below(found));
  }
  return stacked;
}

/** The inverse of `stackWeights`. */
export function unstackWeights(config: DecoderConfig, stacked: ReadonlyMap<string, StoredTensor>): ReadonlyMap<string, StoredTensor> {
  const weights = new Map(stacked);
  const shapes = linearShapes(config);
  for (const [name, parts] of partsOf(config)) {
    const whole = stacked.get(name);
    if (whole === undefined) continue;
    weights.delete(name);
    const { data } = whole;
    const row = data.length / (whole.shape[0] as number);
    let at = 0;
    for (const { part, layer } of parts) {
      const [rows] = shapes[layer];
      weights.set(part, { shape: [rows, ...whole.shape.slice(1)], data: data.slice(at, at + rows * row) });
      at += rows * row;
    }
  }
  return weights;
}
