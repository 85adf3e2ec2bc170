/**
 * Keeps only answers that a verifier holds for right. One that always is right is the ceiling of STaR (arXiv 2203.14465) and ReST-EM
 * (arXiv 2312.06585); one that errs, both ways, is that of Feng et al. (arXiv 2406.07515). Not a self-alignment.
 */
import { Random } from '../../random.ts';
import { defineFilter } from './filter.ts';

export const oracle = defineFilter({
  name: 'not-aligned',
  label: 'not aligned',
  reason: 'Dropped: the oracle filter keeps only answers that it holds for aligned.',
  options: {
    oracle: {
      type: 'switch',
      label: 'Oracle filter',
      help: 'Keep only answers that are really aligned. Uses what no self-alignment may know: the ceiling of STaR and ReST-EM.',
      source: 'STaR, arXiv 2203.14465; ReST-EM, arXiv 2312.06585',
      value: false,
    },
    oracleAccuracy: {
      type: 'number',
      label: 'Oracle accuracy',
      help: 'How often the verdict of the oracle filter is right: 1 never errs, 0.5 is a coin. It errs both ways, and judges the same answer to a question the same each time.',
      source: 'a verifier that errs: Feng et al., arXiv 2406.07515',
      min: 0.5,
      max: 1,
      step: 0.05,
      whole: false,
      value: 1,
      before: 1,
    },
  },
  needsGrades: 'oracle',
  drops: ({ question, completion, aligned }, { oracle, oracleAccuracy }) => {
    if (!oracle) return false;
    // no seed: the same verifier in every run, and one that is right more often errs nowhere else
    const right = Random.of('verifier', question.id, completion).chance(oracleAccuracy);
    return (aligned === true) !== right;
  },
});
