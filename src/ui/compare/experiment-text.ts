/** An experiment in words: its arms, and where it is. Pure; knows no component and no run. */
import type { Arm } from '../../run/arm.ts';
import { valueText } from '../../run/options.ts';
import { OPTIONS, type OptionName } from '../../run/config.ts';
import { percent } from '../../shares.ts';
import type { Entry, Outlook } from '../session/experiment-plan.ts';
import { clock } from '../words.ts';

/** Settings that an arm changes, as they are called on the page. */
export function armText({ name, options }: Arm): string {
  const { method, ...others } = options;
  const parts = Object.entries(others).map(([key, value]) => {
    const name = key as OptionName;
    const { type, label } = OPTIONS[name];
    return `${type === 'switch' ? label.toLowerCase() : small(label)} ${small(valueText(name, value))}`;
  });
  const called = method === undefined || valueText('method', method) === name ? [] : [valueText('method', method)];
  return [...called, ...parts].join(', ') || (method === undefined ? 'the defaults' : 'only the method differs');
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
    const where = at === null ? 'starting' : `run ${Math.min(total, done + 1)} of ${total}: ${at.arm.name}, seed ${at.seed}`;
    return paused ? `Paused in ${where}` : capital(where);
  }
  if (done === total) return total === 1 ? 'The one run is done.' : `All ${total} runs are done.`;
  if (started) return `Stopped: ${done} of ${total} runs are done.`;
  const runs = `${total} ${total === 1 ? 'run' : 'runs'}`;
  return done === 0 ? `${runs} to do.` : `${runs}: ${done} stored already, ${total - done} to do.`;
}

/** Its progress and time left beside the line. */
export function leftText({ done, total, share, leftMs }: Outlook, running: boolean): string {
  if (total === 0 || done === total) return '';
  const left = leftMs === null ? (running ? 'estimating the rest' : '') : `about ${clock(leftMs)} ${running ? 'left' : 'to go'}`;
  return running ? `${percent(share)}, ${left}` : left;
}

/** "All weights" in the middle of a sentence; "LoRA" and "SOFT" stay. */
function small(text: string): string {
  return text.replace(/^[A-Z](?=[a-z]+(?:[ -]|$))/, (letter) => letter.toLowerCase());
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
