/** The tensor work of engine, model and training done at once, for tests of its numbers: nothing is let in between its parts. */
import * as adamw from '../../src/engine/ops/adamw.ts';
import * as attentions from '../../src/engine/ops/attention.ts';
import * as caches from '../../src/engine/ops/cache.ts';
import * as losses from '../../src/engine/ops/cross-entropy.ts';
import * as divergences from '../../src/engine/ops/divergence.ts';
import * as embeddings from '../../src/engine/ops/embed.ts';
import * as linears from '../../src/engine/ops/linear.ts';
import * as products from '../../src/engine/ops/product.ts';
import * as norms from '../../src/engine/ops/rms-norm.ts';
import * as ropes from '../../src/engine/ops/rope.ts';
import * as samples from '../../src/engine/ops/sample.ts';
import * as activations from '../../src/engine/ops/swiglu.ts';
import * as trees from '../../src/engine/ops/tree-attention.ts';
import { now, type Work } from '../../src/engine/work.ts';
import * as backwards from '../../src/model/backward.ts';
import * as batches from '../../src/model/cache.ts';
import * as decoders from '../../src/model/decoder.ts';
import * as loras from '../../src/model/lora.ts';
import * as finetuning from '../../src/training/finetune.ts';
import * as optimizers from '../../src/training/optimizer.ts';

const atOnce =
  <A extends unknown[], T>(work: (...args: A) => Work<T>) =>
  (...args: A): T =>
    now(work(...args));

export const adamW = atOnce(adamw.adamW);
export const squaredNorm = atOnce(adamw.squaredNorm);
export const attention = atOnce(attentions.attention);
export const attentionGrad = atOnce(attentions.attentionGrad);
export const cachedAttention = atOnce(caches.cachedAttention);
export const ropeAppend = atOnce(caches.ropeAppend);
export const treeAttention = atOnce(trees.treeAttention);
export const crossEntropy = atOnce(losses.crossEntropy);
export const tokenLogProbs = atOnce(losses.tokenLogProbs);
export const divergence = atOnce(divergences.divergence);
export const embed = atOnce(embeddings.embed);
export const embedGrad = atOnce(embeddings.embedGrad);
export const linear = atOnce(linears.linear);
export const linearGradWeight = atOnce(linears.linearGradWeight);
export const linearGradX = atOnce(linears.linearGradX);
export const loraDown = atOnce(linears.loraDown);
export const loraLinear = atOnce(linears.loraLinear);
export const loraLinearGrad = atOnce(linears.loraLinearGrad);
export const product = atOnce(products.product);
export const rmsNorm = atOnce(norms.rmsNorm);
export const rmsNormGradGain = atOnce(norms.rmsNormGradGain);
export const rmsNormGradX = atOnce(norms.rmsNormGradX);
export const rope = atOnce(ropes.rope);
export const sample = atOnce(samples.sample);
export const swiglu = atOnce(activations.swiglu);
export const swigluGrad = atOnce(activations.swigluGrad);
export const backward = atOnce(backwards.backward);
export const forwardTraced = atOnce(backwards.forwardTraced);
export const extend = atOnce(decoders.extend);
export const forward = atOnce(decoders.forward);
export const hiddenStates = atOnce(decoders.hiddenStates);
export const head = atOnce(decoders.head);
export const selectCache = atOnce(batches.selectCache);
export const joinCaches = atOnce(batches.joinCaches);
export const mergedWeights = atOnce(loras.mergedWeights);
export const gradientsOf = atOnce(finetuning.gradientsOf);
export const stepGradients = atOnce(finetuning.stepGradients);
export const updateAdamW = atOnce(optimizers.updateAdamW);
