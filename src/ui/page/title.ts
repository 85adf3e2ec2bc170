/** What the page is called in its tab, its history and its bookmarks: the view, and how far a run is. Knows no component. */
import { say } from '../language/language.ts';
import { CHAPTERS } from '../lesson/chapters/list.ts';
import type { Session } from '../session/session.ts';
import { percent } from '../../shares.ts';
import { viewOf } from '../views/list.ts';

const APP = 'Step on Feet';

/** "43% · 6. Break it · Learn · Step on Feet": what differs between two entries of a history comes first. */
export function pageTitle({ place, view, cast }: Pick<Session, 'place' | 'view' | 'cast'>): string {
  const { view: at, chapter } = place.value;
  const { status } = view.value;
  // no more than is done, so that 100 % is the end
  const share = percent(Math.floor(cast.value.share * 100) / 100);
  const name = at === 'learn' ? CHAPTERS.find(({ number }) => number === chapter)?.name : undefined;
  return [
    ...(status === 'running' ? [share] : status === 'paused' ? [say('{share}, paused', { share })] : []),
    ...(name === undefined ? [] : [say('{number}. {name}', { number: chapter, name: say(name) })]),
    say(viewOf(at).label),
    APP,
  ].join(' · ');
}
