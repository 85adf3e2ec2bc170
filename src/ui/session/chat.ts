/**
 * The chat as the page remembers it: what was asked, the answers as they come, and what a question reads of those before it. A bundled model
 * has learned single questions, so it reads the last one alone. Knows no component.
 */
import { computed, signal } from '@preact/signals';
import type { ReadonlySignal } from '@preact/signals';
import { type Failure, toFailure } from '../../errors.ts';
import type { ChatEvent, ChatQuestion, ChatToken, ChatTurn, ChatWorker } from '../../protocol/chat.ts';
import type { OpenedModel } from '../../protocol/lm.ts';

type Reading = Omit<Extract<ChatEvent, { readonly type: 'reading' }>, 'type'>;
type Finish = Extract<ChatEvent, { readonly type: 'answered' }>['finish'] | 'stopped';

/** One model's answer to a question. */
export type Side = {
  readonly asked: ChatQuestion;
  /** Did it read answers that another model gave, as it was not asked before? */
  readonly borrowed: boolean;
  readonly reading: Reading | null;
  readonly tokens: readonly ChatToken[];
  /** So many of the first tokens are a thought, which is no part of the answer. */
  readonly hides: number;
  /** Null while it is made. */
  readonly end: { readonly text: string; readonly finish: Finish } | null;
  readonly failure: Failure | null;
  /** The likeliest tokens at each place; null where nobody has looked, `wanted` while they are on their way. */
  readonly nearest: readonly (readonly ChatToken[])[] | Failure | 'wanted' | null;
};
export type Exchange = { readonly id: number; readonly question: string; readonly seed: number; readonly sides: readonly Side[] };

type Host = {
  readonly lm: ChatWorker;
  /** The name of the run that is shown. */
  readonly run: () => string;
  /** Where a conversation outlives a reload of its tab; it may throw where a page may keep nothing. */
  readonly kept?: () => Pick<Storage, 'getItem' | 'setItem'>;
};

const KEY = 'chat';

/** What the page draws at most this often while an answer comes, in milliseconds. */
const DRAW_MS = 50;

export const textOf = (tokens: readonly ChatToken[]): string => tokens.map(({ text }) => text).join('');
export const isOver = ({ end, failure }: Side): boolean => end !== null || failure !== null;

/** What a model was told before: its own answers; where it was not asked, those of the first that was. */
export function earlierOf(exchanges: readonly Exchange[], { run, round }: Pick<ChatQuestion, 'run' | 'round'>) {
  let borrowed = false;
  const turns = exchanges.flatMap(({ question, sides }): readonly ChatTurn[] => {
    const own = sides.find(({ asked }) => asked.round === round && asked.run === run);
    const answer = (own ?? sides[0])?.end?.text ?? '';
    if (answer === '') return []; // nothing came of it
    borrowed ||= own === undefined;
    return [{ question, answer }];
  });
  return { turns, borrowed };
}

