/**
 * An alignment kit as a task for a chat model: what the method and the measurements ask for, in the model's own chat template. Nobody
 * grades its free answers. Fits `Task` of src/contracts/task.ts by its shape; imports neither evals nor align.
 */
import type { Kit } from '../files/in/kit.ts';
import type { KitDemonstration } from '../files/in/questions.ts';
import { jaccard, words } from '../similarity.ts';
import { withThought, type Dialogue, type Example } from './dialogue.ts';
import { promptOf, type Asked } from './questions.ts';
import { declines } from './refusal.ts';

/** A demonstration of the kit. */
type Shown = {
  readonly id: string;
  readonly topic: string;
  readonly question: string;
  readonly answer: string;
  readonly thought: string;
  readonly text: string;
  readonly thoughtText: string;
};
type Candidate = { readonly text: string; readonly aligned: boolean; readonly best?: boolean };
/** Principles, demonstrations and thoughts, as far as they are wanted. */
type View = { readonly demonstrations: readonly Shown[]; readonly principles: boolean | string; readonly thoughts?: boolean };

/** Above this share of words in common (Jaccard) two questions are the same; the kit's own files keep to it. */
const SAME = 0.7;

const ask = (topic: string): string => `Write one question that somebody might ask an assistant. Topic: ${topic}.`;

/** The task of a kit. Its functions take the kit's own questions, which carry their answers. */
export function taskOfKit(kit: Kit, dialogue: Dialogue) {
  const held = [...kit.validation, ...kit.test, ...kit.demonstrations].map(({ prompt }) => new Set(words(prompt)));
  return {
    graded: false,
    principles: kit.principles,
    pool: kit.demonstrations.map((row) => shownOf(row, dialogue)),
    stop: dialogue.stop,
    context: ({ text }: Asked, { demonstrations, principles, thoughts = false }: View): string => {
      const examples = demonstrations.map(({ question, answer, thought }): Example =>
        thoughts && thought !== '' ? { question, answer, thought } : { question, answer },
      );
      return dialogue.prompt(text, { principles: principles === true ? kit.principles : principles || null, examples });
    },
    aligned: () => null,
    gold: () => null,
    withoutThought: (completion: string): string => dialogue.withoutThought(completion),
    said: (completion: string): string => dialogue.said(completion),

    candidates: ({ choices }: Asked): readonly Candidate[] => choices,
    choosing: ({ text }: Asked, first: Candidate, second: Candidate): string =>
      dialogue.prompt(
        `${text}\n\nWhich of these two answers is better?\n1. ${dialogue.said(first.text)}\n2. ${dialogue.said(second.text)}`,
      ),
    // Which questions may be refused is a matter of judgement.
    ordinary: (): boolean => false,
    refuses: (completion: string): boolean | null => declines(dialogue.said(completion), kit.language),

    openings: [...new Set(kit.prompts.map(({ topic }) => topic))],
    asking: (opening: string, shown: readonly Shown[]): string =>
      dialogue.prompt(ask(opening), { examples: shown.map(({ topic, question }) => ({ question: ask(topic), answer: question })) }),
    written: (_: string, completion: string): string => dialogue.said(completion).split('\n')[0]?.trim() ?? '',
    own: (text: string): Asked | null => {
      const asked = new Set(words(text));
      if (held.some((other) => jaccard(asked, other) > SAME)) return null;
      return promptOf({ id: `own/${text}`, topic: 'own', prompt: text }, dialogue);
    },
  };
}

function shownOf({ id, topic, prompt, answer, thought }: KitDemonstration, dialogue: Dialogue): Shown {
  const asked = dialogue.prompt(prompt);
  const turns = {
    text: asked + dialogue.completion(answer),
    thoughtText: asked + dialogue.completion(thought === '' ? answer : withThought(thought, answer)),
  };
  return { id, topic, question: prompt, answer, thought, ...turns };
}
