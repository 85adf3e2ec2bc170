/**
 * What the steps of a stranger's tokenizer.json may make out of a text: not so much that the tab ends, which nothing could catch. Looked at
 * before a step is taken. Knows no step.
 */
import { AppError } from '../../errors.ts';
import type { Fields } from '../../fields.ts';

/** Characters of a text that a step has made longer; a longer one may stay as long as it is. */
const MAX_MADE = 2 ** 20;

/** Steps that a text goes through, those inside of sequences counted. */
const MAX_STEPS = 64;

/** Refuses more steps than an honest file has. Errors: those of `file`, naming the place. */
export function checkSteps(file: Fields, name: string, list: string): void {
  let waiting: readonly unknown[] = [file.raw(name)];
  let steps = -1; // the whole is none
  while (waiting.length > 0) {
    steps += waiting.length;
    if (steps > MAX_STEPS) file.fail(name, `has more than ${MAX_STEPS} steps`);
    waiting = waiting.flatMap((step) => {
      const inner: unknown = typeof step === 'object' && step !== null ? (step as Readonly<Record<string, unknown>>)[list] : null;
      return Array.isArray(inner) ? (inner.slice(0, MAX_STEPS + 1) as readonly unknown[]) : [];
    });
  }
}

/** Errors: PROMPT_TOO_LONG for a text of `made` characters out of one of `before`, with the place of the step. */
export function checkGrowth({ place }: Pick<Fields, 'place'>, before: number, made: number): void {
  if (made > MAX_MADE && made > before)
    throw new AppError('PROMPT_TOO_LONG', `${place} of tokenizer.json makes ${made} characters of ${before}, at most ${MAX_MADE} are made`);
}

/** The text with every match replaced by `content`. Errors: PROMPT_TOO_LONG, before anything is made. */
export function replaced(config: Fields, text: string, pattern: RegExp, content: string): string {
  if (content.length > 1) {
    let made = text.length;
    for (const [match] of text.matchAll(pattern)) made += content.length - match.length;
    checkGrowth(config, text.length, made);
  }
  return text.replace(pattern, () => content);
}
