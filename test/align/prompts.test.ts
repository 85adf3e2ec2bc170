/** Prompts that the model writes itself: which are taken, which are not, and when it has nothing more to ask. */
import { describe, expect, it } from 'vitest';
import { writePrompts } from '../../src/align/prompts.ts';
import type { GenerateOptions, GenerateRequest } from '../../src/contracts/language-model.ts';
import type { Question, Task } from '../../src/contracts/task.ts';
import { pool, ScriptedModel, task } from '../support/scripted.ts';

/** Takes whatever is written as a question. */
const anything: Task = {
  ...task,
  openings: ['Ask'],
  written: (_, completion) => completion.trim(),
  own: (text): Question => ({ id: text, kind: 'own', text, prompt: text }),
};

/** A model that writes what it is told to, and what it was asked with. */
class Writer extends ScriptedModel {
  readonly asked: (readonly GenerateRequest[])[] = [];
  readonly options: GenerateOptions[] = [];
  readonly #write: (request: GenerateRequest, go: number, index: number) => string | { readonly cut: string };

  constructor(write: (request: GenerateRequest, go: number, index: number) => string | { readonly cut: string }) {
    super();
    this.#write = write;
  }

  override async *generate(requests: readonly GenerateRequest[], options: GenerateOptions): ReturnType<ScriptedModel['generate']> {
    const go = this.asked.push(requests) - 1;
    this.options.push(options);
    for (const [index, request] of [...requests.entries()].toReversed()) {
      const text = this.#write(request, go, index);
      const [said, finish] = typeof text === 'string' ? ([text, 'stop'] as const) : ([text.cut, 'length'] as const);
      yield { index, text: said, pieces: [said], logProbs: [-1], finish };
    }
  }
}

/** The texts that were taken, and how many there were after each go. */
async function take(model: Writer, prompts: number, with_: Task = anything) {
  const writing = writePrompts(model, with_, { seed: 3, prompts });
  const counts: number[] = [];
  for (;;) {
    const step = await writing.next();
    if (step.done) return { counts, texts: step.value.map(({ text }) => text) };
    counts.push(step.value);
  }
}

/** Distinct words, as many as asked for. */
const sentence = (length: number, from: string): string[] => Array.from({ length }, (_, i) => `${from}${i}`);

describe('two questions that differ in one word', () => {
  /** The first answer of the first go, then the second of it, then others that are like nothing. */
  const both = (length: number) => {
    const first = sentence(length, 'w');
    const second = [...first.slice(0, -1), 'another'];
    const texts = [first, second].map((list) => list.join(' '));
    return { texts, model: new Writer((_, go, index) => texts[index] ?? sentence(5, `${go}x${index}x`).join(' ')) };
  };

  it('are both asked where they have ten words or fewer: nine tenths in common', async () => {
    for (const length of [3, 4, 10]) {
      const { model, texts } = both(length);
      expect((await take(model, 6)).texts.slice(0, 2)).toEqual(texts);
    }
  });

  it('are one where they have more', async () => {
    for (const length of [11, 20]) {
      const { model, texts } = both(length);
      const taken = await take(model, 6);
      expect([taken.texts[0], taken.texts.includes(texts[1] ?? '')]).toEqual([texts[0], false]);
      expect(taken.texts).toHaveLength(6);
    }
  });
});

describe('a question', () => {
  it('has three words at least, and came to its end by itself', async () => {
    const first: (string | { readonly cut: string })[] = ['one', 'one two', { cut: 'cut off in the' }, 'why not now', ' three four five '];
    const model = new Writer((_, go, index) => (go === 0 ? (first[index] ?? '') : sentence(4, `${go}x${index}x`).join(' ')));
    expect((await take(model, 3)).texts.slice(0, 2)).toEqual(['why not now', 'three four five']);
  });

  it('is taken in the order asked, not in the order in which the model was done', async () => {
    const model = new Writer((_, __, index) => sentence(4, `x${index}x`).join(' '));
    const { texts, counts } = await take(model, 5);
    expect(texts).toEqual([0, 1, 2, 3, 4].map((index) => sentence(4, `x${index}x`).join(' ')));
    expect(counts).toEqual([5]);
  });

  it('is asked for with three others in view, sampled as freely as the model is, and never longer than a line of 32 tokens', async () => {
    const model = new Writer((_, go, index) => sentence(4, `${go}x${index}x`).join(' '));
    await take(model, 300);
    expect(model.asked).toHaveLength(2);
    expect(model.asked.map(({ length }) => length)).toEqual([256, 256]);
    for (const { prompt } of model.asked.flat()) expect(pool.filter(({ text }) => prompt.includes(text))).toHaveLength(3);
    expect(new Set(model.asked.flat().map(({ prompt }) => prompt)).size).toBeGreaterThan(200);
    expect(new Set(model.asked.flat().map(({ seed }) => seed)).size).toBe(512);
    for (const options of model.options) expect(options).toEqual({ maxTokens: 32, temperature: 1, topK: 0, topP: 0.95, stop: [task.stop] });
  });
});

describe('a topic', () => {
  it('has at most twice its share, so that no topic is all that is asked', async () => {
    // about the first of five topics the model writes questions at once, about the others only now and then
    const five: Task = { ...anything, openings: ['a', 'b', 'c', 'd', 'e'], written: (opening, text) => `${opening} ${text}` };
    const model = new Writer(({ prompt }, go, index) => {
      const easy = prompt.endsWith('User: a') || index >= 250 - go;
      return easy ? sentence(4, `${go}x${index}x`).join(' ') : '';
    });
    const { texts } = await take(model, 20, five);
    const first = texts.filter((text) => text.startsWith('a ')).length;
    expect([texts.length, first]).toEqual([20, 8]);
  });
});

describe('a model that has nothing new to ask', () => {
  const same = (from: number) =>
    new Writer((_, go, index) => (go < from ? sentence(4, `${go}x${index % 2}x`).join(' ') : 'always the same words'));

  it('is asked three times more, and then the run ends and says how many there are', async () => {
    const model = same(2);
    await expect(take(model, 50)).rejects.toMatchObject({ code: 'WORLD_EXHAUSTED', detail: 'the model wrote 5 different prompts, not 50' });
    // two goes with two new ones each, one with the last new one, three without
    expect(model.asked).toHaveLength(2 + 1 + 3);
  });

  it('for a while goes on where it finds something again', async () => {
    const model = new Writer((_, go) => (go % 3 === 2 ? sentence(4, `${go}x`).join(' ') : 'always the same words'));
    expect((await take(model, 4)).counts).toEqual([1, 1, 2, 2, 2, 3, 3, 3, 4]);
  });
});
