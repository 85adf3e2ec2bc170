import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { completed, formatOptions, parseOption, parseOptions, valueText } from '../../src/run/options.ts';
import type { Option } from '../../src/settings/option.ts';
import { type RunConfig, DEFAULTS, OPTION_NAMES, OPTIONS } from '../../src/run/config.ts';

const arbitraryConfig = fc.record(
  Object.fromEntries(
    OPTION_NAMES.map((name) => {
      const option: Option = OPTIONS[name];
      if (option.type === 'switch') return [name, fc.boolean()];
      if (option.type === 'choice') return [name, fc.constantFrom(...option.choices.map((c) => c.value))];
      return [
        name,
        option.whole ? fc.integer({ min: option.min, max: option.max }) : fc.double({ min: option.min, max: option.max, noNaN: true }),
      ];
    }),
  ),
) as unknown as fc.Arbitrary<RunConfig>;

const read = (text: string) => parseOptions(new URLSearchParams(text));

describe('settings', () => {
  it('survive the way into a link and back', () => {
    fc.assert(
      fc.property(arbitraryConfig, (config) => {
        expect(read(formatOptions(config))).toEqual({ config, refusals: [] });
      }),
    );
  });

  it('make a link that holds only what differs from the defaults, and the world that they are of', () => {
    expect(formatOptions(DEFAULTS)).toBe('');
    expect(formatOptions({ ...DEFAULTS, seed: 9 })).toBe('world=ladder&seed=9');
  });

  it('out of range are refused with a sentence that names them, and the default stays', () => {
    const { config, refusals } = read('rounds=99&temperature=-1&seed=1.5&method=magic&principles=perhaps&prompts=');
    expect(config).toEqual(DEFAULTS);
    expect(refusals.map((r) => r.name)).toEqual(['rounds', 'temperature', 'seed', 'method', 'principles', 'prompts']);
    for (const refusal of refusals) {
      expect(refusal.code).toBe('OPTION_RANGE');
      expect(refusal.message).toContain(OPTIONS[refusal.name as keyof RunConfig].label);
    }
    expect(refusals[0]?.message).toBe('Rounds must be a whole number from 1 to 8; “99” is not.');
  });

  it('that nobody knows are named and ignored', () => {
    const { config, refusals } = read('colour=red&__proto__=x&seed=3');
    expect(config).toEqual({ ...DEFAULTS, seed: 3 });
    expect(refusals.map((r) => [r.name, r.code])).toEqual([
      ['colour', 'OPTION_UNKNOWN'],
      ['__proto__', 'OPTION_UNKNOWN'],
    ]);
  });

  it('are never taken from text that is no number', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const parsed = parseOption('rounds', text);
        if ('value' in parsed) expect(Number(text)).toBe(parsed.value);
      }),
    );
  });

  it('that a stored run did not name yet have their default in its link', () => {
    const { questions: _, ...before } = DEFAULTS;
    expect(formatOptions({ ...before, rounds: 2 } as RunConfig)).toBe('world=ladder&rounds=2');
  });

  it('that were written down before some were there say what runs did then', () => {
    const { checkpoints: _, seed: __, ...before } = DEFAULTS;
    expect(completed({ ...before, rounds: 2 })).toEqual({ ...DEFAULTS, rounds: 2, checkpoints: 1 });
    expect(completed(DEFAULTS)).toEqual(DEFAULTS);
  });

  it('are read as a person reads them', () => {
    expect([valueText('oracle', true), valueText('oracle', false), valueText('oracle', undefined)]).toEqual(['on', 'off', 'off']);
    expect([valueText('method', 'soft+'), valueText('method', 'gone' as RunConfig['method'])]).toEqual(['SOFT+', 'gone']);
    expect([valueText('questions', 0), valueText('questions', 50), valueText('seed', 0)]).toEqual(['automatic', '50', '0']);
  });

  it('each have a default inside their own range', () => {
    for (const name of OPTION_NAMES) expect(parseOption(name, String(DEFAULTS[name]))).toEqual({ value: DEFAULTS[name] });
  });
});
