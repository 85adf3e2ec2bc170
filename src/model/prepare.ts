/** Has the kernels compiled that a model will need. Knows no kernel. */
import { prepare } from '../engine/backend.ts';
import type { DecoderConfig } from '../files/config.ts';
import { isSmall } from './cost.ts';
import { stepOf } from './whole-step.ts';

/** Begins to compile in the background what this model needs on the open backend; `prepared` of the engine waits for it. */
export function prepareFor(config: DecoderConfig): void {
  prepare({
    width: config.hidden_size,
    inner: config.intermediate_size,
    headWidth: config.head_dim,
    vocabulary: config.vocab_size,
    merged: isSmall(config),
    step: stepOf(config),
  });
}
