// Every kernel that the CPU backend calls: functions over pointers into tfjs' own memory. No globals, no strings, no allocation,
// no static data (it would overwrite tfjs' own).
export { adamW, squaredNorm } from './adamw';
export { attention, attentionGrad } from './attention';
export { appendCache, cachedAttention } from './cache';
export { crossEntropy, crossEntropyGrad, tokenLogProbs } from './cross-entropy';
export { embed, embedGrad } from './embed';
export { rmsNorm, rmsNormGradGain, rmsNormGradX } from './normalise';
export { product } from './product';
export { rope } from './rope';
export { swiglu, swigluGrad } from './swiglu';
