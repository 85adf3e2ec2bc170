/**
 * A language that nobody speaks, made from English by code: every letter has an accent, every vowel is doubled, every sentence stands in
 * brackets. What is plain English in it was never given to `say`; what breaks in it breaks in German. Its name is that of such locales elsewhere: en-XA.
 */
import { parseMessage, reword } from './message.ts';

const PLAIN = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const ACCENTED = 'áƀçđéƒĝĥíĵķłɱñóƥɋŕšŧúṽŵẋýžÁßÇÐÉƑĜĤÍĴĶŁṀÑÓƤɊŔŠŦÚṼŴẊÝŽ';
const ACCENTS = new Map(Array.from(PLAIN, (letter, i) => [letter, ACCENTED.charAt(i)]));

function accented(text: string): string {
  return text.replaceAll(/\p{L}/gu, (letter) => (ACCENTS.get(letter) ?? letter).repeat(/[aeiou]/i.test(letter) ? 2 : 1));
}

/** An English sentence in the pseudo-locale, its named parts as they are. */
export function pseudo(text: string): string {
  return `[${reword(parseMessage(text), accented)}]`;
}
