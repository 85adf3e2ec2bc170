/** A setting in words: its value, its range, why a value is refused. The words stand in English where the setting is declared. Knows no component. */
import { grouped, locale, numeral, plainNumber } from '../locale.ts';
import { type OptionName, optionOf, type RunConfig } from '../run/config.ts';
import type { Option } from '../settings/option.ts';
import { say } from './language/language.ts';

/** A value as a person reads it: "SOFT+", "on", "automatic", "480". */
export function valueText(name: OptionName, value: RunConfig[OptionName] | undefined): string {
  const option = optionOf(name);
  if (option.type === 'switch') return value === true ? say('on') : say('off');
  if (option.type === 'choice') return say(option.choices.find((choice) => choice.value === value)?.label ?? String(value));
  if (value === 0 && option.zero !== undefined) return say(option.zero);
  return typeof value === 'number' ? numeral(value) : String(value);
}

/** "1–8", "0–1, 0 = off"; empty for what has no range. */
export function rangeText(option: Option): string {
  if (option.type !== 'number') return '';
  const range = `${grouped(option.min)}–${grouped(option.max)}`;
  return option.zero === undefined ? range : `${range}, 0 = ${say(option.zero)}`;
}

/** Why what was typed is no value of a setting. */
export function refusedText(name: OptionName, raw: string): string {
  const option = optionOf(name);
  const parts = { option: say(option.label), raw: raw.slice(0, 40) };
  if (option.type === 'switch') return say('{option} must be on or off; “{raw}” is not.', parts);
  if (option.type === 'choice') {
    const among = option.choices.map(({ value }) => value);
    return say('{option} must be one of {among}; “{raw}” is not.', { ...parts, among: among.join(', ') });
  }
  const range = { min: grouped(option.min), max: grouped(option.max) };
  return option.whole
    ? say('{option} must be a whole number from {min} to {max}; “{raw}” is not.', { ...parts, ...range })
    : say('{option} must be a number from {min} to {max}; “{raw}” is not.', { ...parts, ...range });
}

/** What a number's field shows: the text that was typed, its decimals behind the sign of the language at hand. */
export function fieldText(text: string): string {
  const comma = new Intl.NumberFormat(locale()).format(0.5).includes(',');
  return comma && /^-?\d+\.\d+$/.test(text) ? text.replace('.', ',') : text;
}

/** What was typed into a number's field as it is kept: with a point. */
export function typedText(text: string): string {
  return plainNumber(text);
}

/** The whole explanation of a setting. */
export function helpText({ help, source }: Option): string {
  return source === '' ? say(help) : `${say(help)} (${say(source)})`;
}
