/**
 * Where on the page somebody is: a view, and how it is shown. Part of every link, so that back, forward and a shared
 * address come to the same place. Pure text; knows no component and no setting.
 */
import { say } from '../language/language.ts';
import { isLanguage, type LanguageName, offered } from '../language/list.ts';

/** The views in the order of the navigation. */
export const VIEWS = ['run', 'learn', 'compare', 'samples', 'models'] as const;
export type ViewName = (typeof VIEWS)[number];

/** Parts of the page that a class may do without. */
export const HIDEABLE = ['settings', 'learn', 'models', 'compare', 'samples', 'chat'] as const;
export type Hideable = (typeof HIDEABLE)[number];

export type Place = {
  readonly view: ViewName;
  /** Of the lesson, from 1; 1 in every other view. */
  readonly chapter: number;
  /** What a class is not shown. */
  readonly hide: readonly Hideable[];
  /** Large, for a projector. */
  readonly present: boolean;
  /** A stand at a fair: it begins again by itself when nobody touches it. */
  readonly booth: boolean;
  /** The language that the link asks for; null where it leaves that to its reader. */
  readonly lang: LanguageName | null;
  /** The class that sits before the page, for the table of its answers; null where the link names none. */
  readonly class: string | null;
  /** The kept experiment that Compare shows, by its id; null for the one that stands in the fields. */
  readonly experiment: string | null;
};

export const HOME: Place = { view: 'run', chapter: 1, hide: [], present: false, booth: false, lang: null, class: null, experiment: null };

/** The lesson has as many. */
export const LAST_CHAPTER = 8;

/** Keys of a link that say how a view is shown, and no setting. */
export const SHOWN = ['hide', 'present', 'booth', 'lang', 'class', 'experiment'] as const;

/** The name of a class goes into a link and into the name of a file. */
export const LONGEST_CLASS = 30;

