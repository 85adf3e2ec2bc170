/**
 * Single-round self-alignment (SELF-ALIGN, arXiv 2305.03047): M_0 answers all prompts, and is fine-tuned on them. It is measured as often
 * as SOFT is, evenly over its steps, so that it has as many checkpoints to be returned from: what the loop calls its rounds. What is trained between
 * two of them has a warm-up of its own, as a round of SOFT has.
 */
import type { Settings } from '../../settings/settings.ts';
import { defineMethod, type Round } from '../method.ts';
import { answer } from '../primitives/answer.ts';
import { engrave, keep } from '../primitives/keep.ts';
import { epochsOf, place } from '../primitives/order.ts';
import { sft } from '../primitives/sft.ts';
import { split } from '../difficulty.ts';

/** Measured as often as a run of rounds is, unless it is told otherwise. */
const checkpointsOf = ({ rounds, checkpoints }: Pick<Settings, 'rounds' | 'checkpoints'>): number =>
  checkpoints === 0 ? rounds : checkpoints;

export const single = defineMethod({
  name: 'single',
  label: 'Single round',
  help: 'Answer all prompts once, then fine-tune once.',
  order: 'none',
  rounds: checkpointsOf,
  atOnce: true,

  async *round(round) {
    // One round in parts: whatever part it is, M_0 answered and orders, and training goes on where the last part ended.
    const whole: Round = { ...round, round: 1, config: { ...round.config, perplexityModel: 'base', startFrom: 'previous' } };
    const first = round.round === 1;
    const answers = first ? yield* answer(round) : await round.ledger.answers(1);
    yield* round.baseline();
    const pairs = engrave(round, keep(round, answers));
    const epochs = await epochsOf(whole, pairs);
    const placed = first ? yield* place(whole, answers, epochs) : answers;
    const parts = split(epochs.flat(), checkpointsOf(round.config));
    const losses = yield* sft({ ...whole, round: round.round }, parts[round.round - 1] ?? []);
    return { answers: placed, losses };
  },
});
