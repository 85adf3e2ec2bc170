/**
 * A short measurement before a run: a prompt is read, a few tokens are written, one step is taken, on a model of its own that is gone
 * afterwards. Knows no store and no page.
 */
import type { LanguageModel } from '../../contracts/language-model.ts';
import type { Share } from '../../model/load.ts';
import type { Speeds } from '../../protocol/models.ts';
import { best, wallClock } from '../measure/clock.ts';

/** Prompts that are answered at a time, tokens written of each, rows trained on. */
const [PROMPTS, TOKENS, ROWS] = [8, 8, 2];

type Measured = {
  readonly model: LanguageModel;
  /** A prompt as a run has it, a question without demonstrations, and an answer. */
  readonly prompt: string;
  readonly question: string;
  readonly answer: string;
  readonly count: (text: string) => number;
};

/** Tokens a second of reading, writing and training; told by the tokens that have gone through the model. */
export async function* measureSpeeds({ model, prompt, question, answer, count }: Measured): AsyncGenerator<Share, Speeds> {
  const row = { prompt: question, completion: answer };
  const asked = count(question) + count(answer);
  const tokens = {
    warming: asked,
    reading: count(prompt) + count(answer),
    writing: PROMPTS * (count(question) + TOKENS),
    // forward, and back
    training: 2 * ROWS * asked,
  };
  const total = Object.values(tokens).reduce((sum, some) => sum + some, 0);
  let done = 0;
  const through = (some: number): Share => ({ done: (done += some), total });
  const timed = async (work: () => Promise<number>): Promise<number> => {
    let made = 0;
    const seconds = await best(wallClock, 0, async () => (made = await work()), 0);
    return made / Math.max(1e-6, seconds);
  };
  yield through(0);
  await model.score([row]); // compiles and allocates
  yield through(tokens.warming);
  const reading = await timed(async () => {
    const [score] = await model.score([{ prompt, completion: answer }]);
    return count(prompt) + (score?.tokens ?? 0);
  });
  yield through(tokens.reading);
  const writing = await timed(async () => {
    let written = 0;
    const requests = Array.from({ length: PROMPTS }, (_, i) => ({ prompt: question, seed: `measure ${i}` }));
    const options = { maxTokens: TOKENS, temperature: 1, topK: 0, topP: 1, stop: [] };
    for await (const { pieces } of model.generate(requests, options)) written += pieces.length;
    return written;
  });
  yield through(tokens.writing);
  const training = await timed(async () => {
    const rows = Array.from({ length: ROWS }, () => row);
    const options = { batchSize: ROWS, learningRate: 1e-6, warmup: 0, schedule: 'constant', weightDecay: 0, clip: 1 } as const;
    for await (const _ of model.finetune(rows, options)) void _;
    return ROWS * asked;
  });
  yield through(tokens.training);
  return { reading, writing, training };
}
