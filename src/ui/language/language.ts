/**
 * Every sentence of the page in the language of its reader. Knows no sentence and no component.
 *
 * How to write a new sentence. Its id is its English text, so there is nothing to look up:
 *
 *     say('Not now')                                                     a text
 *     say('{done} of {total} answered', { done, total })                 numbers are written as the language writes them
 *     say('{count, plural, one {# round} other {# rounds}}', { count })  never an s behind a number
 *     <Say text="asked cold: {term}" parts={{ term: <Term …/> }} />      elements inside of a sentence (say.tsx)
 *     const NAMES = { answer: toSay('answering') }                       in a table: marked there, …
 *     say(NAMES[phase])                                                  … and said where it is shown
 *     say('Run {@view}')                                                 a note for translators, where one English word is two elsewhere
 *
 * 1. One whole sentence, or one whole label, a call: nobody can translate pieces that are glued together.
 * 2. The first argument of `say`, `toSay` and `text` of `Say` is a literal: a test reads them out of the sources. Something else may be
 *    said only if it comes from a table that the test knows (options, errors, filters, measures, methods, worlds, `toSay`).
 * 3. Say it while you draw, in a component or in a function that one calls, never once for all in a constant: the language changes while the page is open.
 * 4. Numbers outside of a sentence: `percent` and the others of shares.ts, `decimal` and `counted` of locale.ts; never `toFixed`.
 * 5. What a model read or wrote stays English: `<Written>` of say.tsx marks it.
 * 6. Then write it into every file of this folder, `de.json` and `he.json`. Whoever speaks none of them leaves it: the page shows English
 *    there, and test/ui/language names what is missing.
 */
import { computed, effect, signal } from '@preact/signals';
import { counted, locale, localeFrom } from '../../locale.ts';
import { isLanguage, type LanguageName, languageOf, preferred } from './list.ts';
import { fill, parseMessage } from './message.ts';

const KEY = 'language';

type Spoken = { readonly name: LanguageName; readonly translate: ((english: string) => string | undefined) | null };

const spoken = signal<Spoken>({ name: 'en', translate: null });
const rules = computed(() => new Intl.PluralRules(spoken.value.name));
const english = new Intl.PluralRules('en');

/** The language that the page speaks. */
export function language(): LanguageName {
  return spoken.value.name;
}

/** An English sentence that is said later, out of a table: gives it back as it is. */
export function toSay<T extends string>(text: T): T {
  return text;
}

/** A sentence taken apart in the language of the page, with that language's rules; in English where it has none. */
export function found(text: string): {
  readonly message: ReturnType<typeof parseMessage>;
  readonly rules: Intl.PluralRules;
  readonly missing: boolean;
} {
  const { translate } = spoken.value;
  const translation = translate?.(text);
  if (translation !== undefined) return { message: parseMessage(translation), rules: rules.value, missing: false };
  return { message: parseMessage(text), rules: english, missing: translate !== null };
}

/** The values of the parts of a sentence. */
export type Parts = Readonly<Record<string, string | number>>;

/** A sentence in the language of the page, its parts put in. */
export function say(text: string, parts: Parts = {}): string {
  const { message, rules: forms } = found(text);
  return fill(message, parts, forms)
    .map((piece) => (typeof piece === 'number' ? counted(piece) : piece))
    .join('');
}

/** A name that comes with the data, a kind of question or an arm: in the language of the page where it has one, else as it is. */
export function sayName(name: string): string {
  return spoken.value.translate?.(name) ?? name;
}

type Listing = 'conjunction' | 'disjunction';

/** Items and what stands between them, as the language at hand lists things. */
export function listParts(items: readonly string[], type: Listing): readonly { readonly value: string; readonly isItem: boolean }[] {
  const parts = new Intl.ListFormat(locale() === 'en' ? 'en-GB' : locale(), { type }).formatToParts(items);
  // the pseudo-locale has a word of its own for "and"; other languages have the browser's
  return parts.map((part) => ({
    value: part.type === 'literal' ? sayName(part.value) : part.value,
    isItem: part.type === 'element',
  }));
}

/** "a, b and c". */
export function listed(items: readonly string[], type: Listing = 'conjunction'): string {
  return listParts(items, type)
    .map(({ value }) => value)
    .join('');
}

async function speak(name: LanguageName): Promise<void> {
  const { load } = languageOf(name);
  try {
    spoken.value = { name, translate: load === null ? null : await load() };
  } catch {
    // without network, and never fetched before: what is spoken stays
  }
}

function kept(): string {
  try {
    return localStorage.getItem(KEY) ?? '';
  } catch {
    return '';
  }
}

/** What was chosen in this visit. */
let chosen: LanguageName | null = null;

/** Speaks another language from now on, and the next time too; the visitor of a stand chooses for the visit, which is not `kept`. */
export async function choose(name: LanguageName, kept = true): Promise<void> {
  chosen = name;
  try {
    if (kept) localStorage.setItem(KEY, name);
  } catch {
    // The browser keeps nothing for this page; the choice lasts for the visit.
  }
  await speak(name);
}

/** The language that a link asks for, else the one that was chosen here, else the first of the browser's that there is. */
function wanted(link: LanguageName | null): LanguageName {
  const earlier = kept();
  return link ?? chosen ?? (isLanguage(earlier) ? earlier : preferred(navigator.languages));
}

/** Begins to speak the language that a link asks for, or the usual one; settles when the first sentence can be said. */
export async function startLanguage(ofLink: LanguageName | null): Promise<void> {
  localeFrom(language);
  effect(() => {
    document.documentElement.lang = language();
    document.documentElement.dir = languageOf(language()).dir;
  });
  await speak(wanted(ofLink));
}

/** Speaks as at the beginning of a visit: what somebody chose for theirs is over. */
export async function speakAgain(ofLink: LanguageName | null): Promise<void> {
  chosen = null;
  await speak(wanted(ofLink));
}

/** Follows the language of the link when that changes. */
export function followLanguage(ofLink: () => LanguageName | null): void {
  let before = ofLink();
  effect(() => {
    const now = ofLink();
    if (now !== before) void speak(wanted(now));
    before = now;
  });
}
