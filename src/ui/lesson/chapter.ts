/** What a chapter of the lesson is: predict, observe, explain. An addition is a file in chapters/ and its line in chapters/list.ts. Knows no chapter. */
import type { ComponentType } from 'preact';
import type { Session } from '../session/session.ts';

export type Chapter = {
  /** From 1: its place in the lesson, and in its link. */
  readonly number: number;
  readonly name: string;
  /** The one question that it asks its reader. */
  readonly question: string;
  readonly Content: ComponentType<{ readonly session: Session }>;
};
