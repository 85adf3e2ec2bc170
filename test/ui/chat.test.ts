/** The conversation as the page holds it, and two answers laid beside each other word by word. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ChatEvent, ChatQuestion, ChatToken, ChatWorker } from '../../src/protocol/chat.ts';
import type { OpenedModel } from '../../src/protocol/lm.ts';
import { createChat } from '../../src/ui/session/chat.ts';
import { wordDiff } from '../../src/ui/chat/word-diff.ts';

const token = (text: string, id = 5): ChatToken => ({ id, text, logProb: -1, ends: false });
const OWN = { world: null, name: 'own', fingerprint: 'a', principles: '1. Be kind.' } as unknown as OpenedModel;
const BUNDLED = { world: 'ladder', name: 'Ladder', fingerprint: 'bundled', principles: null } as unknown as OpenedModel;

/** A worker whose models say their round and what they were told; `hold` keeps an answer open after its first token. */
function worker({ hold = false, kept }: { readonly hold?: boolean; readonly kept?: () => Storage } = {}) {
  const asked: ChatQuestion[] = [];
  let cancelled = 0;
  const lm: ChatWorker = {
    chat: async (question) => {
      asked.push(question);
      const words = [`${question.round}`, ` after ${question.earlier.length}`, ` seed ${question.seed}`];
      const events: ChatEvent[] = [
        { type: 'reading', tokens: 10, known: 0, context: 100, left: 0 },
        ...words.slice(0, hold ? 1 : 3).map((text): ChatEvent => ({ type: 'token', token: token(text), hides: 0 })),
        ...(hold ? [] : [{ type: 'answered', text: words.join(''), hides: 0, keeps: 3, finish: 'stop' } as const]),
      ];
      return new ReadableStream({
        pull(controller) {
          const next = events.shift();
          if (next !== undefined) controller.enqueue(next);
          else if (!hold) controller.close();
        },
        cancel: () => void cancelled++,
      });
    },
    nearest: async (_, ids) => ({ ok: true, value: ids.map((id) => [token('x', id)]) }),
  };
  const chat = createChat({ lm, run: () => 'run-a', ...(kept === undefined ? {} : { kept }) });
  chat.suit(OWN);
  return { chat, asked, cancelled: () => cancelled };
}
const texts = ({ chat }: ReturnType<typeof worker>) => chat.exchanges.value.map(({ sides }) => sides.map(({ end }) => end?.text));

describe('a conversation', () => {
  test('is there again after a reload, with the model that said it and no other, and goes on', async () => {
    const texts = new Map<string, string>();
    const kept = () =>
      ({ getItem: (key: string) => texts.get(key) ?? null, setItem: (key: string, text: string) => void texts.set(key, text) }) as Storage;
    const before = worker({ kept });
    await before.chat.ask('Hi?', [0, 2]);
    const after = worker({ kept });
    expect(after.chat.exchanges.value).toEqual(before.chat.exchanges.value);
    await after.chat.ask('And now?', [2]);
    expect(after.asked[0]?.earlier).toEqual([{ question: 'Hi?', answer: '2 after 0 seed 0' }]);
    expect(new Set(after.chat.exchanges.value.map(({ id }) => id)).size).toBe(2);
    // another model is opened: nothing of it is left
    after.chat.suit(BUNDLED);
    expect(after.chat.exchanges.value).toEqual([]);
    expect(worker({ kept }).chat.exchanges.value).toEqual([]);
    // a browser that keeps nothing, and one that kept something else
    const none = (): Storage => {
      throw new Error('denied');
    };
    const alone = worker({ kept: none });
    await alone.chat.ask('Hi?', [0]);
    expect(alone.chat.exchanges.value).toHaveLength(1);
    texts.set('chat', '{');
    expect(worker({ kept }).chat.exchanges.value).toEqual([]);
  });

  test('goes on with each model’s own answers, on one seed', async () => {
    const visit = worker();
    await visit.chat.ask(' Hi?\n', [0, 2]);
    await visit.chat.ask('And now?', [0, 2]);
    expect(texts(visit)).toEqual([
      ['0 after 0 seed 0', '2 after 0 seed 0'],
      ['0 after 1 seed 0', '2 after 1 seed 0'],
    ]);
    expect(visit.asked[3]).toEqual({
      run: 'run-a',
      round: 2,
      system: '',
      earlier: [{ question: 'Hi?', answer: '2 after 0 seed 0' }],
      question: 'And now?',
      seed: 0,
    });
    expect(visit.asked[2]?.run).toBe('');
    expect(visit.chat.filled.value?.tokens).toBe(13);
  });

  test('gives a model that comes later the answers of the first, and says so', async () => {
    const visit = worker();
    await visit.chat.ask('Hi?', [0]);
    await visit.chat.ask('And now?', [0, 1]);
    expect(visit.asked.at(-1)?.earlier).toEqual([{ question: 'Hi?', answer: '0 after 0 seed 0' }]);
    expect(visit.chat.exchanges.value[1]?.sides.map(({ borrowed }) => borrowed)).toEqual([false, true]);
  });

  test('is none with a bundled model, whatever was said and whatever the switch says', async () => {
    const visit = worker();
    visit.chat.suit(BUNDLED);
    [visit.chat.told.value, visit.chat.system.value] = [true, 'Be kind.'];
    await visit.chat.ask('Where is the bell?', [0]);
    await visit.chat.ask('Where is the boat?', [0]);
    expect(visit.asked[1]).toMatchObject({ earlier: [], system: '' });
  });

  test('asks once more with another seed each time, for all models the same, in place of the last answers', async () => {
    const visit = worker();
    await visit.chat.ask('Hi?', [0, 2]);
    await visit.chat.ask('And now?', [0, 2]);
    await visit.chat.again();
    await visit.chat.again();
    expect(texts(visit)).toEqual([
      ['0 after 0 seed 0', '2 after 0 seed 0'],
      ['0 after 1 seed 2', '2 after 1 seed 2'],
    ]);
  });

  test('tells the system message once it is switched on; it begins as the principles of the kit', async () => {
    const visit = worker();
    await visit.chat.ask('Hi?', [0]);
    visit.chat.told.value = true;
    await visit.chat.ask('Hi?', [0]);
    expect(visit.asked.map(({ system }) => system)).toEqual(['', '1. Be kind.']);
  });

  test('says when nobody could answer, so that the question can be changed; such a one fills nothing', async () => {
    const failure = { code: 'PROMPT_TOO_LONG', message: 'It is too long.', detail: '' } as const;
    const events: ChatEvent[] = [
      { type: 'reading', tokens: 200, known: 0, context: 100, left: 1 },
      { type: 'failed', failure },
    ];
    const lm: ChatWorker = {
      chat: async () =>
        new ReadableStream({
          start(controller) {
            for (const event of events) controller.enqueue(event);
            controller.close();
          },
        }),
      nearest: async () => ({ ok: true, value: [] }),
    };
    const chat = createChat({ lm, run: () => '' });
    chat.suit(OWN);
    expect(await chat.ask('Why?', [0])).toBe(true);
    expect(chat.filled.value).toBe(null);
    expect(await worker().chat.ask('Why?', [0])).toBe(false);
  });

  test('ends when it is cleared, and with the model that it was held with', async () => {
    const visit = worker();
    await visit.chat.ask('Hi?', [0]);
    visit.chat.suit({ ...OWN });
    expect(texts(visit)).toHaveLength(1);
    visit.chat.suit({ ...OWN, fingerprint: 'b' });
    expect(texts(visit)).toEqual([]);
    await visit.chat.ask('Hi?', [0]);
    expect(visit.asked.at(-1)?.earlier).toEqual([]);
    visit.chat.clear();
    expect(visit.chat.filled.value).toBe(null);
  });
});

