/** The plan of a run in words: bytes as people read them, what does not fit, what would. Pure text. */
import { certainty } from '../settings/counts.ts';
import type { AnswerLengths, PlanPart, RunPlan, Shortage } from '../protocol/models.ts';
import { valueText } from '../run/options.ts';
import { type RunConfig, OPTIONS, type OptionName } from '../run/config.ts';

export const PART_NAMES: Readonly<Record<PlanPart['name'], string>> = {
  weights: 'weights',
  adapter: 'adapter',
  optimiser: 'optimiser',
  activations: 'activations',
  step: 'scratch space',
  cache: 'cache',
  chat: 'the chat beside it',
};

/** 1,234,567 as "1.2 MB". */
export function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let [value, unit] = [bytes, 0];
  while (value >= 999.5 && unit < units.length - 1) [value, unit] = [value / 1000, unit + 1];
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit] ?? ''}`;
}

/** 75 as "1 min 15 s". */
export function secondsText(seconds: number): string {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

const DEVICE: readonly Shortage['what'][] = ['memory', 'tensor', 'storage'];

function shortage({ what, needs, has }: Shortage): string {
  switch (what) {
    case 'memory':
      return `It needs ${bytesText(needs)} for memory, and ${bytesText(has)} are there.`;
    case 'tensor':
      return `It needs ${bytesText(needs)} for its largest tensor, and ${bytesText(has)} are there.`;
    case 'storage':
      return `It needs ${bytesText(needs)} for storage, and ${bytesText(has)} are there.`;
    case 'context':
      return `What is shown, a question and its answer need ${needs} tokens together, and the model reads ${has}.`;
    case 'prompts':
      return `It asks for ${needs} prompts, and there ${has === 1 ? 'is' : 'are'} ${has}.`;
    case 'rounds':
      return `It has ${needs} rounds and only ${has} ${has === 1 ? 'prompt' : 'prompts'} to share out over them.`;
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
  const parts = (Object.keys(change) as OptionName[]).map(
    (name) => `${OPTIONS[name].label.toLowerCase()} ${valueText(name, change[name])} instead of ${valueText(name, now[name])}`,
  );
  return parts.join(', ');
}

/** What to do where no setting fits. */
export function noWay({ tooMuch }: Pick<RunPlan, 'tooMuch'>): string {
  return tooMuch.every(({ what }) => DEVICE.includes(what))
    ? 'No smaller setting fits either; choose a smaller model.'
    : 'No other setting fits either; choose a model that reads more tokens, or a kit with shorter texts.';
}

/** Where it does not fit. */
export function placeText({ tooMuch }: Pick<RunPlan, 'tooMuch'>): string {
  return tooMuch.every(({ what }) => DEVICE.includes(what)) ? 'does not fit on this device' : 'does not fit this model and its kit';
}

/** Why a run does not begin. */
export function refusalText(plan: RunPlan): string {
  const way = plan.nearest === null ? noWay(plan) : 'The plan of the next run, in Run, names the nearest setting that fits.';
  return `It ${placeText(plan)}. ${shortages(plan)} ${way}`;
}

const SURE = 100;

/** How many questions are measured, and how sure that makes a score where it is not very. */
export function questionsText({ validation, test, inContext, outOfDistribution }: RunPlan['questions']): string {
  const parts = [`${validation} to choose the round by`, `${test} to test it`];
  if (outOfDistribution > 0) parts.push(`${outOfDistribution} out of distribution`);
  if (inContext > 0 && inContext !== test) parts.push(`${inContext} of the test again with demonstrations in view`);
  const error = Math.round(100 * certainty(validation));
  const sure =
    validation < SURE
      ? ` With ${validation} questions a score is certain to about ±${error} ${error === 1 ? 'point' : 'points'} (one standard error).`
      : '';
  return `Asked after each round: ${parts.join(', ')}.${sure}`;
}

/** What is asked once at the end; empty where nothing is. */
export function probesText({ probes: { asked, open }, secondsProbing }: Pick<RunPlan, 'probes' | 'secondsProbing'>): string {
  const parts = [
    ...(asked === 0 ? [] : [`${asked} probe ${asked === 1 ? 'question' : 'questions'}`]),
    ...(open === 0 ? [] : [`${open} ${open === 1 ? 'question' : 'questions'} to answer in its own words`]),
  ];
  const time = secondsProbing === null ? '' : ` (about ${secondsText(secondsProbing)})`;
  return parts.length === 0 ? '' : `At the end the base and the returned round are asked ${parts.join(' and ')}${time}.`;
}

/** What a model does not read of its kit; empty where it reads all. */
export function skippedText({ prompts, questions }: RunPlan['skipped']): string {
  const parts = [
    ...(prompts === 0 ? [] : [`${prompts} ${prompts === 1 ? 'prompt' : 'prompts'}`]),
    ...(questions === 0 ? [] : [`${questions} held-out ${questions === 1 ? 'question' : 'questions'}`]),
  ];
  return parts.length === 0 ? '' : `Longer than the model reads, and left out: ${parts.join(' and ')}.`;
}

/** What the model's own answers say of the longest one that a run should take. */
export function answersText(found: AnswerLengths | null, maxTokens: number): string {
  if (found === null) return `Answers are cut at ${maxTokens} tokens. Whether that suits this model is not measured yet.`;
  const { sampled, cut, longest } = found;
  const most = longest >= OPTIONS.maxTokens.max ? ', the most that there is' : '';
  const now = maxTokens === longest ? 'Answers are cut there' : `The next run cuts answers at ${maxTokens}`;
  return `Of ${sampled} answers that this model gave, ${sampled - cut} end within ${longest} tokens${most}. ${now}; a cut answer is dropped.`;
}

/** The plan in one line. */
export function planLine(plan: RunPlan): string {
  const time = plan.secondsARound === null ? '' : `, about ${secondsText(plan.secondsARound)} a round`;
  return `${bytesText(plan.peak)} of memory at most, ${bytesText(plan.stored)} stored${time}`;
}
