/** What a reader sees of a model's lines and spaces, on the real page's styles. */
import { signal } from '@preact/signals';
import { h, render } from 'preact';
import { afterEach, expect, test } from 'vitest';
import '../../src/ui/css/styles.css';
import type { ChatEvent, ChatWorker } from '../../src/protocol/chat.ts';
import type { Sample } from '../../src/contracts/records.ts';
import { Chat } from '../../src/ui/chat/chat.tsx';
import { Samples } from '../../src/ui/samples/samples.tsx';
import { createChat } from '../../src/ui/session/chat.ts';
import type { Session } from '../../src/ui/session/session.ts';
import { EMPTY_VIEW } from '../../src/ui/session/view.ts';
import type { RunView } from '../../src/ui/session/view.ts';
import { Tokens } from '../../src/ui/samples/tokens.tsx';
import { Transcript } from '../../src/ui/samples/transcript.tsx';

const POEM = 'Rain:\n\n  soft on\n  the roof.';
const PIECES = [' Rain', ':', '\n', '\n', ' ', ' soft', ' on\n ', ' the', ' roof', '.', '\n'];

let mount: HTMLElement | null = null;
function show(element: Parameters<typeof render>[0]): HTMLElement {
  mount = document.body.appendChild(document.createElement('div'));
  render(element, mount);
  return mount;
}
afterEach(() => {
  if (mount !== null) render(null, mount);
  mount?.remove();
});
/** A session of which only these parts are asked. */
function sessionOf(
  view: RunView,
  { pieces = PIECES, finish = 'stop' }: { readonly pieces?: readonly string[]; readonly finish?: 'stop' | 'length' | 'context' } = {},
): Session {
  const events: ChatEvent[] = [
    ...pieces.map((text, id): ChatEvent => ({ type: 'token', token: { id, text, logProb: Math.log(0.5), ends: false }, hides: 0 })),
    { type: 'answered', text: pieces.join('').trim(), hides: 0, keeps: pieces.length, finish },
  ];
  const lm = {
    chat: () =>
      Promise.resolve(
        new ReadableStream<ChatEvent>({
          start(controller) {
            for (const event of events) controller.enqueue(event);
            controller.close();
          },
        }),
      ),
    nearest: () => Promise.resolve({ ok: true, value: pieces.map((text, id) => [{ id, text, logProb: Math.log(0.5), ends: false }]) }),
  } as unknown as ChatWorker;
  return {
    view: signal(view),
    plotted: signal(view),
    engine: signal({}),
    unasked: signal(null),
    world: signal('ladder'),
    busy: signal(false),
    experiment: { running: signal(false) },
    models: { opened: signal({ world: null }), adapter: signal(null) },
    chat: createChat({ lm, run: () => '' }),
    suggested: { changed: signal(new Set()), look: () => {} },
  } as unknown as Session;
}

test('tokens read as they were written, and a copy of them has no sign in it', () => {
  const tokens = PIECES.map((text) => ({ text, probability: 0.5 }));
  expect(show(h(Tokens, { tokens })).innerText).toBe(POEM);
  render(h(Tokens, { tokens, numbers: true }), mount as HTMLElement);
  expect(mount?.innerText).not.toMatch(/[·⏎⇥]/);
  const signs = [...(mount?.querySelectorAll<HTMLElement>('.sign') ?? [])].map((sign) => sign.dataset['sign']);
  expect(signs.join('')).toBe('·⏎⏎···⏎···⏎');
  expect(mount?.querySelectorAll('br')).toHaveLength(4);
});

test('the chat shows an answer in its lines', async () => {
  const page = show(h(Chat, { session: sessionOf({ ...EMPTY_VIEW, status: 'idle' }) }));
  page.querySelector<HTMLButtonElement>('.chips button')?.click();
  await expect.poll(() => page.querySelector<HTMLElement>('[data-testid=answer-base]')?.innerText).toBe(POEM);
});

test('the tokens of an answer are told one by one, by keyboard and by tap', async () => {
  const page = show(h(Chat, { session: sessionOf({ ...EMPTY_VIEW, status: 'idle' }) }));
  page.querySelector<HTMLButtonElement>('.chips button')?.click();
  await expect.poll(() => page.querySelector('[data-testid=answer-base]')).not.toBe(null);
  const answer = page.querySelector<HTMLElement>('[data-testid=answer-base]');
  const told = () => page.querySelector<HTMLElement>('[data-testid=token-nearest]')?.innerText ?? '';
  const press = (key: string) => answer?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
  press('ArrowRight');
  press('ArrowRight');
  await expect.poll(told).toMatch(/^:\s+50\.00%, token 2 of 11/);
  await expect.poll(() => page.querySelectorAll('.nearest tbody tr').length).toBe(1);
  press('Escape');
  await expect.poll(told).toBe('');
  answer?.querySelector<HTMLElement>('[data-at="7"]')?.click();
  await expect.poll(told).toMatch(/^·the\s+50\.00%/);
});

