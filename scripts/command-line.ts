/**
 * What every command of this project does with its command line: options that are known, each once, with a value where it takes one; places
 * that can be written to, found out before any work; and one sentence with an exit code of 2 for everything else. Knows no command.
 */
import { closeSync, existsSync, mkdirSync, openSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { nearName } from '../src/near-name.ts';

/** A call that cannot be followed, in one sentence. */
export class WrongCall extends Error {}

/** `text` takes a value, `flag` none, `perhaps` one if the next word is none of the options. */
type Kind = 'text' | 'flag' | 'perhaps';

export type Command = {
  /** What stands before the options: `npm run demo`. */
  readonly name: string;
  readonly options: Readonly<Record<string, Kind>>;
  /** Words that may stand without an option, such as a folder. */
  readonly words?: number;
};

type Given = {
  /** The value of an option; null where it is not given, empty where it was given without one. */
  text(name: string): string | null;
  has(name: string): boolean;
  readonly words: readonly string[];
};

/** Takes a command line apart; throws `WrongCall`. */
export function readCommand(args: readonly string[], { name: command, options, words: most = 0 }: Command): Given {
  const given = new Map<string, string>();
  const words: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? '';
    if (!arg.startsWith('-')) {
      if (words.length === most) throw new WrongCall(`“${arg}” is not an option; see ${command} -- --help.`);
      words.push(arg);
      continue;
    }
    const [, name = arg, inside] = /^--([^=]+)(?:=(.*))?$/s.exec(arg) ?? [];
    const kind = Object.hasOwn(options, name) ? options[name] : undefined;
    if (kind === undefined) {
      const near = nearName(name, Object.keys(options));
      throw new WrongCall(`${arg} is not an option of ${command}${near === null ? '' : `; --${near} is`}; see ${command} -- --help.`);
    }
    if (given.has(name)) throw new WrongCall(`--${name} is given twice; give it once.`);
    const next = args[i + 1];
    const value = inside ?? (kind === 'flag' || next === undefined || next.startsWith('--') ? undefined : args[++i]);
    if (kind === 'flag' && value !== undefined) throw new WrongCall(`--${name} takes no value; “${value}” is one.`);
    if (kind === 'text' && (value === undefined || value === ''))
      throw new WrongCall(
        `--${name} needs a value${next?.startsWith('--') === true && inside === undefined ? `; ${next} is the next option` : ''}.`,
      );
    given.set(name, value ?? '');
  }
  return { text: (name) => given.get(name) ?? null, has: (name) => given.has(name), words };
}

/** A whole number of an option within its bounds; throws `WrongCall`. */
export function wholeNumber(name: string, text: string, [least, most]: readonly [number, number]): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) throw new WrongCall(`${name} must be a whole number from ${least} to ${most}; “${text}” is not.`);
  return value;
}

const reasonOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? (error as Error).message;

/** Makes sure that files can be written into the folder that `who` names, by writing one. Leaves no trace where it did not exist. */
export function claimPlace(who: string, folder: string): void {
  if (existsSync(folder) && !statSync(folder).isDirectory())
    throw new WrongCall(`${who} names ${folder}, which is a file; it must be a folder.`);
  let made: string | undefined;
  try {
    made = mkdirSync(folder, { recursive: true });
    const probe = join(folder, '.probe');
    closeSync(openSync(probe, 'w'));
    rmSync(probe);
  } catch (error) {
    throw new WrongCall(`${who} names ${folder}, where nothing can be written (${reasonOf(error)}); name another folder.`, {
      cause: error,
    });
  } finally {
    if (made !== undefined) rmSync(made, { recursive: true, force: true });
  }
}

/** The same for a file. */
export function claimFile(who: string, file: string): void {
  if (existsSync(file) && statSync(file).isDirectory()) throw new WrongCall(`${who} names ${file}, which is a folder; it must be a file.`);
  const fresh = !existsSync(file);
  try {
    if (!existsSync(dirname(file))) throw new Error('there is no such folder');
    closeSync(openSync(file, 'a'));
    if (fresh) rmSync(file);
  } catch (error) {
    throw new WrongCall(`${who} names ${file}, which cannot be written (${reasonOf(error)}); name another file.`, { cause: error });
  }
}

/** Control characters, and those that turn the direction of a line: what a terminal would obey. */
const OBEYED = /[^\P{Cc}\n\t]|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** A text of strangers as it may be printed: what a terminal would obey is spelt out. */
export function printable(text: string): string {
  return text.replaceAll(OBEYED, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** Does the work of a command. Prints the help where it is asked for, and the sentence of a wrong call. The exit code. */
export async function answered(args: readonly string[], usage: string, work: () => number | Promise<number>): Promise<number> {
  if (args.includes('--help')) {
    console.log(usage);
    return 0;
  }
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof WrongCall)) throw error;
    console.error(printable(error.message));
    return 2;
  }
}
