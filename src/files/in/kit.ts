/**
 * A starter kit: kit.json and the files that it names, as public/kits/english/README.md describes them. Strict: every key, every type, every
 * id. In the place of a file of its own form stands any other that recognised.ts knows, such as TruthfulQA.csv. Knows nothing of how a kit is
 * used.
 */
import { AppError } from '../../errors.ts';
import { Fields } from '../../fields.ts';
import type { KitUse } from '../../contracts/kit.ts';
import type { PickedFiles } from '../picked.ts';
import { utf8, wellFormed } from '../utf8.ts';
import { KIT_ROWS } from './kit-rows.ts';
import type { KitDemonstration, KitPrompt, KitQuestion } from './questions.ts';
import { recognise, type Recognised } from './recognised.ts';
import { roomOf, shareOut } from './split.ts';
import { allOf, parseFile, readLines, textOf } from './lines.ts';

export type Kit = {
  readonly name: string;
  readonly version: number;
  readonly language: string;
  readonly license: string;
  readonly description: string;
  readonly principles: string;
  readonly demonstrations: readonly KitDemonstration[];
  readonly prompts: readonly KitPrompt[];
  readonly validation: readonly KitQuestion[];
  readonly test: readonly KitQuestion[];
  /** Sets of questions that are asked once at the end of a run, of the base and of the returned round; absent where there are none. */
  readonly probes?: readonly ProbeSet[];
};

/** A set is called as its file. */
export type ProbeSet = { readonly name: string; readonly questions: readonly KitQuestion[] };

const MAX_TEXT = 100_000;
const MAX_CHOICES = 64;
const PARTS = ['demonstrations', 'prompts', 'validation', 'test', 'probes'] as const;
/** Forms that a kit's own files have too. */
const OWN: readonly string[] = ['multiple-choice questions', 'demonstrations with thoughts', 'prompts'];

function refuse(detail: string): never {
  throw new AppError('IMPORT_FORMAT', detail);
}

/** Reads the picked files of a kit. Errors: IMPORT_FORMAT and IMPORT_LIMIT name the file and the line. */
export function readKit(files: PickedFiles): Kit {
  const kit = Fields.of(parseFile('kit.json', open(files, 'kit.json')), '', (detail) => refuse(`kit.json: ${detail}`));
  const names = kit.object('files');
  const ids = new Set<string>();
  const others = foreignRows(files, names);
  const rowsIn = <T extends { readonly id: string }>(part: string, file: string, read: (row: Fields) => T): readonly T[] => {
    const unique = (row: Fields): T => {
      const value = read(row);
      if (ids.has(value.id)) row.fail('id', `${JSON.stringify(value.id)} is there already`);
      ids.add(value.id);
      return value;
    };
    const bytes = open(files, file);
    const own = others.get(`${part} ${file}`) as readonly T[] | undefined;
    for (const { id } of own ?? []) {
      if (ids.has(id)) refuse(`${file}: its question ${JSON.stringify(id)} is there already`);
      ids.add(id);
    }
    const found = own ?? allOf(file, readLines(file, bytes, unique));
    return found.length > 0 ? found : refuse(`${file} has no rows`);
  };
  const rows = <T extends { readonly id: string }>(part: string, read: (row: Fields) => T): readonly T[] =>
    rowsIn(part, names.string(part), read);
  const demonstrations = rows('demonstrations', demonstration);
  const byId = new Map(demonstrations.map((row) => [row.id, row]));
  for (const { id, twin, polarity } of demonstrations) {
    const other = twin === null ? null : byId.get(twin);
    if (other === undefined || (other !== null && (other.twin !== id || other.polarity === polarity)))
      refuse(`${names.string('demonstrations')}: the twin of ${JSON.stringify(id)} is not mutual and of the other polarity`);
  }
  const principlesFile = names.string('principles');
  const principles = utf8(open(files, principlesFile));
  if (principles === null || principles.trim() === '' || principles.length > MAX_TEXT)
    refuse(`${principlesFile} is empty, too long or not UTF-8`);
  const whole = {
    name: textOf(kit, 'name'),
    version: kit.whole('version'),
    language: textOf(kit, 'language'),
    license: textOf(kit, 'license'),
    description: textOf(kit, 'description'),
    principles: wellFormed(principles),
    demonstrations,
    prompts: rows('prompts', prompt),
    validation: rows('validation', question),
    test: rows('test', question),
  };
  const probes = filesOf(names, 'probes').map((file) => ({ name: stemOf(file), questions: rowsIn('probes', file, question) }));
  const twice = probes.find(({ name }, i) => probes.some((other, j) => j < i && other.name === name));
  if (twice !== undefined) refuse(`kit.json: two probe files are called ${JSON.stringify(twice.name)}`);
  return probes.length === 0 ? whole : { ...whole, probes };
}

function open(files: PickedFiles, name: string): Uint8Array {
  return files.get(name) ?? refuse(`${name} is missing`);
}

