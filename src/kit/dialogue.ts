/**
 * Conversations in a model's chat template: principles as the system message or before the first question, demonstrations as earlier turns,
 * and an answer as what comes after the prompt. A template does not compose by concatenation, so everything is rendered whole. Knows no
 * tokenizer, and no kit.
 */

import { afterThought, openThought, SHOWN } from '../thoughts.ts';

export type Message = { readonly role: 'system' | 'user' | 'assistant'; readonly content: string };

/** What is needed of a model's chat format. */
export interface ChatTemplate {
  /** With `addGenerationPrompt`, up to where the answer begins. Throws for a conversation that the template refuses. */
  render(messages: readonly Message[], options: { readonly addGenerationPrompt: boolean }): string;
  /** The text that stands for the token which ends an answer; empty where there is none. */
  readonly end: string;
  /** A text that ends an answer besides, cut off from it; empty where there is none. */
  readonly stop: string;
}

/** A worked example, with the thought before its answer or without one. */
export type Example = { readonly question: string; readonly answer: string; readonly thought?: string };

/** A thought that was begun as demonstrations begin one, and no answer after it. */
const UNANSWERED = /^\s*Thought:/;

/** An answer after its thought, as a demonstration shows them. */
export const withThought = (thought: string, answer: string): string => `Thought: ${thought}\nAnswer: ${answer}`;

/** No text that a template or a kit has. */
const MARK = '\u00a7';
const ASKED: Message = { role: 'user', content: 'a' };

/** What stands before a question. */
type Shown = { readonly principles?: string | null; readonly examples?: readonly Example[] };

export class Dialogue {
  /** Ends an answer. */
  readonly stop: string;
  /** Does the template take a system message, or do principles go before the first question? */
  readonly takesSystem: boolean;
  readonly #template: ChatTemplate;
  /** What the template puts between the prompt and an answer, for the model to make itself: white space, or where it may think no thought. */
  readonly #lead: string;
  /** What ends the thought that the prompt has begun; null where it begins none. */
  readonly #inside: string | null;

  constructor(template: ChatTemplate) {
    this.#template = template;
    this.stop = template.stop === '' ? template.end : template.stop;
    this.takesSystem = takesSystem(template);
    const prompt = template.render([ASKED], { addGenerationPrompt: true });
    this.#inside = openThought(prompt);
    this.#lead = leadOf(template, prompt, this.#inside);
  }

  /** The prompt of a question up to where its answer begins, after principles and examples. */
  prompt(question: string, shown: Shown = {}): string {
    return this.#template.render(this.messages(question, shown), { addGenerationPrompt: true });
  }

  /** The turns of that prompt. */
  messages(question: string, { principles = null, examples = [] }: Shown = {}): readonly Message[] {
    const turns: readonly Message[] = [
      ...examples.flatMap(({ question: asked, answer, thought }): readonly Message[] => [
        { role: 'user', content: asked },
        { role: 'assistant', content: thought === undefined ? answer : withThought(thought, answer) },
      ]),
      { role: 'user', content: question },
    ];
    return principles === null ? turns : this.#ruled(principles.trim(), turns);
  }

  /** An answer as a whole completion of its prompt, with the end that a model must learn to make. */
  completion(answer: string): string {
    return `${this.#lead}${answer.trim()}${this.#template.end || this.#template.stop}`;
  }

  /** The answer in a completion: no thought before it, the model's own or one as demonstrations show it, no end after it. Empty where there is a thought only. */
  said(completion: string): string {
    const text = afterThought(this.#open(completion), this.#inside);
    const after = text.replace(SHOWN.lines, '');
    return UNANSWERED.test(after) ? '' : after.trim();
  }

  /** A completion without the thought before its answer, as it is trained on; one that did not end does not end here either. */
  withoutThought(completion: string): string {
    const answer = this.said(completion);
    return this.#open(completion) === completion ? `${this.#lead}${answer}` : this.completion(answer);
  }

  /** A completion up to its end. */
  #open(completion: string): string {
    const { end, stop } = this.#template;
    const places = [stop, end].map((text) => (text === '' ? -1 : completion.indexOf(text))).filter((at) => at !== -1);
    return places.length === 0 ? completion : completion.slice(0, Math.min(...places));
  }

  #ruled(principles: string, turns: readonly Message[]): readonly Message[] {
    if (this.takesSystem) return [{ role: 'system', content: principles }, ...turns];
    return turns.map((turn, i) => (i === 0 ? { ...turn, content: `${principles}\n\n${turn.content}` } : turn));
  }
}

/** Some templates refuse a system message, some leave it out without a word. */
function takesSystem(template: ChatTemplate): boolean {
  try {
    const messages = [{ role: 'system', content: MARK } as const, { role: 'user', content: 'a' } as const];
    return template.render(messages, { addGenerationPrompt: true }).includes(MARK);
  } catch {
    return false; // then a conversation without one is rendered, or refused, where it is asked for
  }
}

function leadOf(template: ChatTemplate, prompt: string, inside: string | null): string {
  const whole = template.render([ASKED, { role: 'assistant', content: MARK }], { addGenerationPrompt: false });
  const at = whole.lastIndexOf(MARK);
  if (whole.startsWith(prompt) && at !== -1) return whole.slice(prompt.length, at);
  if (inside !== null) return `\n${inside}\n\n`;
  return /\s$/.test(prompt) ? '' : ' ';
}
