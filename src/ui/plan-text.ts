/** The plan of a run in words: bytes as people read them, what does not fit, what would. Pure text. */
import type { PlanPart, RunPlan } from '../model-protocol.ts';
import { OPTIONS, type OptionName } from '../options.ts';
import type { RunConfig } from '../protocol.ts';

export const PART_NAMES: Readonly<Record<PlanPart['name'], string>> = {
  weights: 'weights',
  adapter: 'adapter',
  optimiser: 'optimiser',
  activations: 'activations',
  step: 'scratch space',
  cache: 'cache',
};

const SHORT = { memory: 'memory', tensor: 'its largest tensor', storage: 'storage' } as const;

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

/** "needs 5.1 GB of memory, 4.3 GB are there". */
export function shortages({ tooMuch }: RunPlan): string {
  return tooMuch
    .map(({ what, needs, has }) => `It needs ${bytesText(needs)} for ${SHORT[what]}, and ${bytesText(has)} are there.`)
    .join(' ');
}

/** "Prompts 120 instead of 480". */
export function changeText(change: Partial<RunConfig>, now: RunConfig): string {
  const parts = (Object.keys(change) as OptionName[]).map(
    (name) => `${OPTIONS[name].label.toLowerCase()} ${change[name]} instead of ${now[name]}`,
  );
  return parts.join(', ');
}

/** Why a run does not begin. */
export function refusalText(plan: RunPlan): string {
  const way =
    plan.nearest === null
      ? 'No smaller setting fits either; choose a smaller model.'
      : 'The plan below names the nearest setting that fits.';
  return `It does not fit on this device. ${shortages(plan)} ${way}`;
}

/** The plan in one line. */
export function planLine(plan: RunPlan): string {
  const time = plan.secondsARound === null ? '' : `, about ${secondsText(plan.secondsARound)} a round`;
  return `${bytesText(plan.peak)} of memory at most, ${bytesText(plan.stored)} stored${time}`;
}
