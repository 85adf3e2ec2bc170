/** The languages of the page: what each calls itself, and where its sentences are. English stands in the code, the pseudo-locale is made from it. */

type Language = {
  readonly name: string;
  /** What it calls itself. */
  readonly label: string;
  readonly dir: 'ltr' | 'rtl';
  /** Fetches its sentences, each under the English one; English has none. */
  readonly load: (() => Promise<(english: string) => string | undefined>) | null;
  /** For tests alone, or not complete: no browser asks for it, and no reader is offered it. A link can. */
  readonly hidden?: true;
};

const among =
  (texts: Readonly<Record<string, string>>) =>
  (english: string): string | undefined =>
    texts[english];

export const LANGUAGES = [
  { name: 'en', label: 'English', dir: 'ltr', load: null },
  { name: 'de', label: 'Deutsch', dir: 'ltr', load: async () => among((await import('./de.json')).default) },
  { name: 'he', label: 'עברית', dir: 'rtl', load: async () => among((await import('./he.json')).default) },
  { name: 'en-XA', label: 'Pseudo', dir: 'ltr', load: async () => (await import('./pseudo.ts')).pseudo, hidden: true },
] as const satisfies readonly Language[];

export type LanguageName = (typeof LANGUAGES)[number]['name'];

/** The language of a name. */
export function languageOf(name: LanguageName): Language {
  return LANGUAGES.find((language) => language.name === name) ?? LANGUAGES[0];
}

/** Is there such a language? */
export function isLanguage(name: string): name is LanguageName {
  return LANGUAGES.some((language) => language.name === name);
}

/** The languages that a reader is offered; beside them the one that is spoken, however it came. */
export function offered(spoken: LanguageName): readonly Language[] {
  const all: readonly Language[] = LANGUAGES;
  return all.filter(({ hidden, name }) => hidden !== true || name === spoken);
}

/** The first language of a browser's list that the page speaks. */
export function preferred(wanted: readonly string[]): LanguageName {
  for (const tag of wanted) {
    const found = offered('en').find(({ name }) => name === tag.split('-')[0]);
    if (found !== undefined && isLanguage(found.name)) return found.name;
  }
  return 'en';
}
