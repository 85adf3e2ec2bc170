/**
 * Measures how long a round of a kit takes to be measured: questions with the answers that they offer, without and with demonstrations and
 * principles before them, in texts as long as those of the English kit are for SmolLM2. Asks as a run asks. Knows no kit and no weights.
 */
import type { LanguageModel } from '../src/contracts/language-model.ts';
import type { Candidate, Demonstration, Question, Task } from '../src/contracts/task.ts';
import { assess } from '../src/evals/assess.ts';
import { countsOf } from '../src/settings/counts.ts';
import { Random } from '../src/random.ts';
import type { Clock } from '../src/lab/measure/clock.ts';

/** Tokens of a turn of the user's around a text of its own, of the system message of a kit and of the usual one, and of a demonstration. */
const [TURN, PRINCIPLES, SYSTEM, DEMONSTRATION] = [8, 420, 18, 96];
/** Test questions of a run with the usual 32 prompts in two rounds. */
const QUESTIONS = 20;

type Offering = Question & { readonly candidates: readonly Candidate[] };

/** Texts are ids in decimal, as the models of the benchmark read them. */
const words = (random: Random, tokens: number): string => Array.from({ length: tokens }, () => 3 + random.int(500)).join(' ');

/** Every other question offers two long answers, the others four short ones. */
function question(set: string, n: number): Offering {
  const random = Random.of('bench', 'kit', set, n);
  const [count, length] = n % 2 === 0 ? [2, 22] : [4, 10];
  const asked = words(random, TURN + 14);
  const candidates = Array.from({ length: count }, (_, i) => ({ text: words(random, length), aligned: i === 0 }));
  return { id: `${set} ${n}`, kind: 'kit', text: asked, prompt: `${before(false)} ${asked}`, candidates };
}

/** What a conversation begins with. */
const before = (principles: boolean): string =>
  words(Random.of('bench', 'kit', principles ? 'principles' : 'usual'), principles ? PRINCIPLES : SYSTEM);

const never = (): never => {
  throw new Error('a kit is measured by choices');
};

function kit(): Task {
  const pool = Array.from({ length: 74 }, (_, n): Demonstration => {
    const shown = words(Random.of('bench', 'kit', 'demonstration', n), DEMONSTRATION);
    return { id: `${n}`, question: '', answer: '', text: shown, thoughtText: shown };
  });
  return {
    graded: false,
    principles: before(true),
    pool,
    stop: '',
    context: ({ text: asked }, { demonstrations, principles }) =>
      [before(principles !== false), ...demonstrations.map(({ text }) => text), asked].join(' '),
    candidates: (asked) => (asked as Offering).candidates,
    aligned: () => null,
    gold: () => null,
    withoutThought: (completion) => completion,
    said: (completion) => completion,
    choosing: never,
    ordinary: () => false,
    refuses: () => false,
    openings: [],
    asking: never,
    written: never,
    own: () => null,
  };
}

/** The tokens of the answers that were scored, each with all that stands before it, and the seconds that it took. */
export async function measureKit(model: LanguageModel, clock: Clock): Promise<{ readonly tokens: number; readonly seconds: number }> {
  const counts = countsOf(QUESTIONS, false);
  const some = (set: string, count: number): readonly Offering[] => Array.from({ length: count }, (_, n) => question(set, n));
  const test = some('test', counts.test);
  const sets = {
    validation: some('validation', counts.validation),
    test,
    inContext: test.slice(0, counts.inContext),
    outOfDistribution: null,
  };
  let tokens = 0;
  const score: LanguageModel['score'] = (rows) => {
    for (const { prompt, completion } of rows) tokens += `${prompt} ${completion}`.split(' ').length;
    return model.score(rows);
  };
  const scores = { score } as LanguageModel; // nothing else is asked of it
  const start = clock();
  for await (const _ of assess(scores, kit(), sets, { seed: 1, maxTokens: 1, measures: 'scores' })) void _;
  return { tokens, seconds: (clock() - start) / 1000 };
}
