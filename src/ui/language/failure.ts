/** The sentences of src/errors.ts in the language of the page. An error stands there in English, with the names of what it sends somebody to. */
import { CONTROLS, LABELS } from '../../controls.ts';
import { ADVICE, type ErrorCode, type Failure } from '../../errors.ts';
import { say } from './language.ts';

/** The sentence of a code with its controls and settings as named parts: the id of its translation. */
export function adviceId(code: ErrorCode): string {
  const { words, names } = ADVICE[code];
  return words.reduce((text, word, i) => {
    const named = names[i - 1];
    if (named === undefined) return text + word;
    const { kind, name } = named;
    return `${text}${kind === 'command' ? `\`npm run ${name}\`` : kind === 'file' ? name : `{${name}}`}${word}`;
  });
}

/** What went wrong and what to do about it. */
export function failureText({ code }: Pick<Failure, 'code'>): string {
  const parts: Record<string, string> = {};
  for (const { kind, name } of ADVICE[code].names) {
    if (kind === 'control') parts[name] = say(CONTROLS[name]);
    if (kind === 'setting') parts[name] = say(LABELS[name]);
  }
  return say(adviceId(code), parts);
}
