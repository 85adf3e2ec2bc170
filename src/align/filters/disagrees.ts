/** Drops an answer that too few of several answers to the same prompt say; where a prompt is asked once, it agrees with itself. */
import { defineFilter } from './filter.ts';

export const disagrees = defineFilter({
  name: 'disagrees',
  label: 'no majority',
  reason: 'Dropped: asked again, the model said something else.',
  options: {
    agreement: {
      type: 'number',
      label: 'Agreement',
      help: 'Where each prompt is asked several times, drop its answer unless this share of them says the same.',
      source: 'Lee et al., arXiv 2502.01612',
      min: 0,
      max: 1,
      step: 0.05,
      whole: false,
      value: 0.7,
      before: 0.7,
    },
  },
  selects: true,
  drops: ({ agreement: share }, { agreement }) => share < agreement,
});
