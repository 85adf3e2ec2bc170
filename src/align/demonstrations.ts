/**
 * The demonstrations of a prompt and the context c_x that shows them (SELF-ALIGN, arXiv 2305.03047, section 3). Every draw is named
 * by (seed, purpose, prompt), so a resumed run draws the same. Pure functions of text.
 */
import type { Demonstration, Question, Task } from '../contracts/task.ts';
import type { Settings } from '../settings/settings.ts';
import { Random } from '../random.ts';
import { jaccard, words } from '../similarity.ts';
import { someRules } from './principles.ts';

/** The `k` demonstrations that share most words with the question, the nearest last; equals in random order. */
function nearest(pool: readonly Demonstration[], question: Question, k: number, random: Random): readonly Demonstration[] {
  const asked = new Set(words(question.text));
  const near = (demonstration: Demonstration): number => jaccard(new Set(words(demonstration.question)), asked);
  const ranked = random.shuffle(pool).map((demonstration) => ({ demonstration, near: near(demonstration) }));
  const best = ranked.toSorted((a, b) => b.near - a.near).slice(0, k);
  return best.map(({ demonstration }) => demonstration).toReversed();
}

/** D_x: what a prompt is shown. `purpose` is the round, or the draft before the first. */
export function drawDemonstrations(task: Task, config: Settings, question: Question, purpose: string): readonly Demonstration[] {
  const { seed, demonstrations: k, draw, poolSize } = config;
  const pool = poolSize < task.pool.length ? Random.of(seed, 'pool').sample(task.pool, poolSize) : task.pool;
  switch (draw) {
    case 'prompt':
      return Random.of(seed, purpose, question.id).sample(pool, k);
    case 'round':
      return Random.of(seed, 'demonstrations', purpose).sample(pool, k);
    case 'fixed':
      return Random.of(seed, 'demonstrations').sample(pool, k);
    case 'nearest':
      return nearest(pool, question, k, Random.of(seed, purpose, question.id));
  }
}

/** The demonstrations of a prompt, its context, and the seed of its answer. */
export function demonstrate(task: Task, config: Settings, question: Question, purpose: string) {
  const demonstrations = drawDemonstrations(task, config, question, purpose);
  const { seed, rulesShown, thoughts } = config;
  const rules = rulesShown > 0 ? rulesShown : Infinity;
  const principles = config.principles && someRules(task.principles, rules, Random.of(seed, 'principles', purpose, question.id));
  const context = task.context(question, { demonstrations, principles, thoughts });
  return { demonstrations, context, seed: `${seed}/${purpose}/${question.id}` };
}
