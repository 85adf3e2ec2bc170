/**
 * The chat: a conversation with the base model, a round's or one with an adapter that was loaded, answered token by token. It has an adapter
 * of its own beside the run's over the same weights, so an answer never touches a run in progress. Of a conversation that is longer than the
 * model reads the oldest turns are left out; what was read for a question is kept for the next. A thought before an answer is told apart from
 * it. Knows no store.
 */
import { breathe, turn } from '../engine/work.ts';
import { Dialogue } from '../kit/dialogue.ts';
import type { ModelFiles } from '../model/load.ts';
import { Recall, type Remembered } from '../model/recall.ts';
import { type ChatEvent, type ChatQuestion, type ChatToken, DRAWN, NEAREST } from '../protocol/chat.ts';
import type { ChatFormat } from '../text/chat.ts';
import { afterThought, onlyThought, openThought } from '../thoughts.ts';
import { Encoding, type End } from '../training/encoding.ts';
import type { StreamedToken } from '../training/language-model.ts';
import type { World } from '../world/world.ts';
import type { Control } from './control.ts';
import type { StandIn } from './pool/stand-in.ts';
import { Replica, type Weights } from './replica.ts';
import { endOf, templateOf } from './tasks.ts';

/** Tokens of an answer at most: a bundled model says a sentence. */
const [SHORT, LONG] = [64, 512];
/** Of what a model reads, the share that is kept free for an answer as long as there are earlier turns to leave out. */
const ROOM = 0.25;

/** How a question is asked: the whole prompt, its tokens, and how many earlier turns are not in it. */
type Asked = { readonly prompt: string; readonly ids: readonly number[]; readonly left: number };

/** How questions are written for a model. */
type Speech = {
  readonly most: number;
  /** Texts that end an answer. */
  readonly stop: readonly string[];
  readonly end: End | null;
  prompt(question: ChatQuestion): string;
};

/** A world's way for its bundled model, where each turn is one line and no question has one before it. */
export function speechOfWorld(world: Pick<World, 'prompt' | 'task'>): Speech {
  const prompt = ({ question }: ChatQuestion): string => world.prompt(question.replace(/\s+/g, ' ').trim());
  return { most: SHORT, stop: [world.task.stop], end: null, prompt };
}

/** Conversations in a model's chat template, with what comes first as principles do in a run. */
export function speechOf({ tokenizer, config }: ModelFiles, format: ChatFormat): Speech {
  const model = { tokenizer, format, eos: config.eos_token_ids };
  const dialogue = new Dialogue(templateOf(model));
  return {
    most: LONG,
    stop: format.stopStrings,
    end: { ...endOf(format, tokenizer, model.eos), text: '' },
    prompt: ({ system, earlier, question }) =>
      dialogue.prompt(question.trim(), { principles: system.trim() === '' ? null : system, examples: earlier }),
  };
}

/** What was read with weights is of use to the same weights alone. */
function nameOf({ tuning, seed, state }: Weights): string {
  return JSON.stringify([tuning, seed, state?.hash ?? null]);
}

export class Chat {
  readonly #files: ModelFiles;
  readonly #speech: Speech;
  readonly #encoding: Encoding;
  readonly #replica: Replica;
  readonly #standIn: StandIn | null;
  readonly #recall = new Recall();
  /** Of the question that is being answered. */
  #control: Control | null = null;

  /** `standIn` answers while the graphics card cannot yet. */
  constructor(files: ModelFiles, speech: Speech, standIn: StandIn | null = null) {
    this.#files = files;
    this.#speech = speech;
    this.#standIn = standIn;
    this.#encoding = new Encoding(files, speech.end);
    this.#replica = new Replica(files, speech.end, async () => (this.#control === null ? turn() : this.#control.heard()));
  }

