/**
 * A notice of the browser when a run ends, for whoever asked for it: permission is asked for by that click alone, and it makes no sound. Knows no
 * component.
 */
import { effect, signal } from '@preact/signals';
import { serviceWorkers } from '../session/isolate.ts';
import type { Session } from '../session/session.ts';
import { doing } from '../words.ts';
import { keptSwitch } from './kept-switch.ts';

const kept = keptSwitch('end-notice', false);
const permission = signal<NotificationPermission | 'none'>(typeof Notification === 'undefined' ? 'none' : Notification.permission);

/** Did a notice that was asked for not come? */
const failed = signal(false);

/** Is it to be said that this browser gave none? */
export const noticeFailed = (): boolean => failed.value;

/** Can this browser give notice? Not where there is none, or where its owner has forbidden it. */
export const canNotice = (): boolean => permission.value !== 'none' && permission.value !== 'denied';

/** Will it? */
export const willNotice = (): boolean => kept.on.value && permission.value === 'granted';

/** The switch was clicked; by the visitor of a stand for the visit, which is not `keep`. */
export async function askForNotice(on: boolean, keep = true): Promise<void> {
  kept.set(on, keep);
  failed.value = false;
  if (on && permission.peek() === 'default') permission.value = await Notification.requestPermission();
  if (on && permission.peek() !== 'granted') kept.set(false, keep);
}

/** As it is kept, for the next visitor of a stand. */
export function noticeAgain(): void {
  kept.again();
  failed.value = false;
}

/** Gives notice through the service worker, as phones ask for it, and leads back on a click (src/notice.ts); where there is none the page does. */
async function give(title: string, options: NotificationOptions): Promise<void> {
  try {
    const worker = await serviceWorkers()?.getRegistration();
    if (worker?.active == null) void new Notification(title, options);
    else await worker.showNotification(title, options);
  } catch {
    // the browser of a phone refuses a notice of the page itself
    kept.set(false);
    failed.value = true;
  }
}

/**
 * Gives notice of each run of this visit that comes to an end, but of none that an experiment or a chapter makes among others, and of none that
 * another tab makes, which gives its own; gives back the function that ends it.
 */
export function watchEnds(session: Session): () => void {
  let moving = false;
  return effect(() => {
    const view = session.view.value;
    const { status } = view;
    const ended = moving && (status === 'finished' || status === 'failed');
    moving = status === 'running' || status === 'paused';
    const { experiment, lessonRuns, tabs } = session;
    const others = experiment.running.peek() || lessonRuns.running.peek() || tabs.followed.peek() !== null;
    if (!ended || others || !willNotice()) return;
    void give('Step on Feet', { body: doing(view), silent: true, tag: 'run', data: location.href });
  });
}
