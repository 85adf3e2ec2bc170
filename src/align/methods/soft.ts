/**
 * SOFT (arXiv 2402.07610), a round from top to bottom: answer, filter, order, fine-tune. loop.ts goes on with the model that the round made,
 * on new prompts. No public code of the paper is known; every choice here is a reconstruction.
 */
import { defineMethod } from '../method.ts';
import { answer } from '../primitives/answer.ts';
import { engrave, gather, keep } from '../primitives/keep.ts';
import { arrange } from '../primitives/order.ts';
import { sft } from '../primitives/sft.ts';

export const soft = defineMethod({
  name: 'soft',
  label: 'SOFT',
  help: 'Several rounds; each round answers with the model of the round before.',
  order: 'none',
  rounds: ({ rounds }) => rounds,

  async *round(round) {
    // M_{t-1} answers this round's prompts with fresh demonstrations in view (c_x); every answer is judged by the filters and saved.
    const answers = yield* answer(round);
    yield* round.baseline();

    // Kept answers become training pairs without principles, demonstrations and thoughts (principle engraving).
    const pairs = await gather(round, engrave(round, keep(round, answers)));

    // The order of training, epoch by epoch: random, or by difficulty.
    const { epochs, placed } = yield* arrange(round, answers, pairs);

    // M_{t-1} becomes M_t.
    const losses = yield* sft(round, epochs.flat());
    return { answers: placed, losses };
  },
});
