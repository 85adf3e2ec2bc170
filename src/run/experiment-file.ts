/** An experiment from a file: arms times seeds, checked arm by arm and option by option. Knows nothing of how a run is made. */
import { AppError } from '../errors.ts';
import { nearName } from '../near-name.ts';
import type { Arm } from './arm.ts';
import { DEFAULTS, OPTION_NAMES, OPTIONS, type OptionName } from './config.ts';
import { parseOption } from './options.ts';

/** Arms times seeds, and the arm that the others are compared with where the file names one. */
export type Experiment = { readonly arms: readonly Arm[]; readonly seeds: readonly number[]; readonly reference?: string };

/** The text of an experiment's file as an experiment, with a byte order mark or without; throws `OPTION_RANGE` with a sentence. */
export function readExperiment(text: string): Experiment {
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    refuse('The file is not JSON.');
  }
  return parseExperiment(json);
}

/** An experiment as a browser keeps it. The id is that of its first arms and seeds, so a file has the same one wherever it is loaded. */
export type KeptExperiment = Experiment & {
  readonly id: string;
  readonly name: string;
  /** The arms that take part, by their names. */
  readonly chosen: readonly string[];
  readonly reference: string;
};

/** A kept experiment as it is read again; null where it is damaged, or of a version with other settings. Never throws. */
export function readKeptExperiment(row: unknown): KeptExperiment | null {
  if (!isRecord(row)) return null;
  const { id, name, chosen, reference } = row;
  if (typeof id !== 'string' || typeof name !== 'string' || typeof reference !== 'string' || !Array.isArray(chosen)) return null;
  try {
    return { ...parseExperiment({ arms: row['arms'], seeds: row['seeds'] }), id, name, reference, chosen: chosen.map(String) };
  } catch {
    return null;
  }
}

/** What came from outside as an experiment; throws `OPTION_RANGE` with a sentence that names the arm and the option. */
export function parseExperiment(json: unknown): Experiment {
  if (!isRecord(json)) refuse('An experiment is an object with “arms” and “seeds”.');
  known(json, ['arms', 'seeds', 'reference'], 'of an experiment');
  const { arms, seeds, reference } = json;
  if (!Array.isArray(arms) || arms.length === 0) refuse('“arms” must be a list with at least one arm.');
  if (!Array.isArray(seeds) || seeds.length === 0) refuse('“seeds” must be a list with at least one seed.');
  const experiment = { arms: arms.map(parseArm), seeds: seeds.map(parseSeed) };
  const name = repeated(experiment.arms.map((arm) => arm.name));
  if (name !== undefined) refuse(`Two arms are called “${short(name)}”; give each its own name.`);
  const inWorlds = new Map(experiment.arms.map((arm) => [worldOf(arm.options), short(arm.name)]));
  if (inWorlds.size > 1)
    refuse(
      `Arms “${[...inWorlds.values()].slice(0, 2).join('” and “')}” are in two worlds, whose scores say nothing of each other; write a file for each.`,
    );
  const seed = repeated(experiment.seeds);
  if (seed !== undefined) refuse(`Seed ${seed} is given twice; name each seed once.`);
  if (reference === undefined) return experiment;
  const names = experiment.arms.map(({ name }) => name);
  if (typeof reference !== 'string' || !names.includes(reference))
    refuse(`The reference must be the name of an arm: ${names.map(short).join(', ')}; ${short(JSON.stringify(reference))} is not.`);
  return { ...experiment, reference };
}

function parseArm(raw: unknown, index: number): Arm {
  const name = isRecord(raw) && typeof raw['name'] === 'string' ? raw['name'].trim() : '';
  if (!isRecord(raw) || name === '') refuse(`Arm ${index + 1} needs a name.`);
  // names are printed, and a terminal would obey them
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(name.replaceAll(/[\u200c\u200d]/g, '')))
    refuse(`The name of arm ${index + 1} has a character in it that cannot be seen; leave it out.`);
  const arm = `Arm “${short(name)}”`;
  known(raw, ['name', 'options'], `of ${arm.replace('Arm', 'arm')}`);
  const options = raw['options'] ?? {};
  if (!isRecord(options)) refuse(`${arm}: “options” must be an object of settings.`);
  const parsed = Object.entries(options).map(([option, value]) => {
    if (!Object.hasOwn(OPTIONS, option)) {
      const near = nearName(option, OPTION_NAMES);
      refuse(`${arm}: there is no setting called “${short(option)}”${near === null ? '' : `; “${near}” is one`}.`);
    }
    if (option === 'seed') refuse(`${arm}: the seed belongs into “seeds”, so that every arm gets the same ones.`);
    const plain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
    const checked = parseOption(option as OptionName, plain ? String(value) : (JSON.stringify(value) ?? ''));
    if ('refusal' in checked) refuse(`${arm}, “${option}”: ${checked.refusal.message}`);
    return [option, checked.value] as const;
  });
  return { name, options: Object.fromEntries(parsed) };
}

function parseSeed(raw: unknown): number {
  const parsed = parseOption('seed', typeof raw === 'number' ? String(raw) : (JSON.stringify(raw) ?? ''));
  if ('refusal' in parsed) refuse(`“seeds”: ${parsed.refusal.message}`);
  return Number(parsed.value);
}

const worldOf = ({ world = DEFAULTS.world }: Arm['options']): string => world;

/** The first value that was there before. */
function repeated<T>(values: readonly T[]): T | undefined {
  return values.find((value, index) => values.indexOf(value) < index);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Refuses every key of `raw` that is none of `names`, with the one that was meant. */
function known(raw: Readonly<Record<string, unknown>>, names: readonly string[], whose: string): void {
  const stranger = Object.keys(raw).find((key) => !names.includes(key));
  if (stranger === undefined) return;
  const near = nearName(stranger, names);
  const list = names.map((name) => `“${name}”`).join(', ');
  const right = near === null ? `${list.replace(/, (?=[^,]*$)/, ' and ')} are` : `“${near}” is`;
  refuse(`“${short(stranger)}” is not a part ${whose}; ${right}.`);
}

/** The beginning of what a stranger wrote, with signs instead of what cannot be seen. */
function short(text: string): string {
  return Array.from(text).slice(0, 40).join('').replaceAll(/\p{C}/gu, '\ufffd');
}

function refuse(sentence: string): never {
  throw new AppError('OPTION_RANGE', sentence);
}
