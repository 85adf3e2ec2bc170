/** A kind of question and a writer, explained where they are named; a name that no world explains stands as it is. Knows no run. */
import type { ComponentChildren } from 'preact';
import { aboutWorld, alignedOn, kindsOf, OWN_GRADE, OWN_WORDS } from '../../run/worlds.ts';
import { listed, say, sayName } from '../language/language.ts';
import { Say, Written } from '../language/say.tsx';
import { Explain } from './term.tsx';

const names = (all: readonly string[]): string => listed(all.map((name) => sayName(name)));

type NamedProps = {
  /** The world whose questions are asked; null where it is none, as with a kit. */
  readonly world: string | null;
  readonly name: string;
  /** The same name is explained beside it: the keyboard reaches that one alone. */
  readonly again?: boolean;
};

/** What a kind is, with one of its questions and the writers who answer such a question as they should; null where nobody says. */
function kindText(world: string | null, kind: string): ComponentChildren {
  if (kind === 'own') return world === null ? say(OWN_WORDS) : `${say(OWN_WORDS)} ${say(OWN_GRADE)}`;
  const found = world === null ? undefined : aboutWorld(world)?.kindWords[kind];
  if (world === null || found === undefined) return null;
  const writers = alignedOn(world, kind);
  return (
    <>
      {say(found.text)} <Say text="One of them: {question}" parts={{ question: <Written>“{found.example}”</Written> }} />
      {writers.length > 0 && ` ${say('Aligned on it: {writers}.', { writers: names(writers) })}`}
    </>
  );
}

/** A kind of question. */
export function KindName({ world, name, again = false }: NamedProps) {
  const text = kindText(world, name);
  if (text === null) return <>{sayName(name)}</>;
  return (
    <Explain title={sayName(name)} text={text} again={again}>
      {sayName(name)}
    </Explain>
  );
}

/** Who wrote some of what a model read. */
export function WriterName({ world, name, again = false }: NamedProps) {
  const words = world === null ? undefined : aboutWorld(world)?.writers?.words[name];
  if (world === null || words === undefined) return <>{sayName(name)}</>;
  const kinds = kindsOf(world, name);
  return (
    <Explain
      title={sayName(name)}
      text={`${say(words)} ${kinds.length === 0 ? say('Aligned on no kind of question.') : say('Aligned on: {kinds}.', { kinds: names(kinds) })}`}
      again={again}
    >
      {sayName(name)}
    </Explain>
  );
}
