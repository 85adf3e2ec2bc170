/** An experiment in words: its arms, and where it is. Pure; knows no component and no run. */
import { language, say, sayName } from '../language/language.ts';
import type { Arm } from '../../run/arm.ts';
import { valueText } from '../option-text.ts';
import { OPTIONS, type OptionName } from '../../run/config.ts';
import { percent } from '../../shares.ts';
import type { Entry, Outlook } from '../session/experiment-plan.ts';
import { clock } from '../words.ts';

/** Settings that an arm changes, as they are called on the page. */
export function armText({ name, options }: Arm): string {
  const { method, ...others } = options;
  const parts = Object.entries(others).map(([key, value]) => {
    const name = key as OptionName;
    const { type } = OPTIONS[name];
    const label = say(OPTIONS[name].label);
    return `${type === 'switch' ? (language() === 'en' ? label.toLowerCase() : label) : small(label)} ${small(valueText(name, value))}`;
  });
  const called = method === undefined || valueText('method', method) === sayName(name) ? [] : [valueText('method', method)];
  return [...called, ...parts].join(', ') || (method === undefined ? say('the defaults') : say('only the method differs'));
}

/** Where the experiment is, in one line. */
export function standText(
  { done, total }: Outlook,
  {
    running,
    paused,
    at,
    started,
  }: { readonly running: boolean; readonly paused: boolean; readonly at: Entry | null; readonly started: boolean },
): string {
  if (total === 0) return '';
  if (running) {
    const where =
      at === null
        ? say('starting')
        : say('run {number} of {total}: {arm}, seed {seed}', {
            number: Math.min(total, done + 1),
            total,
            arm: sayName(at.arm.name),
            seed: String(at.seed),
          });
    return paused ? say('Paused in {where}', { where }) : capital(where);
  }
  if (done === total) return say('{total, plural, one {The one run is done.} other {All # runs are done.}}', { total });
  if (started) return say('Stopped: {done} of {total} runs are done.', { done, total });
  const runs = say('{total, plural, one {# run} other {# runs}}', { total });
  return done === 0
    ? say('{runs} to do.', { runs })
    : say('{runs}: {done} stored already, {left} to do.', { runs, done, left: total - done });
}

/** Its progress and time left beside the line. */
export function leftText({ done, total, share, leftMs }: Outlook, running: boolean): string {
  if (total === 0 || done === total) return '';
  const left =
    leftMs === null
      ? running
        ? say('estimating the rest')
        : ''
      : running
        ? say('about {left} left', { left: clock(leftMs) })
        : say('about {left} to go', { left: clock(leftMs) });
  return running ? `${percent(share)}, ${left}` : left;
}

/** "All weights" in the middle of a sentence; "LoRA" and "SOFT" stay. */
function small(text: string): string {
  // only English writes its own words small there and names large
  return language() === 'en' ? text.replace(/^[A-Z](?=[a-z]+(?:[ -]|$))/, (letter) => letter.toLowerCase()) : text;
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
