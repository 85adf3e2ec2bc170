/**
 * Is what a model is trained on what its template writes? A prompt and its completion must be the beginning of the template's own rendering of
 * the whole conversation: of one turn and of two, with and without a system message. What differs is told, or refused. Knows no tokenizer.
 */
import { Dialogue, type ChatTemplate, type Message } from './dialogue.ts';

/** What a template does otherwise: `bare` says it of a single question without anything before it, of which everything is made. */
export type Difference = { readonly bare: boolean; readonly where: string; readonly what: string; readonly sentence: string };

const ANSWER = 'Because.';
/** Lines with spaces before and after them, empty ones, and what HTML and JSON write otherwise: a template may change any of them. */
const LONG = 'First of all:\n\n- one \n    - "two" & <b>\t\\\n\n\nSo `it` is.';
const EXAMPLES = [{ question: 'How?', answer: 'Like this.' }];
const CASES = [
  { with: '', shown: {} },
  { with: 'With a system message, ', shown: { principles: 'Be kind.' } },
  { with: 'After an earlier question, ', shown: { examples: EXAMPLES } },
  { with: 'After a system message and an earlier question, ', shown: { principles: 'Be kind.', examples: EXAMPLES } },
] as const;

/** Every difference, once. Errors: those of the template where it refuses a single question. */
export function differencesOf(template: ChatTemplate): readonly Difference[] {
  const dialogue = new Dialogue(template);
  const found = CASES.flatMap(({ with: where, shown }): readonly Difference[] => {
    const bare = where === '';
    const messages = dialogue.messages('Why?', shown);
    const whole = (answer: string): string =>
      template.render([...messages, { role: 'assistant', content: answer } satisfies Message], { addGenerationPrompt: false });
    try {
      const prompt = dialogue.prompt('Why?', shown);
      const difference = apart(prompt + dialogue.completion(ANSWER), whole(ANSWER), template.end);
      if (difference !== null)
        return [told(bare, where, `a prompt with its answer is “${difference[0]}”, the whole conversation “${difference[1]}”`)];
      const longer = apart(prompt + dialogue.completion(LONG), whole(LONG), template.end);
      return longer === null
        ? []
        : [told(false, where, `an answer of several lines is “${longer[0]}” in training, “${longer[1]}” in a conversation`)];
    } catch (error) {
      if (bare) throw error;
      const { detail } = error as { readonly detail?: string };
      return [told(bare, where, `it refuses the conversation: ${detail ?? String(error)}`)];
    }
  });
  // what a template does to every conversation is said once
  return found.filter(({ where, what }) => where === '' || !found.some((other) => other.where === '' && other.what === what));
}

/** The sentence for a template that puts no token after an answer which could end one. */
export function endlessText(template: ChatTemplate): string | null {
  const { end, stop } = template;
  if (stop !== '') return null;
  if (end === '') return 'No token is known to end an answer of this model, so its answers go on to the longest that a run allows.';
  const whole = template.render(
    [
      { role: 'user', content: 'Why?' },
      { role: 'assistant', content: ANSWER },
    ],
    { addGenerationPrompt: false },
  );
  if (whole.slice(whole.lastIndexOf(ANSWER)).includes(end)) return null;
  return 'The chat template of this model puts no end after an answer; in training, one ends with its end token all the same.';
}

const told = (bare: boolean, where: string, what: string): Difference => ({
  bare,
  where,
  what,
  sentence: `${where === '' ? 'T' : `${where}t`}he chat template of this model writes something else in training than in a conversation: ${what}.`,
});

/** Where the made text is not the beginning of the whole one: a few characters of each. An end that the template does not write is not compared. */
function apart(made: string, whole: string, end: string): readonly [string, string] | null {
  const text = whole.startsWith(made) || end === '' || !made.endsWith(end) ? made : made.slice(0, -end.length);
  if (whole.startsWith(text)) return null;
  let same = 0;
  while (text[same] === whole[same]) same++;
  const near = (from: string): string => from.slice(Math.max(0, same - 20), same + 20).replaceAll('\n', '↵');
  return [near(text), near(whole)];
}