/** The files of a part: one, or of the probes several or none. */
function filesOf(names: Fields, part: (typeof PARTS)[number]): readonly string[] {
  if (part !== 'probes') return [names.string(part)];
  const value = names.raw('probes');
  const listed = value === undefined ? [] : Array.isArray(value) ? value : [value];
  return listed.map((name, i) => (typeof name === 'string' ? name : names.fail(`probes[${i}]`, 'must be a string')));
}

/**
 * What files that are not of the kit's own form give to the parts that name them; one that several parts name is split between them. Every
 * row must be good: there is nobody here who would be told of what was left out.
 */
function foreignRows(files: PickedFiles, names: Fields): ReadonlyMap<string, readonly KitPrompt[]> {
  const uses = new Map<string, KitUse[]>();
  for (const use of PARTS) for (const file of filesOf(names, use)) uses.set(file, [...(uses.get(file) ?? []), use]);
  const found = new Map<string, readonly KitPrompt[]>();
  for (const [file, own] of uses) {
    const made = foreign(file, open(files, file));
    if (made === null) continue;
    const [bad] = made.left;
    if (bad !== undefined) refuse(`${file}: ${bad.place}: ${bad.reason}`);
    const stem = stemOf(file);
    const named = made.rows.map((row, i) => ({ ...row, stem, id: `${stem}-${String(i + 1).padStart(4, '0')}` }));
    const { given } = shareOut(named, own, 0, roomOf());
    for (const use of own) found.set(`${use} ${file}`, given[use].map(KIT_ROWS[use as (typeof PARTS)[number]]));
  }
  return found;
}

const stemOf = (file: string): string => file.replace(/^.*\//s, '').replace(/\.[^.]*$/, '');

/** A file of somebody else, by its content; null for one of the kit's own. */
function foreign(file: string, bytes: Uint8Array): Recognised | null {
  if (!file.endsWith('.jsonl')) return recognise(file, bytes);
  try {
    const made = recognise(file, bytes);
    return OWN.includes(made.label) ? null : made;
  } catch (error) {
    if (error instanceof AppError) return null; // what is wrong is said where the kit's own rows are read
    throw error;
  }
}

/** A row may have these keys and no others. */
function keys(row: Fields, ...names: readonly string[]): void {
  const other = row.names().find((name) => !names.includes(name));
  if (other !== undefined) row.fail(other.slice(0, 40), 'is no key of this file');
}

function text(row: Fields, name: string): string {
  const value = textOf(row, name);
  return value.trim() === '' || value.length > MAX_TEXT ? row.fail(name, `must have 1 to ${MAX_TEXT} characters`) : value;
}

function oneOf<T extends string>(row: Fields, name: string, allowed: readonly T[]): T {
  const value = row.string(name);
  return allowed.find((item) => item === value) ?? row.fail(name, `must be one of ${allowed.join(', ')}`);
}

function demonstration(row: Fields): KitDemonstration {
  keys(row, 'id', 'topic', 'kind', 'polarity', 'twin', 'prompt', 'thought', 'answer');
  return {
    id: text(row, 'id'),
    topic: text(row, 'topic'),
    kind: oneOf(row, 'kind', ['helpful', 'honest', 'harmless']),
    polarity: oneOf(row, 'polarity', ['positive', 'negative']),
    twin: row.raw('twin') === null ? null : text(row, 'twin'),
    prompt: text(row, 'prompt'),
    thought: text(row, 'thought'),
    answer: text(row, 'answer'),
  };
}

function prompt(row: Fields): KitPrompt {
  keys(row, 'id', 'topic', 'prompt');
  return shared(row);
}

function shared(row: Fields): KitPrompt {
  return { id: text(row, 'id'), topic: text(row, 'topic'), prompt: text(row, 'prompt') };
}

function question(row: Fields): KitQuestion {
  keys(row, 'id', 'topic', 'form', 'prompt', 'choices', 'correct', 'why');
  const form = oneOf(row, 'form', ['two-choice', 'multiple-choice']);
  const choices = row
    .list('choices')
    .map((choice, i) =>
      typeof choice === 'string' && choice.trim() !== '' ? wellFormed(choice) : row.fail(`choices[${i}]`, 'must be a text'),
    );
  if (form === 'two-choice' ? choices.length !== 2 : choices.length < 2 || choices.length > MAX_CHOICES)
    row.fail('choices', `must be ${form === 'two-choice' ? '2' : `2 to ${MAX_CHOICES}`} texts`);
  if (new Set(choices).size !== choices.length) row.fail('choices', 'has one text twice');
  const correct = row
    .list('correct')
    .map((position, i) =>
      Number.isInteger(position) && Number(position) >= 0 && Number(position) < choices.length
        ? Number(position)
        : row.fail(`correct[${i}]`, 'must be a position in choices'),
    );
  if (correct.length === 0 || correct.length === choices.length || (form === 'two-choice' && correct.length !== 1))
    row.fail('correct', 'must name some of the choices, and one of two');
  if (correct.some((position, i) => i > 0 && position <= (correct[i - 1] as number))) row.fail('correct', 'must rise');
  return { ...shared(row), form, choices, correct, why: textOf(row, 'why') };
}