export function createChat({ lm, run, kept }: Host) {
  const exchanges = signal<readonly Exchange[]>([]);
  const asking = signal(false);
  const talks = signal(false);
  const principles = signal<string | null>(null);
  const told = signal(false);
  const system = signal('');
  let model = '';
  let asked = 0;
  let reader: ReadableStreamDefaultReader<ChatEvent> | null = null;
  /** The exchange that was stopped, before there was anything to end, too. */
  let stopped = false;

  /** Keeps what was said, with the model that said it. */
  function keep(): void {
    try {
      const said = exchanges.value.map((exchange) => ({ ...exchange, sides: exchange.sides.map((side) => ({ ...side, nearest: null })) }));
      kept?.().setItem(KEY, JSON.stringify({ model, exchanges: said }));
    } catch {
      // then it is gone with the page
    }
  }

  /** What the open model said before the page was loaded anew; nothing where another one spoke. */
  function recalled(): readonly Exchange[] {
    try {
      const found = JSON.parse(kept?.().getItem(KEY) ?? 'null') as {
        readonly model: string;
        readonly exchanges: readonly Exchange[];
      } | null;
      return found?.model === model ? found.exchanges : [];
    } catch {
      return [];
    }
  }

  function change(id: number, place: number, made: (side: Side) => Partial<Side>): void {
    exchanges.value = exchanges.value.map((exchange) => {
      if (exchange.id !== id) return exchange;
      return { ...exchange, sides: exchange.sides.map((side, at) => (at === place ? { ...side, ...made(side) } : side)) };
    });
  }

  async function answer(id: number, place: number, question: ChatQuestion): Promise<void> {
    const tokens: ChatToken[] = [];
    let [drawn, hides] = [0, 0];
    let ended = false;
    try {
      const events = (await lm.chat(question)).getReader();
      reader = events;
      if (stopped) await events.cancel();
      for (;;) {
        const { done, value } = await events.read();
        if (done) break;
        if (value.type === 'reading') change(id, place, () => ({ reading: value }));
        else if (value.type === 'token') {
          tokens.push(value.token);
          hides = value.hides;
          if (performance.now() - drawn < DRAW_MS) continue;
          drawn = performance.now();
          change(id, place, () => ({ tokens: [...tokens], hides }));
        } else {
          ended = true;
          if (value.type === 'failed') change(id, place, () => ({ tokens, failure: value.failure }));
          else {
            const { text, hides, keeps, finish } = value;
            change(id, place, () => ({ tokens: tokens.slice(0, keeps), hides, end: { text, finish } }));
          }
        }
      }
    } catch (error) {
      ended = true;
      change(id, place, () => ({ tokens, failure: toFailure(error) }));
    }
    reader = null;
    const text = textOf(tokens.slice(hides)).trim();
    if (!ended) change(id, place, () => ({ tokens, hides, end: { text, finish: 'stopped' } }));
  }

  /** Asks the models of `rounds` after what was said `before`, one after the other, all with the same seed. */
  async function exchange(before: readonly Exchange[], question: string, rounds: readonly number[], seed: number): Promise<void> {
    asking.value = true;
    stopped = false;
    const id = ++asked;
    const sides = rounds.map((round): Side => {
      const who = { run: round > 0 ? run() : '', round };
      const { turns, borrowed } = talks.value ? earlierOf(before, who) : { turns: [], borrowed: false };
      const text = { system: talks.value && told.value ? system.value : '', earlier: turns, question, seed };
      return { asked: { ...who, ...text }, borrowed, reading: null, tokens: [], hides: 0, end: null, failure: null, nearest: null };
    });
    exchanges.value = [...before, { id, question, seed, sides }];
    for (const [place, side] of sides.entries()) {
      if (stopped) change(id, place, () => ({ end: { text: '', finish: 'stopped' } }));
      else await answer(id, place, side.asked);
    }
    asking.value = false;
    keep();
  }

  function stop(): void {
    stopped = true;
    void reader?.cancel();
  }

  function clear(): void {
    stop();
    exchanges.value = [];
    keep();
  }

  return {
    /** Oldest first. */
    exchanges: exchanges as ReadonlySignal<readonly Exchange[]>,
    asking: asking as ReadonlySignal<boolean>,
    /** Does the open model hold conversations? Else each question stands by itself. */
    talks: talks as ReadonlySignal<boolean>,
    /** The principles of the kit; null where there is none. */
    principles: principles as ReadonlySignal<string | null>,
    /** Is the system message told? */
    told,
    system,
    /** Tokens of the conversation so far, of those that the model reads; null before anything was read. */
    filled: computed(() => {
      const sides = exchanges.value.at(-1)?.sides ?? [];
      const counts = sides.flatMap(({ reading, tokens, failure }) =>
        reading === null || failure !== null ? [] : [{ ...reading, tokens: reading.tokens + tokens.length }],
      );
      return counts.toSorted((a, b) => b.tokens - a.tokens)[0] ?? null;
    }),
    /** Resolves when everybody has answered; whether nobody could. */
    ask: async (question: string, rounds: readonly number[]): Promise<boolean> => {
      if (asking.value || question.trim() === '') return false;
      await exchange(exchanges.value, question.trim(), rounds, 0);
      return exchanges.value.at(-1)?.sides.every(({ failure }) => failure !== null) ?? false;
    },
    /** The last question once more, in place of its answers: drawn, with a seed that was not used for it. */
    again: async (): Promise<void> => {
      const last = exchanges.value.at(-1);
      if (asking.value || last === undefined) return;
      const rounds = last.sides.map(({ asked: { round } }) => round);
      await exchange(exchanges.value.slice(0, -1), last.question, rounds, last.seed + 1);
    },
    stop,
    clear,
    /** Drops what was asked, and the system message as somebody changed it. */
    forget(): void {
      clear();
      [told.value, system.value] = [false, principles.value ?? ''];
    },
    /** Asks for the likeliest tokens at each place of an answer, once. */
    look: async (id: number, place: number): Promise<void> => {
      const side = exchanges.value.find((other) => other.id === id)?.sides[place];
      if (side === undefined || !isOver(side) || side.nearest === 'wanted' || Array.isArray(side.nearest)) return;
      change(id, place, () => ({ nearest: 'wanted' }));
      const ids = side.tokens.map((token) => token.id);
      const found = await lm.nearest(side.asked, ids).catch((error: unknown) => ({ ok: false, failure: toFailure(error) }) as const);
      change(id, place, () => ({ nearest: found.ok ? found.value : found.failure }));
    },
    /** Another model may be open: nothing that was said belongs to it. */
    suit(open: OpenedModel): void {
      // another kit has other principles; what somebody has written stays
      if (system.value === (principles.value ?? '')) system.value = open.principles ?? '';
      principles.value = open.principles;
      const name = `${open.world ?? ''}/${open.name}/${open.fingerprint}`;
      if (name === model) return;
      const first = model === '';
      model = name;
      if (first) exchanges.value = recalled();
      else clear();
      asked = Math.max(asked, ...exchanges.value.map(({ id }) => id));
      talks.value = open.world === null;
      [told.value, system.value] = [false, open.principles ?? ''];
    },
  };
}

export type Chat = ReturnType<typeof createChat>;
