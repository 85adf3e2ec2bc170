/**
 * Text of a model as it was written: what may be left out at its edges, and how a token is shown where its whitespace matters.
 * Knows no component.
 */
import { afterThought, openThought, SHOWN } from '../../thoughts.ts';
import { say } from '../language/language.ts';

export type TintedToken = { readonly text: string; readonly probability: number };

/** Half of a character at the end of a text that was cut in its bytes. */
const BROKEN_END = /\ufffd+$/;
/** Empty lines before a text, and the one space that most tokens begin with. */
const BEGIN = /^(?:[^\S\n\r]*(?:\r\n?|\n))*(?: (?=\S))?/;
/** Signs that move no ink and may turn what stands beside them around; line ends and tabs are whitespace, and stay. */
const CONTROL = /(?![\t\n])[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;

/** A text whose line ends are \\n, and whose control characters are seen. */
export function readable(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(CONTROL, '\ufffd');
}

/** A text without what nobody wrote on purpose: empty lines around it, the first token's space, half a character at a cut. */
export function asWritten(text: string): string {
  return readable(text.replace(BROKEN_END, '').replace(BEGIN, '')).trimEnd();
}

/** The answer of a completion as it is trained on, without a thought before it; `shown` where demonstrations show one. */
export function answerOf(completion: string, { context, shown }: { readonly context: string; readonly shown: boolean }): string {
  const text = afterThought(completion, openThought(context));
  return asWritten(shown ? text.replace(SHOWN.brackets, '').replace(SHOWN.lines, '') : text);
}

/** The same for a text in tokens: those of which something is left, with what is left of each. */
export function tokensAsWritten<T extends TintedToken>(tokens: readonly T[]): readonly T[] {
  const whole = tokens.map(({ text }) => text).join('');
  const uncut = whole.replace(BROKEN_END, '');
  const from = BEGIN.exec(uncut)?.[0].length ?? 0;
  const to = Math.max(from, uncut.trimEnd().length);
  let at = 0;
  return tokens.flatMap((token, index) => {
    const { text } = token;
    const goesOn = tokens[index + 1]?.text.startsWith('\n') === true;
    const part = text.slice(Math.max(0, from - at), Math.max(0, to - at));
    const left = readable(goesOn ? part.replace(/\r$/, '') : part);
    at += text.length;
    return left === '' ? [] : [{ ...token, text: left }];
  });
}

/** A token by itself, every sign of it to be seen: "·the", "⏎⏎", "part of a character". */
export function marked(text: string): string {
  if (text === '') return say('part of a character');
  return readable(text).replace(/ /g, '·').replace(/\t/g, '⇥').replace(/\n/g, '⏎');
}
