/**
 * What the page remembers of the lesson: what was guessed and seen in each chapter in this visit, and which are done, in this browser until another
 * reader begins. Knows no component, no chapter.
 */
import { signal } from '@preact/signals';
import type { ReadonlySignal, Signal } from '@preact/signals';
import type { LessonWorker } from '../../protocol/lesson.ts';

/** A guess before anything is shown: a choice, or whatever a chapter takes for one. */
export type Guessed<T = string> = { readonly guess: T | null; readonly shown: boolean };

const KEY = 'lesson-done';

/** Where the chapters that are done are kept between visits; a page may not have it. */
type Store = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

function doneEarlier(store: () => Store): ReadonlySet<number> {
  try {
    const chapters = (store().getItem(KEY) ?? '').split(',').map(Number);
    return new Set(chapters.filter((chapter) => Number.isInteger(chapter) && chapter > 0));
  } catch {
    return new Set();
  }
}

/** The lesson of one reader; `store` may throw where the browser keeps nothing for this page. */
export function createLesson(lm: LessonWorker, store: () => Store) {
  const done = signal(doneEarlier(store));
  /** Chapters that their reader did on an earlier visit, and has not begun again. */
  const earlier = signal(done.peek());
  const last = signal(1);
  const heard = signal<readonly { readonly text: string; readonly written: boolean }[]>([]);
  /** How often each chapter was begun again. */
  const begun = signal<ReadonlyMap<number, number>>(new Map());
  const kept = new Map<number, Map<string, Signal<unknown>>>();

  /** Something of a chapter that stays while its reader is elsewhere, until the chapter is begun again. */
  function keep<T>(chapter: number, name: string, first: T): Signal<T> {
    const mine = kept.get(chapter) ?? new Map<string, Signal<unknown>>();
    kept.set(chapter, mine);
    const before = mine.get(name);
    if (before !== undefined) return before as Signal<T>;
    const made = signal(first);
    mine.set(name, made);
    return made;
  }

  function setDone(chapters: ReadonlySet<number>): void {
    done.value = chapters;
    try {
      if (chapters.size === 0) store().removeItem(KEY);
      else store().setItem(KEY, [...chapters].join(','));
    } catch {
      // they are remembered for the visit
    }
  }

  /** Begins a chapter again: nothing of it is remembered. */
  function again(chapter: number): void {
    const without = (chapters: ReadonlySet<number>) => new Set([...chapters].filter((other) => other !== chapter));
    kept.delete(chapter);
    setDone(without(done.peek()));
    earlier.value = without(earlier.peek());
    begun.value = new Map([...begun.peek(), [chapter, (begun.peek().get(chapter) ?? 0) + 1]]);
  }

  return {
    done: done as ReadonlySignal<ReadonlySet<number>>,
    /** What a chapter asks of the open model. */
    ask: lm,
    /** The chapter that was read last; the navigation goes there. */
    last,
    /** The explanation that came last, for a screen reader; empty where none is in view. */
    heard,
    keep,
    /** The guess of a chapter; `name` tells several apart. */
    guessed: <T = string>(chapter: number, name = 'guess'): Signal<Guessed<T>> =>
      keep<Guessed<T>>(chapter, name, { guess: null, shown: false }),
    /** Its reader has seen the explanation. */
    finish(chapter: number): void {
      if (!done.peek().has(chapter)) setDone(new Set([...done.peek(), chapter]));
    },
    /** Did the same reader do it on an earlier visit? Then what happens is no secret. */
    knows: (chapter: number): boolean => earlier.value.has(chapter),
    /** Another number each time that the chapter is begun again. */
    times: (chapter: number): number => begun.value.get(chapter) ?? 0,
    again,
    /** Another reader: every chapter is begun again, and the first is the next. */
    forget: (): void => {
      for (const chapter of new Set([...kept.keys(), ...done.peek()])) again(chapter);
      last.value = 1;
    },
  };
}

export type Lesson = ReturnType<typeof createLesson>;
