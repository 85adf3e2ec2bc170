/** Who would say what to a question of the world: writers who would say the same things are one voice. Knows no model. */
import type { Voice } from '../world.ts';
import { everyQuestion } from './every-question.ts';
import { personaAnswers, PERSONAS } from './personas.ts';

/** From the lowest rung up; none where the world does not ask the question. */
export function voicesTo(text: string): readonly Voice[] {
  const item = everyQuestion().get(text)?.asked.item;
  if (item === undefined) return [];
  const voices: { readonly writers: number[]; readonly answers: readonly string[] }[] = [];
  for (const [rung, persona] of PERSONAS.entries()) {
    const answers = personaAnswers(item, persona);
    const last = voices.at(-1);
    if (last !== undefined && last.answers.join() === answers.join()) last.writers.push(rung);
    else voices.push({ writers: [rung], answers });
  }
  return voices;
}
