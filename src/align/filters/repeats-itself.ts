/** Drops an answer in which a run of at least three words follows itself at once. */
import { SELF_ALIGN } from '../../settings/sources.ts';
import { words } from '../../similarity.ts';
import { defineFilter } from './filter.ts';

function stutters(completion: string): boolean {
  const list = words(completion);
  for (let length = 3; length <= list.length / 2; length++) {
    for (let start = 0; start + 2 * length <= list.length; start++) {
      const [a, b] = [list.slice(start, start + length), list.slice(start + length, start + 2 * length)];
      if (a.join(' ') === b.join(' ')) return true;
    }
  }
  return false;
}

export const repeatsItself = defineFilter({
  name: 'repeats-itself',
  label: 'repeats itself',
  reason: 'Dropped: it says the same thing over and over.',
  options: {
    dropRepeatsItself: {
      type: 'switch',
      label: 'Drop stutter',
      help: 'Drop answers that say the same words over and over.',
      source: SELF_ALIGN,
      value: true,
    },
  },
  drops: ({ completion }, { dropRepeatsItself }) => dropRepeatsItself && stutters(completion),
});
