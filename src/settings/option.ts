/**
 * What a setting of a run is: a number, a choice or a switch that says its own label, help, range, default and source. Tables of settings
 * and whatever brings settings of its own (methods, filters) declare them so. Knows no setting.
 */

import { plainNumber } from '../locale.ts';

type Base = {
  readonly label: string;
  readonly help: string;
  /** Where the default comes from, as the page says it; empty where there is nothing to say. */
  readonly source: string;
};
type NumberOption = Base & {
  readonly type: 'number';
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly whole: boolean;
  readonly value: number;
  /** What 0 means, where it is no number of anything. */
  readonly zero?: string;
  /** What runs did that were stored before there was this setting; a later setting has one. */
  readonly before?: number;
};
export type ChoiceOption = Base & {
  readonly type: 'choice';
  readonly choices: readonly { readonly value: string; readonly label: string; readonly help: string }[];
  readonly value: string;
  readonly before?: string;
};
type SwitchOption = Base & { readonly type: 'switch'; readonly value: boolean; readonly before?: boolean };
export type Option = NumberOption | ChoiceOption | SwitchOption;

/** A table of settings by name, in the order in which the page shows them. */
export type Options = Readonly<Record<string, Option>>;

type ValueOf<O extends Option> = O extends NumberOption
  ? number
  : O extends SwitchOption
    ? boolean
    : O extends ChoiceOption
      ? O['choices'][number]['value']
      : never;

/** The values of a table of settings. */
export type Values<T extends Options> = { readonly [K in keyof T]: ValueOf<T[K]> };

/** The default of every setting of a table. */
export function defaultsOf<T extends Options>(options: T): Values<T> {
  return Object.fromEntries(Object.entries(options).map(([name, { value }]) => [name, value])) as Values<T>;
}

/** A value out of raw text, or what it must be: "a whole number from 1 to 8". */
export function valueOf(option: Option, raw: string): { readonly value: number | string | boolean } | { readonly wanted: string } {
  if (option.type === 'switch') {
    if (raw === 'true' || raw === 'on' || raw === '1') return { value: true };
    return raw === 'false' || raw === 'off' || raw === '0' ? { value: false } : { wanted: 'on or off' };
  }
  if (option.type === 'choice') {
    const values = option.choices.map(({ value }) => value);
    return values.includes(raw) ? { value: raw } : { wanted: `one of ${values.join(', ')}` };
  }
  const value = Number(plainNumber(raw));
  const wanted = `a ${option.whole ? 'whole ' : ''}number from ${option.min} to ${option.max}`;
  if (raw.trim() === '' || !Number.isFinite(value) || value < option.min || value > option.max) return { wanted };
  return option.whole && !Number.isInteger(value) ? { wanted } : { value };
}

/** A value as a person reads it: "SOFT+", "on", "automatic", "480". */
export function valueText(option: Option, value: number | string | boolean | undefined): string {
  if (option.type === 'switch') return value === true ? 'on' : 'off';
  if (option.type === 'choice') return option.choices.find((choice) => choice.value === value)?.label ?? String(value);
  return value === 0 && option.zero !== undefined ? option.zero : String(value);
}
