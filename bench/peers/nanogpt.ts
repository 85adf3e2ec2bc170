/**
 * The peer `@genai-fi/nanogpt`: its own GPT of the same width, layers, heads, vocabulary and batch, by the step of its own trainer.
 * Knows nothing of our engine.
 */
import { models, TeachableLLM } from '@genai-fi/nanogpt';
import type { Batch, LlamaShape, Trainer, Weights } from '../../src/lab/measure/parts.ts';
import type { Subject } from '../subject.ts';

/** As much of a tokeniser as its trainer asks for; the ids are given. */
const TOKENISER = { id: 'numbers', datasetID: 'bench', trained: true, getVocab: () => [] };

async function trainer({ V, D, L, H }: LlamaShape, _weights: Weights, { B, T, targets }: Batch): Promise<Trainer> {
  const config = { modelType: 'GenAI_NanoGPT_v1', vocabSize: V, blockSize: T, nLayer: L, nHead: H, nEmbed: D, mlpFactor: 4, useRope: true };
  const llm = new TeachableLLM({ ...TOKENISER, vocabSize: V }, new models.NanoGPTV1(config));
  const options = {
    method: { type: 'pretraining' },
    batchSize: B,
    maxEpochs: 1,
    learningRate: 1e-3,
    beta2: 0.95,
    weightDecay: 0,
    warmupSteps: 0,
  };
  await forget();
  // One pass over one batch: the job makes its trainer, takes its only step and is done; from then on we ask for the steps.
  const ended = new Promise<void>((resolve, reject) => {
    llm.training.on('completed', () => resolve());
    llm.training.on('error', (_id, error) => reject(error instanceof Error ? error : new Error(String(error))));
  });
  const { trainDataset, trainer } = await llm.training.job(options, [Uint16Array.from([0, ...targets])], [{ id: 'bench', name: 'bench' }]);
  await ended;
  const { value: batch } = await (await trainDataset.iterator()).next();
  return {
    step: async () => {
      const loss = trainer.trainStep({}, batch);
      const [value] = await loss.data();
      loss.dispose();
      return value ?? NaN;
    },
    dispose: () => {
      batch.xs.dispose();
      batch.ys.dispose();
      llm.dispose();
    },
  };
}

/** Its store of tokens outlives the worker and would go on with those of another batch. */
async function forget(): Promise<void> {
  const folder = await navigator.storage.getDirectory();
  for await (const name of folder.keys()) await folder.removeEntry(name, { recursive: true });
}

export const subject: Subject = {
  name: 'genai-nanogpt',
  note: 'genai-nanogpt trains its own GPT of the same width, layers, heads, vocabulary and batch (GELU, F = 4 D, as many key heads as heads), in f32',
  open: () => TeachableLLM.selectBackend('webgpu'),
  trainer,
};
