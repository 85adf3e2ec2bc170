/** What a decoder says and learns, to the last bit, as one number: two steps of an adapter, a reading, answers. For several numbers of threads. Knows no clock. */
import { BITS } from '../scripts/speed.ts';
import { sha256 } from '../src/digest.ts';
import { batchOf, describe, promptsOf, sizesOf } from '../src/lab/measure/shapes.ts';
import { decoderOf, requestsOf, rowsOf } from '../src/lab/measure/model.ts';
import { weightsOf } from '../src/lab/measure/weights.ts';
import type { LlamaShape } from '../src/lab/measure/parts.ts';
import { reasonOf, type Bench } from './bench.ts';

/** Letters of a hash that make a number without rounding. */
const LETTERS = 12;

/** One row: the hash's first digits as its value. */
export async function measureBits(shape: LlamaShape, bench: Bench): Promise<void> {
  const label = describe(shape);
  if (!bench.wants(BITS, label)) return;
  try {
    const sizes = sizesOf(shape, bench.kind);
    const batch = batchOf(shape, sizes.training);
    using model = decoderOf(shape, weightsOf(shape), 'lora');
    const rows = rowsOf(batch);
    const said: unknown[] = [];
    const options = { batchSize: batch.B, learningRate: 1e-3, warmup: 0, schedule: 'constant', weightDecay: 0, clip: 1 } as const;
    for await (const { loss, gradientNorm } of model.finetune([...rows, ...rows], options)) said.push(loss, gradientNorm);
    said.push(await model.score(rows), (await model.snapshot()).hash);
    const { prompts, tokens } = promptsOf(shape, sizes);
    for await (const { index, text, logProbs } of model.generate(requestsOf(prompts.slice(0, 8)), {
      maxTokens: tokens,
      temperature: 0.8,
      topK: 0,
      topP: 1,
      stop: [],
    })) {
      said.push(index, text, logProbs);
    }
    const hash = await sha256(new TextEncoder().encode(JSON.stringify(said)));
    bench.emit({ name: BITS, shape: label, value: Number.parseInt(hash.slice(0, LETTERS), 16), unit: 'bits', note: hash });
  } catch (error) {
    bench.emit({ name: BITS, shape: label, value: null, unit: 'bits', note: reasonOf(error) });
  }
}
