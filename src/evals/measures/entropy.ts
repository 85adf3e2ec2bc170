/** The entropy of the next token, estimated from samples at temperature 1: a gauge of collapse. */
import { entropyEstimate } from '../sampling.ts';
import { defineMeasure } from './measure.ts';

export const entropy = defineMeasure({
  name: 'entropy',
  label: 'entropy',
  help: 'how open the next token is',
  unit: { of: 'nats a token', digits: 2 },
  of: ({ sampled }) => entropyEstimate(sampled.flatMap(({ answers }) => answers.map(({ logProbs }) => logProbs))),
});