  /** The answer while it is made; a stop ends it between two parts of the work. Errors: PROMPT_TOO_LONG, STOPPED. */
  async *answer(weights: Weights, question: ChatQuestion, control: Control): AsyncGenerator<ChatEvent, void> {
    const { max_position_embeddings: context } = this.#files.config;
    const { prompt, ids, left } = this.#asked(question);
    const tokens = ids.length;
    const remembered = this.#recall.of(nameOf(weights));
    yield { type: 'reading', tokens, known: remembered.known(ids), context, left };
    this.#control = control;
    try {
      const made: ChatToken[] = [];
      const inside = openThought(prompt);
      let [text, hides]: [string, number | null] = ['', null];
      let finish: 'stop' | 'length' = 'stop';
      for await (const { finish: ended, ...token } of this.#made(weights, prompt, question.seed, remembered)) {
        made.push(token);
        finish = ended ?? 'length';
        text += token.text;
        if (hides === null && !onlyThought(text, inside)) ({ hides } = this.#said(made, inside));
        yield { type: 'token', token, hides: hides ?? made.length };
        await breathe(); // a small model makes many tokens between two turns
        control.orStop();
      }
      const full = finish === 'length' && tokens + made.length >= context;
      yield { type: 'answered', ...this.#said(made, inside), finish: full ? 'context' : finish };
    } finally {
      this.#control = null;
    }
  }

  /** Frees what was read: a run needs the memory. */
  forget(): void {
    this.#recall.forget();
  }

  /** Frees everything that it holds. */
  close(): void {
    this.forget();
    this.#replica.dispose();
  }

  /** The likeliest tokens at each place of an answer `ids`, the likeliest first. Errors: PROMPT_TOO_LONG. */
  async nearest(weights: Weights, question: ChatQuestion, ids: readonly number[]): Promise<readonly (readonly ChatToken[])[]> {
    const model = await this.#replica.with(weights);
    return model.alternatives(this.#asked(question).prompt, ids, NEAREST);
  }

  async *#made(weights: Weights, prompt: string, seed: number, remembered: Remembered): AsyncGenerator<StreamedToken, void> {
    const { most, stop } = this.#speech;
    const sampling = seed === 0 ? { temperature: 0, topK: 0, topP: 1 } : { ...DRAWN, topK: 0 };
    const options = { ...sampling, maxTokens: most, stop };
    const request = { prompt, seed: `chat/${seed}` };
    const whole = await this.#standIn?.answer(weights, request, options);
    if (whole == null) return yield* (await this.#replica.with(weights)).stream(request, options, remembered);
    const ids = this.#encoding.answer(whole.text);
    for (const [i, text] of whole.pieces.entries()) {
      const finish = i === whole.pieces.length - 1 ? whole.finish : null;
      yield { id: ids[i] ?? 0, text, logProb: whole.logProbs[i] as number, ends: false, finish };
    }
  }

  /** The prompt with as many of the latest turns as leave room for an answer. */
  #asked(question: ChatQuestion): Asked {
    const { max_position_embeddings: context } = this.#files.config;
    const room = Math.min(this.#speech.most, Math.floor(ROOM * context));
    for (let left = 0; ; left++) {
      const prompt = this.#speech.prompt({ ...question, earlier: question.earlier.slice(left) });
      const ids = this.#encoding.prompt(prompt);
      if (left >= question.earlier.length || ids.length + room <= context) return { prompt, ids, left };
    }
  }

  /**
   * The text of an answer without the thought before it, in whose middle the prompt may end (`inside`), and without what ended it; how many
   * tokens are thought, and how many of all are wholly before the end.
   */
  #said(made: readonly ChatToken[], inside: string | null): { readonly text: string; readonly hides: number; readonly keeps: number } {
    const whole = made.map(({ text }) => text).join('');
    const ends = this.#speech.stop.map((stop) => (stop === '' ? -1 : whole.indexOf(stop))).filter((at) => at !== -1);
    const kept = whole.slice(0, Math.min(whole.length, ...ends));
    const text = afterThought(kept, inside);
    /** How many tokens lie wholly in so many characters. */
    const tokensIn = (characters: number): number => {
      let [count, length] = [0, 0];
      for (const token of made) {
        length += token.text.length;
        if (length > characters) break;
        count++;
      }
      return count;
    };
    const hidden = kept.length - text.length;
    return { text: text.trim(), hides: hidden === 0 ? 0 : tokensIn(hidden), keeps: tokensIn(kept.length) };
  }
}
