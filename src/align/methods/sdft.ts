/**
 * Self-distillation fine-tuning (SDFT, arXiv 2601.19897; TRL's SDFTTrainer), a round from top to bottom: the model answers bare prompts, and
 * at each token of its answers is drawn towards what a teacher says there, who is the same network with principles and demonstrations in
 * view. Nothing is filtered, for a wrong answer teaches too. The loss is TRL's. Ours are the rounds, at whose beginning all answers are made
 * (the paper answers anew before each step, and its teacher is a moving average of the student), the demonstrations, which answer other
 * questions (the paper's answers the same one), and the mean over the tokens of a step, not over its answers.
 */
import type { Settings } from '../../settings/settings.ts';
import { NO_FILTERS } from '../filters/judge.ts';
import { defineMethod, type Round } from '../method.ts';
import { answer } from '../primitives/answer.ts';
import { distill, teach } from '../primitives/distill.ts';
import { engrave, gather, keep } from '../primitives/keep.ts';
import { arrange } from '../primitives/order.ts';

/** As the student sees a round: nothing before the prompt, one answer each, which is its own even where the teacher is the base model. */
function bare(round: Round): Round {
  const answersFrom: Settings['answersFrom'] = round.config.answersFrom === 'gold' ? 'gold' : 'previous';
  const view = { demonstrations: 0, principles: false, thoughts: false, samples: 1, answersFrom };
  return { ...round, config: { ...round.config, ...NO_FILTERS, ...view } };
}

export const sdft = defineMethod({
  name: 'sdft',
  label: 'SDFT',
  help: 'Several rounds; in each the model answers bare prompts and learns, token by token, what it would have said with demonstrations in view. Nothing is filtered. “Answers come from” says whether the base model shows it instead.',
  order: 'none',
  rounds: ({ rounds }) => rounds,
  bare: true,
  taught: true,

  async *round(round) {
    // M_{t-1}, the student, answers this round's bare prompts; only answers without a word are left out.
    const student = bare(round);
    const answers = yield* answer(student);
    yield* round.baseline();
    const pairs = await gather(student, engrave(student, keep(student, answers)));
    const { epochs, placed } = yield* arrange(student, answers, pairs);

    // The teacher reads the same answers with demonstrations in view.
    const taught = await teach(round, pairs);

    // M_{t-1} becomes M_t.
    const losses = yield* distill(
      round,
      epochs.flat().flatMap((pair) => taught.get(pair) ?? []),
    );
    return { answers: placed, losses };
  },
});
