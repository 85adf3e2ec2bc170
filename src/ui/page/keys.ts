/**
 * The keys of the page: which there are, and what a key press does. Nothing fires while somebody types, nor with a modifier of the browser's;
 * one switch turns off all keys that are a character (WCAG 2.1.4). Knows no component.
 */
import { toSay } from '../language/language.ts';
import type { Session } from '../session/session.ts';
import { smallStep } from '../run/steps.tsx';
import { keptSwitch } from './kept-switch.ts';

type Key = {
  /** As it is written in the list. */
  readonly shown: string;
  readonly what: string;
  /** Is it a character? Those can be turned off. */
  readonly character: boolean;
  /** Does it act only while no control has the focus, which may need the key itself? */
  readonly bare: boolean;
  readonly is: (event: KeyboardEvent) => boolean;
  /** Does it, and says whether there was anything to do. */
  readonly act: (session: Session) => boolean;
};

/** Are keys that are a character on? */
export const characterKeys = keptSwitch('character-keys', true);

const play = (session: Session, until: Parameters<Session['play']>[0]): boolean => {
  const { status } = session.view.peek();
  if (!session.busy.peek() || (status !== 'running' && status !== 'paused')) return false;
  void session.play(until);
  return true;
};
const step = (session: Session): boolean => play(session, smallStep(session.view.peek()));
const round = (session: Session): boolean => play(session, 'round');

const listRows = (): readonly HTMLElement[] => [...document.querySelectorAll<HTMLElement>('[data-list-row]')];

/** Focuses the row of a list beside the one that has the focus, the first where none has. */
function move(by: 1 | -1): boolean {
  const rows = listRows();
  const at = rows.findIndex((row) => row === document.activeElement);
  const next = at === -1 ? rows[0] : rows[at + by];
  next?.focus();
  return next !== undefined;
}

/** Is the focus on a row of a list? Elsewhere arrows scroll the page. */
const inList = (): boolean => document.activeElement?.matches('[data-list-row]') === true;

/** From a row, focuses the first or the last of those that are shown. */
function toEnd(end: 0 | -1): boolean {
  if (inList()) listRows().at(end)?.focus();
  return inList();
}

/** From a row, turns the page of the list; the focus goes to its first row, as the one that had it is gone. */
function turn(to: 'next' | 'previous'): boolean {
  const button = inList() ? document.querySelector<HTMLButtonElement>(`[data-list-page="${to}"]:enabled`) : null;
  button?.click();
  return button !== null;
}

function focusFirst(selector: string): boolean {
  const found = document.querySelector<HTMLElement>(selector);
  found?.focus();
  return found !== null;
}

/** The list of keys opens from its button, so that it is found without one. */
export const KEYS_DIALOG = 'keys';
function list(): boolean {
  const dialog = document.getElementById(KEYS_DIALOG);
  if (!(dialog instanceof HTMLDialogElement)) return false;
  dialog.showModal();
  return true;
}

