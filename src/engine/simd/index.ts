// Every kernel that the CPU backend calls: functions over pointers into tfjs' own memory. No globals, no strings, no allocation,
// no static data (it would overwrite tfjs' own).
export { adamW, squaredNorm } from './adamw';
export { attention, attentionGrad } from './attention';
export { cachedAttention, ropeAppend } from './cache';
export { crossEntropy, tokenLogProbs } from './cross-entropy';
export { embed, embedGrad } from './embed';
export { scale } from './math';
export { rmsNorm, rmsNormGradGain, rmsNormGradX } from './normalise';
export { multiply } from './product';
export { rope } from './rope';
export { sample } from './sample';
export { swiglu, swigluGrad } from './swiglu';
