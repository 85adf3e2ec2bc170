/**
 * What a click on a notice of the page leads to: the tab that gave it, where that is still there. Belongs to the service worker, which outlives
 * tabs. Knows no run.
 */

type Tab = { readonly url: string; focus(): Promise<unknown> };
type Clicked = {
  /** `data` is the address of the tab that gave it. */
  readonly notification: { readonly data: unknown; close(): void };
  waitUntil(work: Promise<unknown>): void;
};

/** What is asked of the scope of a service worker. */
export type NoticeScope = {
  readonly registration: { readonly scope: string };
  readonly clients: {
    /** All tabs of the host, those of other pages too, the one that was used last first. */
    matchAll(wanted: { readonly type?: 'window'; readonly includeUncontrolled: true }): Promise<readonly Tab[]>;
    openWindow(url: string): Promise<unknown>;
  };
  addEventListener(type: 'notificationclick', listener: (event: Clicked) => void): void;
};

/** Does it show runs, at a link with a view or with settings alone? That is what a notice is about. */
const isAtRun = ({ url }: Tab): boolean => /^(?:#(?:run\b.*|[^?]*=.*))?$/.test(new URL(url).hash);

/** Brings the tab of this address to the front, else one that shows runs, else any of the page; where there is none it is opened. */
async function leadTo(address: string, { registration, clients }: NoticeScope): Promise<void> {
  const tabs = (await clients.matchAll({ type: 'window', includeUncontrolled: true })).filter(({ url }) =>
    url.startsWith(registration.scope),
  );
  const tab = tabs.find(({ url }) => url === address) ?? tabs.find(isAtRun) ?? tabs[0];
  await (tab === undefined ? clients.openWindow(address) : tab.focus());
}

/** Listens to the clicks on notices. */
export function answerClicks(scope: NoticeScope): void {
  scope.addEventListener('notificationclick', (event) => {
    const { data } = event.notification;
    event.notification.close();
    const own = scope.registration.scope;
    event.waitUntil(leadTo(typeof data === 'string' && data.startsWith(own) ? data : own, scope));
  });
}
