/**
 * `npm run micro`: a small run of SOFT by micro/soft.ts alone, with what happens in plain English. `npm run micro -- 2` takes another seed.
 * Reads the bundled model and micro/world.json, writes nothing.
 *
 * Seed 1 (Node 20.20, AMD EPYC, two cores shared with other work): 102 seconds, 62 of them of processor time; 52 of 100 test questions answered as
 * they should be before, 97 after. Validation of M_0 to M_3: 33, 38, 59, 57 of 60; right among the 48 answers of a round: 32, 36, 43.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { answered, readCommand, wholeNumber } from '../scripts/command-line.ts';
import { Random } from '../src/random.ts';
import { adapt, decode, plain, readModel, score, soft, type Model, type World } from './soft.ts';

const MODEL = '../public/models/ladder';
const ROUNDS = 3;
const PROMPTS_OF_ROUND = 48;

export function main(args: readonly string[]): Promise<number> {
  return answered(args, 'npm run micro [-- SEED]   a whole number (default 1)', () => {
    const [seed = '1'] = readCommand(args, { name: 'npm run micro', options: {}, words: 1 }).words;
    return tell(wholeNumber('The seed', seed, [0, 999_999]));
  });
}

function tell(seed: number): number {
  const start = performance.now();
  const bytes = (name: string): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(join(import.meta.dirname, name)));
  const json = (name: string): unknown => JSON.parse(new TextDecoder().decode(bytes(name)));
  const whole = json('world.json') as World;
  const world = { ...whole, prompts: whole.prompts.slice(0, ROUNDS * PROMPTS_OF_ROUND) };
  const model = readModel(json(`${MODEL}/config.json`) as Model['config'], bytes(`${MODEL}/model.safetensors`).buffer);
  const random = Random.of('micro', seed);
  const draw = (): number => random.next();
  const adapter = adapt(model, draw);
  const share = (right: number, of: number): string => `${right} of ${of}`;
  const tested = (): string => share(Math.round(score(model, world, world.test) * world.test.length), world.test.length);

  const before = tested();
  let returned = { round: 0, validation: 0 };
  for (const { round, validation, samples, steps } of soft(model, adapter, world, draw, { rounds: ROUNDS })) {
    if (validation > returned.validation) returned = { round, validation };
    const held = share(Math.round(validation * world.validation.length), world.validation.length);
    if (round === 0) {
      console.log(`M_0, the base model. Asked cold, it answers ${held} validation questions as it should.`);
      continue;
    }
    const kept = samples.filter((sample) => sample.kept).length;
    const right = samples.filter(({ question, said }) => decode(world, said) === plain(question.answer)).length;
    const [{ context, said } = { context: '', said: [] }] = samples;
    console.log(
      `\nRound ${round}: M_${round - 1} answers ${samples.length} prompts with the principles and one example in view. The first:\n`,
    );
    console.log(`${plain(context)}${decode(world, said)}`.trim().replace(/^/gm, '    '));
    console.log(`\nWell-formed, and so kept: ${kept}. Right, which the method does not ask: ${right}.`);
    console.log(
      `Fine-tuned on the bare prompts: ${steps.length} steps, loss ${steps[0]?.loss.toFixed(2)} to ${steps.at(-1)?.loss.toFixed(2)}.`,
    );
    console.log(`M_${round}, asked cold: ${held}.`);
  }
  console.log(`\nM_${returned.round} is returned, the best on validation. Test questions, asked cold: ${before} before, ${tested()} now.`);
  console.log(`${((performance.now() - start) / 1000).toFixed(0)} seconds.`);
  return 0;
}
