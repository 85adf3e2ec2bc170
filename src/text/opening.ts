/**
 * Where an answer begins: a chat template writes it twice, at the end of a prompt and inside of a whole conversation, and not always alike. What
 * is learned and scored stands in conversations, so a prompt must go on as they do. Knows no tokenizer.
 */
import { marksThought } from '../thoughts.ts';

/** What is done to a prompt as the template ends it, so that it goes on as its conversations do: this is cut off its end, and that put there. */
export type Opening = { readonly cut: string; readonly add: string };

/** No text that a template has. */
const MARK = '\u00a7';
const NONE: Opening = { cut: '', add: '' };

/**
 * Finds it by one conversation. White space before an answer is left to the model, as it may be part of a token. With `thinking`, the place
 * of a thought is left to the model too.
 */
export function openingOf(
  render: (messages: readonly { readonly role: string; readonly content: string }[], prompt: boolean) => string,
  thinking: boolean,
): Opening {
  const asked = { role: 'user', content: 'a' };
  const prompt = render([asked], true);
  const whole = render([asked, { role: 'assistant', content: MARK }], false);
  const at = whole.lastIndexOf(MARK);
  if (at === -1) return NONE;
  const before = whole.slice(0, at);
  let same = 0;
  while (same < prompt.length && prompt[same] === before[same]) same++;
  const [cut, add] = [prompt.slice(same), before.slice(same)];
  if (cut === '' && add.trim() === '') return NONE;
  if (thinking && (marksThought(cut) || marksThought(add))) return NONE;
  return { cut, add };
}

/** A prompt that goes on as conversations do; null where it does not end as the one did by which the opening was found. */
export function opened(prompt: string, { cut, add }: Opening): string | null {
  return prompt.endsWith(cut) ? prompt.slice(0, prompt.length - cut.length) + add : null;
}
