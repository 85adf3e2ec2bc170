/** What the ideal observer of a run's world expects of it, where the world has writers and the observer minds all that the run does. */
import type { Scores } from '../contracts/records.ts';
import { aboutWorld } from '../world/catalogue.ts';
import { type Expected, observe } from '../world/observer.ts';
import type { RunConfig } from './config.ts';
import { asksBare, isTaught, ordersOf, partsOf, roundsOf } from './recipe.ts';

export type { Expected };

/** Does a run show or filter in a way of which the observer knows nothing? */
function isStrange(config: RunConfig): boolean {
  const { draw, thoughts, promptSource, rulesShown, samples, oracle } = config;
  const shown = draw !== 'prompt' || thoughts || (config.principles && rulesShown > 0);
  return isTaught(config) || shown || promptSource === 'own' || samples > 1 || oracle;
}

/** Charts ask again and again. */
const known = new WeakMap<RunConfig, readonly Expected[] | null>();

/**
 * By round, the base first; null where nothing can be expected. The base as it was measured tells a run in a world from one with a kit, where
 * no sampled answer is graded.
 */
export function expectedOf(config: RunConfig, { sampled = null }: Pick<Scores, 'sampled'>): readonly Expected[] | null {
  if (sampled === null) return null;
  const before = known.get(config);
  if (before !== undefined) return before;
  const made = observed(config);
  known.set(config, made);
  return made;
}

function observed(config: RunConfig): readonly Expected[] | null {
  const writers = aboutWorld(config.world)?.writers;
  if (writers === undefined || isStrange(config)) return null;
  const bare = asksBare(config);
  const once = partsOf(config) === 1 && roundsOf(config) > 1;
  const expected = observe(writers, {
    rounds: roundsOf(config),
    demonstrations: bare ? 0 : config.demonstrations,
    principles: !bare && config.principles,
    temperature: config.temperature,
    teacher: once && config.answersFrom === 'previous' ? 'base' : config.answersFrom,
    afresh: !once && config.startFrom === 'base',
    all: config.learnsFrom === 'all',
  });
  // Who seems to write does not hang on what is asked, but how many labels are right does: sorted prompts are not alike in every round.
  return ordersOf(config).across === 'none' ? expected : expected.map((round) => ({ ...round, labelQuality: null }));
}