test('of a long answer the probabilities are in view beside the token that is tapped, and stay there as arrow keys go along', async () => {
  const pieces = Array.from({ length: 900 }, (_, i) => ` word${i}`);
  const page = show(h(Chat, { session: sessionOf({ ...EMPTY_VIEW, status: 'idle' }, { pieces }) }));
  page.querySelector<HTMLButtonElement>('.chips button')?.click();
  await expect.poll(() => page.querySelector('[data-testid=answer-base]')).not.toBe(null);
  const answer = page.querySelector<HTMLElement>('[data-testid=answer-base]');
  const scroller = page.querySelector<HTMLElement>('.exchanges');
  const press = (key: string) => answer?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
  const seen = (): boolean => {
    const [box, table, token] = [
      scroller,
      page.querySelector('[data-testid=token-nearest]'),
      page.querySelector('.token[data-chosen]'),
    ].map((element) => element?.getBoundingClientRect());
    if (box === undefined || table === undefined || token === undefined) return false;
    const inside = (rect: DOMRect): boolean => rect.top >= Math.max(0, box.top) - 1 && rect.bottom <= Math.min(innerHeight, box.bottom) + 1;
    return inside(table) && inside(token) && (token.bottom <= table.top || token.top >= table.bottom);
  };
  expect((answer?.offsetHeight ?? 0) > (scroller?.clientHeight ?? Infinity)).toBe(true);
  if (scroller !== null) scroller.scrollTop = 0;
  answer?.querySelector<HTMLElement>('[data-at="1"]')?.click();
  await expect.poll(() => page.querySelectorAll('.nearest tbody tr').length).toBe(1);
  await expect.poll(seen).toBe(true);
  press('ArrowRight');
  await expect.poll(() => page.querySelector('.token[data-chosen]')?.textContent).toBe(' word2');
  await expect.poll(seen).toBe(true);
  for (const key of ['End', 'ArrowLeft', 'Home']) {
    press(key);
    await expect.poll(seen, { message: key }).toBe(true);
  }
  answer?.querySelector<HTMLElement>('[data-at="450"]')?.click();
  await expect.poll(seen).toBe(true);
});

test.each([
  ['length', 'No text in 3 tokens, the longest answer here.'],
  ['context', 'No text before the model reads no more tokens. Begin a new conversation to go on.'],
  ['stop', 'no answer'],
] as const)('an answer of nothing but white space says one thing of it (%s)', async (finish, text) => {
  const session = sessionOf({ ...EMPTY_VIEW, status: 'idle' }, { pieces: [' ', '\n', '\n'], finish });
  const page = show(h(Chat, { session }));
  page.querySelector<HTMLButtonElement>('.chips button')?.click();
  await expect.poll(() => page.querySelector<HTMLElement>('[data-testid=answer-base]')?.innerText).toBe(text);
  expect(page.querySelector<HTMLElement>('.reply-foot')?.innerText.trim() ?? '').toBe('');
});

test('the table of samples and the transcript show answers in their lines', () => {
  const sample: Sample = {
    run: 'a',
    round: 1,
    index: 0,
    promptId: 'p',
    kind: 'help',
    question: 'Write:\n  two lines.',
    demonstrationIds: [],
    context: `User: Hi?\nBot: ${POEM}\nUser: Write`,
    completion: PIECES.join(''),
    pieces: PIECES,
    logProbs: PIECES.map(() => -1),
    perplexity: 2,
    difficulty: null,
    verdict: 'kept',
    aligned: null,
    order: 0,
    seed: 's',
  };
  const page = show(h(Samples, { session: sessionOf({ ...EMPTY_VIEW, samples: new Map([[1, [sample]]]) }) }));
  expect(page.querySelector<HTMLElement>('td.answer')?.innerText).toBe(POEM);
  expect(page.querySelector<HTMLElement>('.row-button')?.innerText).toBe('Write:\n  two lines.');
  render(h(Transcript, { context: sample.context }), page);
  expect(page.querySelectorAll<HTMLElement>('.turn-text')[1]?.innerText).toBe(POEM);
});
