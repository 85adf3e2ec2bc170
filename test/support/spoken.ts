/** Which language the built app speaks, read off the page: in the pseudo-locale nobody has said what stands in plain letters. For tests of the whole page. */
import type { Page } from 'playwright';
import { expect } from 'vitest';
import { type LanguageName, LANGUAGES } from '../../src/ui/language/list.ts';
import type { Visitor } from './site.ts';

/** What reads the same in every language: the name of the page, what languages, models and engines call themselves, commits, units. */
const NAMES = new RegExp(
  `Step on Feet|SOFT\\+?|${LANGUAGES.map(({ label }) => label).join('|')}|Llama|Ladder|WebAssembly SIMD|[\\da-f]{7,}|\\d [kMG]B`,
  'g',
);
/** Letters that only the pseudo-locale has. */
const PSEUDO = /[ƀçđƒĝĥíĵķłɱñóƥɋŕšŧúṽŵẋýž]/;

/** Every text of the page that no element marks as English, attributes that are read out among it. */
async function texts(page: Page): Promise<readonly string[]> {
  const all = await page.evaluate(() => {
    const found: string[] = [document.title];
    const isRead = (element: Element): boolean => element.closest('[lang="en"], [aria-hidden="true"], script, style, noscript') === null;
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode() !== null) {
      const { parentElement, textContent } = walker.currentNode;
      if (parentElement?.closest('[lang="en"], code, script, style, noscript') === null) found.push(textContent ?? '');
    }
    for (const element of document.body.querySelectorAll('*'))
      for (const name of ['aria-label', 'aria-description', 'aria-valuetext', 'title', 'placeholder', 'alt'])
        if (element.hasAttribute(name) && isRead(element)) found.push(element.getAttribute(name) ?? '');
    return found;
  });
  return [...new Set(all)];
}

/** What stands in plain English. In the pseudo-locale nobody has said it. */
export async function plainEnglish(page: Page): Promise<readonly string[]> {
  return (await texts(page)).filter((text) => /[A-Za-z]{2}/.test(text.replaceAll(NAMES, '')));
}

/** Chooses a language by the choice in the header; the pseudo-locale too, which no reader is offered. */
async function speak(visitor: Visitor, name: LanguageName): Promise<void> {
  await visitor.part('language').evaluate((choice, wanted) => {
    if (!(choice instanceof HTMLSelectElement)) throw new Error('the languages are a choice');
    const among = new Option(wanted, wanted);
    choice.append(among);
    choice.value = wanted;
    choice.dispatchEvent(new Event('change', { bubbles: true }));
    among.remove();
  }, name);
  await expect.poll(() => visitor.page.getAttribute('html', 'lang')).toBe(name);
}

/** Nothing of the page as it is stays in the language before, there and back: English, the pseudo-locale, English. */
export async function followsLanguage(visitor: Visitor, where: string): Promise<void> {
  const { page } = visitor;
  await speak(visitor, 'en-XA');
  await expect.poll(() => plainEnglish(page), { message: `${where}, in the pseudo-locale` }).toEqual([]);
  await speak(visitor, 'en');
  await expect
    .poll(async () => (await texts(page)).filter((text) => PSEUDO.test(text)), { message: `${where}, in English again` })
    .toEqual([]);
}
