/** One of several workers that answer prompts side by side, each with its own copy of our model. Knows no clock. */
import { expose } from 'comlink';
import { subject } from './ours.ts';
import type { Generator, LlamaShape, Prompts } from '../src/lab/measure/parts.ts';
import type { Member } from './subject.ts';
import { weightsOf } from '../src/lab/measure/weights.ts';

let generator: Generator | null = null;

const member = {
  open: async (shape: LlamaShape): Promise<void> => {
    await subject.open('wasm', 1);
    generator = (await subject.generator?.(shape, weightsOf(shape))) ?? null;
  },
  generate: async (wanted: Prompts): Promise<void> => generator?.generate(wanted),
} satisfies Member;

expose(member);
