/**
 * Prompts that the model writes itself: topic-guided self-instruct (SELF-ALIGN, arXiv 2305.03047; Self-Instruct, arXiv 2212.10560).
 * A topic is the opening of a question; the base model is shown a few questions and goes on from the opening. Knows no tensor.
 */
import { AppError } from '../errors.ts';
import type { Question, Task } from '../contracts/task.ts';
import type { Settings } from '../settings/settings.ts';
import { Random } from '../random.ts';
import type { LanguageModel } from '../contracts/language-model.ts';
import { rougeL, words } from '../similarity.ts';

const SHOWN = 3;
/** Requests of one go. */
const BATCH = 256;
/** Goes without a single new prompt after which the model has nothing more to ask. */
const PATIENCE = 3;
/** Above this ROUGE-L a prompt is a near-duplicate. Self-Instruct takes 0.7; questions of four words need more room. */
const NEAR_DUPLICATE = 0.9;
const FEWEST_WORDS = 3;

/**
 * `config.prompts` different prompts, as many of each topic as it allows. Yields how many there are.
 * Throws WORLD_EXHAUSTED when the model finds no more.
 */
export async function* writePrompts(
  model: LanguageModel,
  task: Task,
  { seed, prompts: wanted }: Pick<Settings, 'seed' | 'prompts'>,
): AsyncGenerator<number, readonly Question[]> {
  const accepted: { readonly question: Question; readonly words: readonly string[] }[] = [];
  const most = Math.ceil((2 * wanted) / task.openings.length);
  const ofTopic = new Map<string, number>();
  for (let go = 0, idle = 0; accepted.length < wanted; go++) {
    const before = accepted.length;
    const topics = task.openings.filter((opening) => (ofTopic.get(opening) ?? 0) < most);
    const requests = Array.from({ length: topics.length === 0 ? 0 : BATCH }, (_, i) => {
      const random = Random.of(seed, 'write', go, i);
      const opening = topics[i % topics.length] ?? '';
      return { opening, prompt: task.asking(opening, random.sample(task.pool, SHOWN)), seed: `${seed}/write/${go}/${i}` };
    });
    const written: string[] = [];
    const options = { maxTokens: 32, temperature: 1, topK: 0, topP: 0.95, stop: [task.stop] };
    for await (const { index, text, finish } of model.generate(requests, options)) {
      if (finish === 'stop') written[index] = task.written(requests[index]?.opening ?? '', text);
    }
    // In the order asked, not in the order in which they came, so that the same seed keeps the same prompts.
    for (const [index, { opening }] of requests.entries()) {
      const text = written[index];
      const question = text === undefined ? null : task.own(text);
      if (text === undefined || question === null || accepted.length === wanted || (ofTopic.get(opening) ?? 0) >= most) continue;
      const said = words(text);
      if (said.length < FEWEST_WORDS || accepted.some((other) => rougeL(said, other.words) > NEAR_DUPLICATE)) continue;
      accepted.push({ question, words: said });
      ofTopic.set(opening, (ofTopic.get(opening) ?? 0) + 1);
    }
    idle = accepted.length === before ? idle + 1 : 0;
    if (idle === PATIENCE) throw new AppError('WORLD_EXHAUSTED', `the model wrote ${accepted.length} different prompts, not ${wanted}`);
    yield accepted.length;
  }
  return accepted.map(({ question }) => question);
}
