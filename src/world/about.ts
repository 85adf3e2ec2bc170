/** What is said of a world, without the world: enough for the page, a link and the command line, which never ask its questions. Knows none. */

import type { Writers } from './observer.ts';

/** A kind of question as a person reads of it: a few words, a sentence or two of what is asked and which answer is aligned, and one of its questions. */
export type KindWords = { readonly words: string; readonly text: string; readonly example: string };

export type About = {
  /** As links, the command line and stored runs name it; its bundled model lies in public/models/ under the same name. */
  readonly name: string;
  readonly label: string;
  /** One sentence: who or what is in it. */
  readonly help: string;
  /** What the model's card says of it, in a few sentences. */
  readonly card: string;
  /** Settings that its runs begin with, where they are not the usual ones. */
  readonly standard: Readonly<Record<string, string | number | boolean>>;
  /** Questions to try in the chat: one of each kind, and one that it has no word for. */
  readonly suggestions: readonly string[];
  /** What is asked, by the name of the kind: every kind of its questions. */
  readonly kindWords: Readonly<Record<string, KindWords>>;
  /** Every word that its questions have, in lower case: it knows no other. */
  readonly words: readonly string[];
  /** Who writes in it, in figures; absent where a world is no ladder of writers. */
  readonly writers?: Writers & {
    readonly names: readonly string[];
    /** What each of them does, by name: a sentence. */
    readonly words: Readonly<Record<string, string>>;
  };
};

/** Declares what is said of a world; its name stays a type of its own, so that settings know which there are. */
export function defineAbout<const A extends About>(about: A): A {
  return about;
}
