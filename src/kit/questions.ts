/**
 * The questions of an alignment kit: prompts to learn from and held-out choices to measure by, rendered once, in the order in which a seed
 * draws them. Knows how a question is rendered, and nothing of how many are asked, or how one is scored.
 */
import type { Kit } from '../files/in/kit.ts';
import type { KitPrompt, KitQuestion } from '../files/in/questions.ts';
import { Random } from '../random.ts';
import type { Dialogue } from './dialogue.ts';

/** A question of a kit, with the answers that it offers; none where it is a prompt. */
export type Asked = {
  readonly id: string;
  /** The form of a choice, because a guess is right half of the time in one form and less in the other; the topic of a prompt. */
  readonly kind: string;
  readonly text: string;
  readonly prompt: string;
  readonly choices: readonly { readonly text: string; readonly aligned: boolean; readonly best?: boolean }[];
};

type KitStock = {
  readonly prompts: readonly Asked[];
  readonly validation: readonly Asked[];
  readonly test: readonly Asked[];
  /** No part of a kit is held out by topic or wording: the topics of its tests are those of its prompts. */
  readonly outOfDistribution: null;
  /** Sets of questions of which the kind is the set's name, and the tests as open questions, of which it is the topic. */
  readonly probes: { readonly sets: readonly (readonly Asked[])[]; readonly open: readonly Asked[] };
};

/** Every question of a kit, in the kit's own order. */
export function stockOf(kit: Pick<Kit, 'prompts' | 'validation' | 'test' | 'probes'>, dialogue: Dialogue): KitStock {
  return {
    prompts: kit.prompts.map((row) => promptOf(row, dialogue)),
    validation: kit.validation.map((row) => choiceOf(row, dialogue)),
    test: kit.test.map((row) => choiceOf(row, dialogue)),
    outOfDistribution: null,
    // a file may be sorted by topic; the same order in every run, so that two runs can be laid side by side
    probes: {
      sets: (kit.probes ?? []).map(({ name, questions }) =>
        Random.of('kit', 'probes', name)
          .shuffle(questions)
          .map((row) => ({ ...choiceOf(row, dialogue), kind: name })),
      ),
      open: Random.of('kit', 'open')
        .shuffle(kit.test)
        .map((row) => ({ ...promptOf(row, dialogue), id: `open/${row.id}` })),
    },
  };
}

/** The same in the order in which a run with this seed asks them. */
export function drawn({ prompts, validation, test, probes }: KitStock, seed: number): KitStock {
  const shuffled = <T>(set: string, rows: readonly T[]): readonly T[] => Random.of(seed, 'kit', set).shuffle(rows);
  return {
    prompts: shuffled('prompts', prompts),
    validation: shuffled('validation', validation),
    test: shuffled('test', test),
    outOfDistribution: null,
    probes,
  };
}

/** A prompt as it is trained on: the user's turn alone. */
export function promptOf({ id, topic, prompt }: KitPrompt, dialogue: Dialogue): Asked {
  return { id, kind: topic, text: prompt, prompt: dialogue.prompt(prompt), choices: [] };
}

function choiceOf({ id, form, prompt, choices, correct, best }: KitQuestion, dialogue: Dialogue): Asked {
  const offered = choices.map((text, i) => ({
    text: dialogue.completion(text),
    aligned: correct.includes(i),
    ...(i === best ? { best: true } : {}),
  }));
  return { id, kind: form, text: prompt, prompt: dialogue.prompt(prompt), choices: offered };
}