/** The name of a class without what no name of a file may have; null where nothing is left. */
export function classNamed(text: string): string | null {
  const left = text.replaceAll(/[^\p{L}\p{M}\p{N} '’׳״._-]/gu, '').replace(/^[^\p{L}\p{N}]+/u, '');
  // whole letters: half of one is no letter
  return Array.from(left).slice(0, LONGEST_CLASS).join('').trimEnd() || null;
}

/** Beginning of a hash, and the number of a duplicate. */
const EXPERIMENT_ID = /^[\da-f]{12}(?:-\d{1,4})?$/;

/** The part of a link before its settings. */
type Head = {
  readonly view: ViewName;
  readonly chapter: number;
  /** What stands behind the view, or the whole of a link that names none. */
  readonly query: string;
  /** Why the view that it names cannot be shown; null where it can. */
  readonly trouble: string | null;
};

const isView = (name: string): name is ViewName => VIEWS.includes(name as ViewName);

/** Does what is behind the # name something on the page that is neither a view nor settings? */
export function isAnchor(hash: string): boolean {
  const text = hash.replace(/^#/, '');
  return text !== '' && !/[=&?]/.test(text) && !isView(text.split('/')[0] ?? '');
}

/** The headings of the page, its settings, and what else a link or a button of its own leads to. */
const isPart = (text: string): boolean => /^setting-|^machine:|-title$|^(?:lead|observed)$/.test(text);

/** Is a view not left out? Run never is: it is where a link to another one leads then. */
export function isShown(view: ViewName, hide: Place['hide']): boolean {
  return !hide.some((hidden) => hidden === view);
}

/** The place itself, or the first view where its own is left out. */
export function openPlace(place: Place): Place {
  return isShown(place.view, place.hide) ? place : { ...place, view: HOME.view, chapter: HOME.chapter };
}

/** What is behind the / of a view: a chapter of the lesson. */
function partOf(name: ViewName, part: string): Pick<Head, 'chapter' | 'trouble'> {
  if (part === '') return { chapter: 1, trouble: null };
  const chapter = name === 'learn' && /^\d$/.test(part) ? Number(part) : 0;
  if (chapter >= 1 && chapter <= LAST_CHAPTER) return { chapter, trouble: null };
  const said = part.slice(0, 20);
  return {
    chapter: 1,
    trouble:
      name === 'learn'
        ? say('The lesson has no chapter “{said}”; this is the first.', { said })
        : say('{address}: only the lesson has chapters, so what is behind the / is ignored.', { address: `${name}/${said}` }),
  };
}

/** The part of a link before its settings, behind the #. */
export function writeHead({ view, chapter }: Pick<Place, 'view' | 'chapter'>): string {
  return view === 'learn' ? `${view}/${chapter}` : view;
}

/** Splits what is behind the # into view and settings; a link without a view is one of the run. */
export function readHead(hash: string): Head {
  const text = hash.replace(/^#/, '');
  // a measured machine is shown where machines are
  if (text.startsWith('machine:')) return { view: 'models', chapter: 1, query: '', trouble: null };
  const [, name = '', part = '', query = ''] = /^([a-z]*)(\/[^?]*)?(?:\?(.*))?$/s.exec(text) ?? [];
  if (isView(name)) return { view: name, query, ...partOf(name, part.slice(1)) };
  const unnamed = !isAnchor(hash) && (query === '' || /[=&]/.test(text.split('?')[0] ?? ''));
  if (unnamed || isPart(text)) return { view: 'run', chapter: 1, query: unnamed ? text : '', trouble: null };
  const said = (/^[^?]*/.exec(text)?.[0] ?? '').slice(0, 20);
  return { view: 'run', chapter: 1, query, trouble: say('There is no view called “{name}”; this is Run.', { name: said }) };
}

/** How a view is shown, out of the keys of a link; `troubles` are sentences that begin with their key. */
export function readShown(parameters: readonly (readonly [string, string])[]): {
  readonly shown: Pick<Place, (typeof SHOWN)[number]>;
  readonly troubles: readonly string[];
} {
  const troubles: string[] = [];
  const values = new Map(parameters);
  const names = (values.get('hide') ?? '').split(',').filter((name) => name !== '');
  const hide = HIDEABLE.filter((name) => names.includes(name));
  const unknown = names.filter((name) => !HIDEABLE.includes(name as Hideable));
  if (unknown.length > 0)
    troubles.push(
      say('hide={unknown}: what can be hidden is {among}.', { unknown: unknown.join(',').slice(0, 40), among: HIDEABLE.join(', ') }),
    );
  const flag = (name: 'present' | 'booth'): boolean => {
    const value = values.get(name);
    if (value !== undefined && value !== '0' && value !== '1')
      troubles.push(say('{name}={value}: it must be 1, or left out.', { name, value: value.slice(0, 40) }));
    return value === '1';
  };
  const lang = values.get('lang') ?? '';
  const known = isLanguage(lang) ? lang : null;
  if (lang !== '' && known === null)
    troubles.push(
      say('lang={lang}: this page speaks {among}.', {
        lang: lang.slice(0, 40),
        among: offered('en')
          .map(({ name }) => name)
          .join(', '),
      }),
    );
  const group = values.get('class') || null;
  const isName = group === null || classNamed(group) === group;
  if (!isName)
    troubles.push(
      say(
        'class={given}: the name of a class begins with a letter or a digit and has up to {longest} letters, digits, spaces, dots, dashes, underscores and apostrophes.',
        {
          given: group.slice(0, 40),
          longest: LONGEST_CLASS,
        },
      ),
    );
  const experiment = values.get('experiment') ?? null;
  const named = experiment !== null && EXPERIMENT_ID.test(experiment) ? experiment : null;
  if (experiment !== null && named === null)
    troubles.push(say('experiment={given}: that is no name of an experiment.', { given: experiment.slice(0, 40) }));
  return {
    shown: { hide, present: flag('present'), booth: flag('booth'), lang: known, class: isName ? group : null, experiment: named },
    troubles,
  };
}

/** The keys that say how a view is shown. */
export function writeShown({ view, hide, present, booth, lang, class: group, experiment }: Place): readonly (readonly [string, string])[] {
  return [
    ...(hide.length === 0 ? [] : [['hide', hide.join(',')] as const]),
    ...(present ? [['present', '1'] as const] : []),
    ...(booth ? [['booth', '1'] as const] : []),
    ...(lang === null ? [] : [['lang', lang] as const]),
    ...(group === null ? [] : [['class', group] as const]),
    ...(experiment === null || view !== 'compare' ? [] : [['experiment', experiment] as const]),
  ];
}
