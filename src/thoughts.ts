/**
 * How models that think write a thought before their answer: the two marks of each way, in which a template or a model encloses it. Knows no
 * template.
 */

/** The marks of the ways that are known, as public chat templates write them. */
const WAYS = [
  ['<think>', '</think>'],
  ['<thinking>', '</thinking>'],
  ['<thought>', '</thought>'],
  ['<reasoning>', '</reasoning>'],
  ['<seed:think>', '</seed:think>'],
  ['[THINK]', '[/THINK]'],
  ['<|START_THINKING|>', '<|END_THINKING|>'],
  ['<|begin_of_thought|>', '<|end_of_thought|>'],
] as const;

/** How demonstrations show a thought before an answer: in brackets in a world, in two lines in a kit. */
export const SHOWN = { brackets: /^\s*\([^)\n]*\)\s*/, lines: /^\s*Thought:[^]*?\n[^\S\n]*Answer:/ } as const;

/** Does a mark of a thought stand in this text? */
export function marksThought(text: string): boolean {
  return WAYS.some(([open, close]) => text.includes(open) || text.includes(close));
}

/** What ends the thought in whose middle a text stops; null where it stops in none. */
export function openThought(text: string): string | null {
  const [way] = WAYS.filter(([open, close]) => text.lastIndexOf(open) > text.lastIndexOf(close));
  return way?.[1] ?? null;
}

/** What ends a thought that was begun before this text, as a prompt may end with the mark; null where an end has its beginning, or there is none. */
export function unopenedThought(text: string): string | null {
  const isBegun = (open: string): boolean => text.includes(open) || text.includes(`${open.slice(0, -1)} `);
  return WAYS.find(([open, close]) => !isBegun(open) && endsLine(text, close))?.[1] ?? null;
}

/** Is the last mark of these the first or the last of its line? In the middle of one somebody speaks of it. */
function endsLine(text: string, mark: string): boolean {
  const at = text.lastIndexOf(mark);
  return at !== -1 && (/\n[^\S\n]*$/.test(text.slice(0, at)) || /^[^\S\n]*\n/.test(text.slice(at + mark.length)));
}

/**
 * What is said after the thought before it; empty for a thought alone. `inside` is what ends a thought that the prompt has begun already;
 * a mark in the middle of an answer is a word like others.
 */
export function afterThought(text: string, inside: string | null = null): string {
  const begun = text.trimStart();
  const close = WAYS.find(([open]) => begun.startsWith(open))?.[1] ?? inside;
  if (close === null) return text;
  const end = text.lastIndexOf(close);
  return end === -1 ? '' : text.slice(end + close.length);
}

/** Is nothing written yet but a thought, or what may become the mark of one? */
export function onlyThought(text: string, inside: string | null = null): boolean {
  return WAYS.some(([open]) => open.startsWith(text.trim())) || afterThought(text, inside).trim() === '';
}

/** A thought as it is read, without the marks around it, as far as they are there. */
export function bareThought(text: string): string {
  const whole = text.trim();
  const [open, close] = WAYS.find((marks) => whole.startsWith(marks[0]) || whole.endsWith(marks[1])) ?? ['', ''];
  return whole.slice(whole.startsWith(open) ? open.length : 0, whole.endsWith(close) ? whole.length - close.length : undefined).trim();
}
