/**
 * The peer `@huggingface/transformers` on ONNX Runtime: batched generation of the same decoder from an ONNX file that the benchmark
 * serves itself. Knows nothing of our engine.
 */
import { AutoModelForCausalLM, env, Tensor } from '@huggingface/transformers';
import type { BackendName } from '../../src/contracts/engine.ts';
import type { Generator, LlamaShape, Prompts } from '../../src/lab/measure/parts.ts';
import type { Subject } from '../subject.ts';

/** Where the page's script has put the models and the runtime, seen from the worker. */
const FOLDERS = { models: '/models/', runtime: '/onnxruntime/' };

let active: BackendName = 'wasm';

function open(backend: BackendName): Promise<void> {
  active = backend;
  env.allowRemoteModels = false;
  env.allowLocalModels = true;
  env.useBrowserCache = false;
  env.localModelPath = FOLDERS.models;
  env.backends.onnx.wasm.wasmPaths = new URL(FOLDERS.runtime, globalThis.location.href).href;
  env.backends.onnx.wasm.numThreads = 1;
  return Promise.resolve();
}

async function generator({ key }: LlamaShape): Promise<Generator> {
  const model = await AutoModelForCausalLM.from_pretrained(key.replace(' ', ''), { device: active, dtype: 'fp32' });
  const generate = async ({ prompts, tokens }: Prompts): Promise<void> => {
    const shape = [prompts.length, prompts[0]?.length ?? 0];
    const ids = BigInt64Array.from(prompts.flat(), BigInt);
    const made = await model.generate({
      inputs: new Tensor('int64', ids, shape),
      attention_mask: new Tensor('int64', new BigInt64Array(ids.length).fill(1n), shape),
      max_new_tokens: tokens,
      do_sample: true,
      temperature: 0.8,
      top_k: 0,
    });
    if (made.dims[1] !== (shape[1] ?? 0) + tokens) throw new Error(`${made.dims.join(' x ')} ids came back`);
  };
  return { generate, dispose: () => void model.dispose() };
}

export const subject: Subject = {
  name: 'transformers.js',
  open,
  generator,
};
