/** Start values of a new decoder, drawn from a named random stream a weight. Knows no tensor library. */
import type { Random } from '../random.ts';
import { weightShapes } from '../files/config.ts';
import type { DecoderConfig } from '../files/config.ts';
import type { StoredTensor } from '../files/safetensors.ts';

/** Normal with 0.05, the layers that write into the residual stream with 0.02, norm gains one, biases zero; chosen in the prototype of the world. */
export function initialWeights(config: DecoderConfig, random: Random): ReadonlyMap<string, StoredTensor> {
  const weights = new Map<string, StoredTensor>();
  for (const [name, shape] of weightShapes(config)) {
    const data = new Float32Array(shape.reduce((product, n) => product * n, 1)).fill(name.endsWith('.bias') ? 0 : 1);
    const stream = random.fork(name);
    const deviation = name.endsWith('o_proj.weight') || name.endsWith('down_proj.weight') ? 0.02 : 0.05;
    if (shape.length > 1) for (let i = 0; i < data.length; i++) data[i] = deviation * stream.normal();
    weights.set(name, { shape, data });
  }
  return weights;
}
