/** A link to a view of this page: opens at once, and is an address that can be copied or opened in another tab. */
import type { ComponentChildren } from 'preact';
import type { Place } from '../session/place.ts';
import type { Session } from '../session/session.ts';

type Props = {
  readonly session: Session;
  readonly to: Partial<Place>;
  readonly children: ComponentChildren;
  readonly testId?: string;
  /** Is it the view that is shown? */
  readonly current?: boolean;
};

export function ViewLink({ session, to, children, testId, current = false }: Props) {
  const here = session.place.value;
  const open = (event: MouseEvent) => {
    // another tab, another window, a download: the browser's own
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    session.go(to);
  };
  return (
    <a
      href={session.linkTo({ ...here, ...to }) || '#run'}
      onClick={open}
      {...(current ? { 'aria-current': 'page' as const } : {})}
      {...(testId === undefined ? {} : { 'data-testid': testId })}
    >
      {children}
    </a>
  );
}
