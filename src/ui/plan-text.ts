/** The plan of a run in words: bytes as people read them, what does not fit, what would. Pure text. */
import { decimal } from '../locale.ts';
import { listed, say, toSay } from './language/language.ts';
import { CONTROLS } from '../controls.ts';
import { certainty } from '../settings/counts.ts';
import type { AnswerLengths, PlanPart, RunPlan, Shortage } from '../protocol/models.ts';
import { type RunConfig, OPTIONS, type OptionName } from '../run/config.ts';
import { valueText } from './option-text.ts';

export const PART_NAMES: Readonly<Record<PlanPart['name'], string>> = {
  weights: toSay('weights'),
  adapter: toSay('adapter'),
  optimiser: toSay('optimiser'),
  activations: toSay('activations'),
  step: toSay('scratch space'),
  cache: toSay('cache'),
  chat: toSay('the chat beside it'),
};

/** 1,234,567 as "1.2 MB". */
export function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let [value, unit] = [bytes, 0];
  while (value >= 999.5 && unit < units.length - 1) [value, unit] = [value / 1000, unit + 1];
  return `${decimal(value, unit === 0 || value >= 100 ? 0 : 1)} ${units[unit] ?? ''}`;
}

/** 75 as "1 min 15 s". */
export function secondsText(seconds: number): string {
  if (seconds < 60) return say('{seconds} s', { seconds: Math.max(1, Math.round(seconds)) });
  const minutes = Math.round(seconds / 60);
  return minutes < 60
    ? say('{minutes} min', { minutes })
    : say('{hours} h {minutes} min', { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
}

const DEVICE: readonly Shortage['what'][] = ['memory', 'tensor', 'storage'];

function shortage({ what, needs, has }: Shortage): string {
  switch (what) {
    case 'memory':
      return say('It needs {needs} for memory, and {has} are there.', { needs: bytesText(needs), has: bytesText(has) });
    case 'tensor':
      return say('It needs {needs} for its largest tensor, and {has} are there.', { needs: bytesText(needs), has: bytesText(has) });
    case 'storage':
      return say('It needs {needs} for storage, and {has} are there.', { needs: bytesText(needs), has: bytesText(has) });
    case 'context':
      return say('What is shown, a question and its answer need {needs} tokens together, and the model reads {has}.', { needs, has });
    case 'prompts':
      return say('It asks for {needs} prompts, and there {has, plural, one {is #} other {are #}}.', { needs, has });
    case 'rounds':
      return say('It has {needs} rounds and only {has, plural, one {# prompt} other {# prompts}} to share out over them.', { needs, has });
    default:
      return what satisfies never;
  }
}

/** "It needs 5.1 GB for memory, and 4.3 GB are there." */
export function shortages({ tooMuch }: Pick<RunPlan, 'tooMuch'>): string {
  return tooMuch.map(shortage).join(' ');
}

/** "Prompts 120 instead of 480". */
export function changeText(change: Partial<RunConfig>, now: RunConfig): string {
  const parts = (Object.keys(change) as OptionName[]).map((name) =>
    say('{option} {value} instead of {before}', {
      option: say(OPTIONS[name].label),
      value: valueText(name, change[name]),
      before: valueText(name, now[name]),
    }),
  );
  return parts.join(', ');
}

/** What to do where no setting fits. */
export function noWay({ tooMuch }: Pick<RunPlan, 'tooMuch'>): string {
  return tooMuch.every(({ what }) => DEVICE.includes(what))
    ? say('No smaller setting fits either; choose a smaller model.')
    : say('No other setting fits either; choose a model that reads more tokens, or a kit with shorter texts.');
}

/** That it does not fit, and where. */
export function placeText({ tooMuch }: Pick<RunPlan, 'tooMuch'>): string {
  return tooMuch.every(({ what }) => DEVICE.includes(what))
    ? say('The next run does not fit on this device.')
    : say('The next run does not fit this model and its kit.');
}

/** Why a run does not begin. */
export function refusalText(plan: RunPlan): string {
  const way = plan.nearest === null ? noWay(plan) : say('The plan of the next run, in Run, names the nearest setting that fits.');
  const onDevice = plan.tooMuch.every(({ what }) => DEVICE.includes(what));
  return `${onDevice ? say('It does not fit on this device.') : say('It does not fit this model and its kit.')} ${shortages(plan)} ${way}`;
}

const SURE = 100;

/** How many questions are measured, and how sure that makes a score where it is not very. */
export function questionsText({ validation, test, inContext, outOfDistribution }: RunPlan['questions']): string {
  const parts = [say('{validation} to choose the round by', { validation }), say('{test} to test it', { test })];
  if (outOfDistribution > 0) parts.push(say('{outOfDistribution} out of distribution', { outOfDistribution }));
  if (inContext > 0 && inContext !== test) parts.push(say('{inContext} of the test again with demonstrations in view', { inContext }));
  const error = Math.round(100 * certainty(validation));
  const sure =
    validation < SURE
      ? ` ${say('With {validation} questions a score is certain to about ±{error, plural, one {# point} other {# points}} (one standard error).', { validation, error })}`
      : '';
  return `${say('Asked after each round: {parts}.', { parts: parts.join(', ') })}${sure}`;
}

/** What is asked once at the end; empty where nothing is. */
export function probesText({ probes: { asked, open }, secondsProbing }: Pick<RunPlan, 'probes' | 'secondsProbing'>): string {
  const parts = [
    ...(asked === 0 ? [] : [say('{asked, plural, one {# probe question} other {# probe questions}}', { asked })]),
    ...(open === 0 ? [] : [say('{open, plural, one {# question} other {# questions}} to answer in its own words', { open })]),
  ];
  const time = secondsProbing === null ? '' : ` ${say('(about {time})', { time: secondsText(secondsProbing) })}`;
  return parts.length === 0
    ? ''
    : say('At the end the base and the returned round are asked {parts}{time}.', { parts: listed(parts), time });
}

/** What a model does not read of its kit; empty where it reads all. */
export function skippedText({ prompts, questions }: RunPlan['skipped']): string {
  const parts = [
    ...(prompts === 0 ? [] : [say('{prompts, plural, one {# prompt} other {# prompts}}', { prompts })]),
    ...(questions === 0 ? [] : [say('{questions, plural, one {# held-out question} other {# held-out questions}}', { questions })]),
  ];
  return parts.length === 0 ? '' : say('Longer than the model reads, and left out: {parts}.', { parts: listed(parts) });
}

/** What the model's own answers say of the longest one that a run should take. */
export function answersText(found: AnswerLengths | null, maxTokens: number): string {
  if (found === null)
    return say('Answers are cut at {maxTokens} tokens. Whether that suits this model is not measured yet.', { maxTokens });
  const { sampled, cut, longest } = found;
  const parts = { sampled, whole: sampled - cut, longest };
  const ended =
    longest >= OPTIONS.maxTokens.max
      ? say('Of {sampled} answers that this model gave, {whole} end within {longest} tokens, the most that there is.', parts)
      : say('Of {sampled} answers that this model gave, {whole} end within {longest} tokens.', parts);
  const now =
    maxTokens === longest
      ? say('Answers are cut there; a cut answer is dropped.')
      : say('The next run cuts answers at {maxTokens}; a cut answer is dropped.', { maxTokens });
  return `${ended} ${now}`;
}

/** The plan in one line. */
export function planLine(plan: RunPlan): string {
  const time =
    plan.secondsARound === null || plan.secondsInAll === null
      ? ''
      : say(', about {time} a round, {whole} in all', { time: secondsText(plan.secondsARound), whole: secondsText(plan.secondsInAll) });
  return say('{peak} of memory at most, {stored} stored{time}', { peak: bytesText(plan.peak), stored: bytesText(plan.stored), time });
}

/** What the next run takes, beside the button that begins it; of a model of the page's own only once it was measured. */
export function wholeText({ secondsInAll, tooMuch }: Pick<RunPlan, 'secondsInAll' | 'tooMuch'>, isOwn: boolean): string {
  if (tooMuch.length > 0) return '';
  if (secondsInAll !== null) return say('The next run takes about {time}.', { time: secondsText(secondsInAll) });
  if (!isOwn) return '';
  return say('How long the next run takes is not known yet: “{measure}”, under {plan}, finds out.', {
    measure: say(CONTROLS.measureTime),
    plan: say(CONTROLS.plan),
  });
}
