/** What a view is: a page of its own with a link. An addition is a file here and its line in list.ts. Knows no view. */
import type { ComponentType } from 'preact';
import type { Session } from '../session/session.ts';
import type { ViewName } from '../session/place.ts';

export type View = {
  readonly name: ViewName;
  /** In the navigation. */
  readonly label: string;
  /** One sentence at its top: what can be done here. */
  readonly title: string;
  readonly Content: ComponentType<{ readonly session: Session }>;
};