describe('a stop', () => {
  test('keeps what was said, asks nobody else, and lets the next question be asked', async () => {
    const visit = worker({ hold: true });
    const asking = visit.chat.ask('Hi?', [0, 1]);
    while (visit.chat.exchanges.value[0]?.sides[0]?.tokens.length !== 1) await new Promise((resolve) => setTimeout(resolve, 1));
    visit.chat.stop();
    await asking;
    expect(visit.cancelled()).toBe(1);
    expect(visit.asked).toHaveLength(1);
    expect(visit.chat.exchanges.value[0]?.sides.map(({ end }) => end)).toEqual([
      { text: '0', finish: 'stopped' },
      { text: '', finish: 'stopped' },
    ]);
    expect(visit.chat.asking.value).toBe(false);
  });
});

test('the nearest tokens are asked for once', async () => {
  const visit = worker();
  await visit.chat.ask('Hi?', [0]);
  const id = visit.chat.exchanges.value[0]?.id ?? 0;
  await Promise.all([visit.chat.look(id, 0), visit.chat.look(id, 0)]);
  expect(visit.chat.exchanges.value[0]?.sides[0]?.nearest).toHaveLength(3);
});

describe('two answers word by word', () => {
  const word = fc.constantFrom('the', 'bell', 'is', 'in', 'a', 'forest', '.', ',', "don't", 'Äpfel', '\n', '  ', '- ');
  const text = fc.array(word, { maxLength: 12 }).map((words) => words.join(' '));
  const wordsOf = (pieces: readonly { readonly text: string; readonly same: boolean }[]): readonly string[] =>
    pieces.flatMap(({ text: part, same }) => (same ? (part.match(/[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*|[^\s]/gu) ?? []) : []));

  test('are the two texts, to the last space, and share the same words in the same order', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        const [before, after] = wordDiff(a, b);
        expect(before.map((piece) => piece.text).join('')).toBe(a);
        expect(after.map((piece) => piece.text).join('')).toBe(b);
        expect(wordsOf(before)).toEqual(wordsOf(after));
      }),
    );
  });

  test('do not differ from themselves, and differ wholly from what they share nothing with', () => {
    fc.assert(
      fc.property(text, (a) => {
        for (const side of wordDiff(a, a)) expect(side.every(({ same }) => same)).toBe(true);
        for (const side of wordDiff(a, 'x y z')) expect(side.filter(({ same, text: part }) => same && part.trim() !== '')).toEqual([]);
      }),
    );
  });

  test('mark the words that are another’s, not those around them', () => {
    const [before, after] = wordDiff('Yes, the boat is in the barn.', 'No. The boat is in the forest.');
    const other = (pieces: typeof before): readonly string[] => pieces.filter(({ same }) => !same).map((piece) => piece.text);
    expect(other(before)).toEqual(['Yes, the', 'barn']);
    expect(other(after)).toEqual(['No. The', 'forest']);
    const [lines] = wordDiff('Soap:\n   - a little,\n   - not hot.', 'Soap:\n   - a little.');
    expect(other(lines), 'not the indent of a line').toEqual([',', '- not hot']);
  });
});
