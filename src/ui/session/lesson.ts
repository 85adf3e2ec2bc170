/**
 * What the page remembers of the lesson in this visit: what was guessed and seen in each chapter, and which are done. Knows no component, no
 * chapter.
 */
import { signal } from '@preact/signals';
import type { ReadonlySignal, Signal } from '@preact/signals';
import type { LessonWorker } from '../../protocol/lesson.ts';

/** A guess before anything is shown: a choice, or whatever a chapter takes for one. */
export type Guessed<T = string> = { readonly guess: T | null; readonly shown: boolean };

export function createLesson(lm: LessonWorker) {
  const done = signal<ReadonlySet<number>>(new Set());
  const last = signal(1);
  const heard = signal('');
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

  /** Begins a chapter again: nothing of it is remembered. */
  function again(chapter: number): void {
    kept.delete(chapter);
    done.value = new Set([...done.peek()].filter((other) => other !== chapter));
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
      if (!done.peek().has(chapter)) done.value = new Set([...done.peek(), chapter]);
    },
    /** Another number each time that the chapter is begun again. */
    times: (chapter: number): number => begun.value.get(chapter) ?? 0,
    again,
    /** Another reader: every chapter is begun again, and the first is the next. */
    forget: (): void => {
      for (const chapter of kept.keys()) again(chapter);
      last.value = 1;
    },
  };
}

export type Lesson = ReturnType<typeof createLesson>;
