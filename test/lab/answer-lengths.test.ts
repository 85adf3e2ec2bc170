/** The longest answer that a run begins with: told by a few answers of the model's own. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openBackend } from '../../src/engine/backend.ts';
import { turn } from '../../src/engine/work.ts';
import type { Completion } from '../../src/contracts/language-model.ts';
import { capOf, measureAnswers } from '../../src/lab/plan/answer-lengths.ts';
import { ModelPlanner } from '../../src/lab/plan/model-planner.ts';
import { formatOf } from '../../src/lab/sources.ts';
import { tasksOfKit } from '../../src/lab/tasks.ts';
import { loadModel, type Share } from '../../src/model/load.ts';
import { DEFAULTS } from '../../src/run/config.ts';
import { kit } from '../support/kit-data.ts';
import { randomModel } from '../support/random-model.ts';
import { answersText } from '../../src/ui/plan-text.ts';

/** What something long made, and how far it said that it was. */
async function told<T>(work: AsyncGenerator<Share, T>): Promise<{ readonly shares: readonly string[]; readonly made: T }> {
  const shares: string[] = [];
  for (;;) {
    const { done, value } = await work.next();
    if (done === true) return { shares, made: value };
    shares.push(`${value.done}/${value.total}`);
  }
}

const lengths = (...tokens: readonly number[]) => tokens.map((count) => ({ tokens: count, ended: true }));

describe('the longest answer', () => {
  it('lets all but one of twelve answers end', () => {
    expect(capOf(lengths(10, 20, 30, 40, 50, 60, 70, 80, 90, 110, 115, 400), 512)).toBe(128);
    expect(capOf(lengths(110, 112, 115), 512)).toBe(128);
  });

  it('is the most that there is where two answers do not end', () => {
    const endless = { tokens: 512, ended: false };
    expect(capOf([...lengths(10, 20), endless, endless], 512)).toBe(512);
    expect(capOf([...lengths(10, 20), endless], 512)).toBe(32);
    expect(capOf([], 512)).toBe(512);
  });

  it('cuts no more than one, whatever the answers, unless there is no more room', () => {
    const some = fc.array(fc.record({ tokens: fc.integer({ min: 1, max: 512 }), ended: fc.boolean() }), { minLength: 2, maxLength: 12 });
    fc.assert(
      fc.property(some, (answers) => {
        const cap = capOf(answers, 512);
        const cut = answers.filter(({ tokens, ended }) => !ended || tokens > cap);
        expect(cut.length <= 1 || cap === 512).toBe(true);
      }),
      { numRuns: 500, seed: 1 },
    );
  });

  it('is said with what it rests on', async () => {
    const written = [30, 40, 512];
    const model = {
      async *generate(): AsyncGenerator<Completion> {
        for (const [index, count] of written.entries()) {
          const pieces = Array.from({ length: count }, () => 'a');
          yield { index, text: pieces.join(''), pieces, logProbs: [], finish: count === 512 ? 'length' : 'stop' };
        }
      },
    };
    const requests = written.map((_, i) => ({ prompt: '', seed: `${i}` }));
    const { shares, made: found } = await told(
      measureAnswers(model, requests, { maxTokens: 512, temperature: 1, topK: 0, topP: 1, stop: [] }),
    );
    expect(shares).toEqual(['0/3', '1/3', '2/3', '3/3']);
    expect(found).toEqual({ sampled: 3, cut: 1, longest: 48 });
    expect(answersText(found, 48)).toBe(
      'Of 3 answers that this model gave, 2 end within 48 tokens. Answers are cut there; a cut answer is dropped.',
    );
    expect(answersText({ ...found, longest: 512 }, 256)).toContain(
      'within 512 tokens, the most that there is. The next run cuts answers at 256',
    );
    expect(answersText(null, 256)).toContain('is not measured yet');
  });

  it('comes from a model that is asked as a run asks it, and no further than it reads', async () => {
    await openBackend('wasm');
    const picked = randomModel('llama', { context: 256 });
    const files = await loadModel(async (name) => picked.get(name) ?? null);
    const tasks = tasksOfKit({ tokenizer: files.tokenizer, format: formatOf(files), eos: files.config.eos_token_ids }, kit);
    const planner = new ModelPlanner({ files } as ConstructorParameters<typeof ModelPlanner>[0], tasks, 'wasm');
    const run = { ...DEFAULTS, demonstrations: 0, principles: false };
    const { made: found } = await told(planner.answers(run, turn));
    expect(found.sampled).toBe(12);
    expect(found.longest).toBeLessThan(256);
    expect((await told(planner.answers(run, turn))).made).toEqual(found);
    const short = { ...files, config: { ...files.config, max_position_embeddings: 64 } };
    const none = new ModelPlanner({ files: short } as ConstructorParameters<typeof ModelPlanner>[0], tasks, 'wasm');
    await expect(told(none.answers(run, turn))).rejects.toMatchObject({ code: 'PLAN_TOO_LARGE' });
  });
});
