/** Demonstrations alone, no training (URIAL, arXiv 2312.01552): the measure to beat. */
import { defineMethod } from '../method.ts';

export const icl = defineMethod({
  name: 'icl',
  label: 'No training',
  help: 'Demonstrations in view, weights as they are; the measure to beat.',
  order: 'none',
  rounds: () => 0,
  // eslint-disable-next-line require-yield -- there is no round to tell of
  async *round() {
    return { answers: [], losses: [] };
  },
});
