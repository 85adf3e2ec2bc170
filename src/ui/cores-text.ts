/** How many cores of the processor work on the open model, and why not more, in words. Pure text; knows no engine. */
import { say, toSay } from './language/language.ts';
import type { Isolation } from './session/isolate.ts';

/** What the number of working cores depends on. */
export type Cores = {
  /** Cores that the browser tells of. */
  readonly machine: number;
  /** Whether threads may share memory on this page, or why not. */
  readonly isolation: Isolation;
  /** Is the model so small that every core has a copy of its own? The cores share a larger one. */
  readonly small: boolean;
  /** Workers that answer, each with a copy. */
  readonly workers: number;
  /** Threads that share each calculation. */
  readonly threads: number;
};

/** Why threads share no memory here: the few words for the bar, and what to do about it. */
const APART: Readonly<Record<Exclude<Isolation, 'isolated'>, readonly [short: string, long: string]>> = {
  insecure: [
    toSay('plain http'),
    toSay(
      'Browsers isolate no page that came over plain http from another machine. Open it over https, or from localhost on the machine that serves it.',
    ),
  ],
  framed: [
    toSay('inside another page'),
    toSay('It stands inside of another page, which alone could isolate it. Open it in a tab of its own.'),
  ],
  off: [toSay('isolation is off'), toSay('The address asks for that with “isolate=off”. Take that out of it and load the page again.')],
  refused: [
    toSay('not isolated'),
    toSay(
      'The server does not isolate it, and the service worker that would is not at work: this browser knows none, blocks it, as some do in private windows, or has not started it yet. Loading the page again may help.',
    ),
  ],
};

/** "2 cores". */
export function coresName(count: number): string {
  return say('{count, plural, one {# core} other {# cores}}', { count });
}

/** "2 cores", with two sentences or three on why not more or fewer. */
export function coresText({ machine, isolation, small, workers, threads }: Cores): { readonly short: string; readonly why: string } {
  const working = Math.max(1, workers, threads);
  const short =
    working > 1 && working < machine
      ? say('{working} of {machine, plural, one {# core} other {# cores}}', { working, machine })
      : coresName(working);
  if (workers > 1)
    return {
      short,
      why: say(
        'This model is small: {workers} workers answer and measure at once, each on a core of its own with its own copy. A step of fine-tuning is too small to be shared, and runs on one.',
        { workers },
      ),
    };
  if (threads > 1)
    return {
      short,
      why: say(
        'This model is large: {threads} threads, each on a core of its own, share every calculation over one copy of its weights. The results are the same with any number of them.',
        { threads },
      ),
    };
  if (machine < 2) return { short, why: say('The browser tells of one core, so there is nothing to share.') };
  if (small)
    return {
      short,
      why: say(
        'This model is too small for its calculations to be shared. Workers on other cores would load a copy by the model’s address, and a model that was picked or downloaded has none.',
      ),
    };
  if (isolation === 'isolated')
    return { short, why: say('The page is isolated, but the threads that would share this model could not be started.') };
  const [reason, advice] = APART[isolation];
  return {
    short: `${short}: ${say(reason)}`,
    why: `${say('This model is large, and of {machine} cores one works: the others may share it only where the browser isolates the page.', { machine })} ${say(advice)}`,
  };
}