export const KEYS: readonly Key[] = [
  {
    shown: toSay('Space'),
    what: toSay('pause the run, and go on'),
    character: false,
    bare: true,
    is: ({ key, repeat }) => key === ' ' && !repeat,
    act: (session) => play(session, session.view.peek().status === 'paused' ? 'end' : 'now'),
  },
  {
    shown: '→',
    what: toSay('one answer or one optimiser step'),
    character: false,
    bare: true,
    is: ({ key, shiftKey }) => key === 'ArrowRight' && !shiftKey,
    act: step,
  },
  {
    shown: toSay('Shift and →'),
    what: toSay('to the end of the round'),
    character: false,
    bare: true,
    is: ({ key, shiftKey }) => key === 'ArrowRight' && shiftKey,
    act: round,
  },
  { shown: '.', what: toSay('one answer or one optimiser step'), character: true, bare: false, is: ({ key }) => key === '.', act: step },
  {
    shown: toSay('Shift and .'),
    what: toSay('to the end of the round'),
    character: true,
    bare: false,
    is: ({ key, code, shiftKey }) => shiftKey && code.toLowerCase() === 'period' && (key === '>' || key === ':'),
    act: round,
  },
  {
    shown: 'j',
    what: toSay('the next answer of the list'),
    character: true,
    bare: false,
    is: ({ key }) => key === 'j',
    act: () => move(1),
  },
  { shown: 'k', what: toSay('the answer before it'), character: true, bare: false, is: ({ key }) => key === 'k', act: () => move(-1) },
  {
    shown: '↓',
    what: toSay('the next answer of the list'),
    character: false,
    bare: false,
    is: ({ key }) => key === 'ArrowDown',
    act: () => inList() && move(1),
  },
  {
    shown: '↑',
    what: toSay('the answer before it'),
    character: false,
    bare: false,
    is: ({ key }) => key === 'ArrowUp',
    act: () => inList() && move(-1),
  },
  {
    shown: toSay('Home'),
    what: toSay('the first answer on the page of the list'),
    character: false,
    bare: false,
    is: ({ key }) => key.toLowerCase() === 'home',
    act: () => toEnd(0),
  },
  {
    shown: toSay('End'),
    what: toSay('the last answer on it'),
    character: false,
    bare: false,
    is: ({ key }) => key.toLowerCase() === 'end',
    act: () => toEnd(-1),
  },
  {
    shown: toSay('Page down'),
    what: toSay('the next page of the list'),
    character: false,
    bare: false,
    is: ({ key }) => key === 'PageDown',
    act: () => turn('next'),
  },
  {
    shown: toSay('Page up'),
    what: toSay('the page before it'),
    character: false,
    bare: false,
    is: ({ key }) => key === 'PageUp',
    act: () => turn('previous'),
  },
  {
    shown: '/',
    what: toSay('to the filter of the list'),
    character: true,
    bare: false,
    is: ({ key }) => key === '/',
    act: () => focusFirst('[data-filter] [aria-pressed="true"]'),
  },
  { shown: '?', what: toSay('this list'), character: true, bare: false, is: ({ key }) => key === '?', act: list },
  {
    shown: toSay('Esc'),
    what: toSay('closes what is open; then it leads to Stop, and stops nothing by itself'),
    character: false,
    bare: false,
    is: ({ key }) => key.toLowerCase() === 'escape',
    act: () => focusFirst('.runbar [data-testid="stop"]'),
  },
];

/** May the key be meant for what has the focus: text that is typed, or a choice that is made by letters? */
function typed(at: Element | null): boolean {
  if (!(at instanceof HTMLElement)) return false;
  if (at instanceof HTMLInputElement) return !['checkbox', 'radio', 'button', 'file', 'range'].includes(at.type);
  return at.isContentEditable || at instanceof HTMLTextAreaElement || at instanceof HTMLSelectElement;
}

/** Is the focus on nothing that a key works on? */
function isBare(at: Element | null): boolean {
  return at === null || at === document.body || (at instanceof HTMLElement && at.tabIndex < 0);
}

/** What a key press does; whether it did anything. */
export function pressed(session: Session, event: KeyboardEvent): boolean {
  const { activeElement: at } = document;
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typed(at)) return false;
  // what is open has the keys for itself
  if (document.querySelector('dialog[open], :popover-open') !== null) return false;
  const key = KEYS.find(({ is, character, bare }) => is(event) && (!character || characterKeys.on.peek()) && (!bare || isBare(at)));
  return key?.act(session) ?? false;
}

/** Listens to the keys of the page; gives back the function that ends it. */
export function listenToKeys(session: Session): () => void {
  const heard = (event: KeyboardEvent): void => {
    if (pressed(session, event)) event.preventDefault();
  };
  document.addEventListener('keydown', heard);
  return () => document.removeEventListener('keydown', heard);
}
