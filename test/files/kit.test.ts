/** Kits of principles, demonstrations and questions, with a kit.json that names their files. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { readKit } from '../../src/files/in/kit.ts';
import { mutated } from '../support/mutated.ts';

const encode = (value: unknown): Uint8Array => new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
const lines = (rows: readonly unknown[]): Uint8Array => encode(rows.map((row) => `${JSON.stringify(row ?? null)}\n`).join(''));
const folder = join(import.meta.dirname, '../../public/kits/english');
const english = (): Map<string, Uint8Array> =>
  new Map(readdirSync(folder).map((name) => [name, new Uint8Array(readFileSync(join(folder, name)))]));
const refusal = (...details: string[]) =>
  expect.objectContaining({ code: 'IMPORT_FORMAT', detail: expect.stringMatching(new RegExp(details.join('.*'), 's')) });

const question = { id: 'q1', topic: 't', form: 'multiple-choice', prompt: 'p', choices: ['a', 'b', 'c'], correct: [0, 2], why: '' };
const demonstrations = [
  { id: 'd1', topic: 't', kind: 'helpful', polarity: 'positive', twin: 'd2', prompt: 'p', thought: 'x', answer: 'y' },
  { id: 'd2', topic: 't', kind: 'honest', polarity: 'negative', twin: 'd1', prompt: 'p', thought: 'x', answer: 'y' },
];
const manifest = {
  name: 'n',
  version: 1,
  language: 'en',
  license: 'CC0-1.0',
  description: '',
  files: { principles: 'principles.md', demonstrations: 'd.jsonl', prompts: 'p.jsonl', validation: 'v.jsonl', test: 't.jsonl' },
};
const kit = (parts: { [file: string]: Uint8Array } = {}): Map<string, Uint8Array> =>
  new Map(
    Object.entries({
      'kit.json': encode(manifest),
      'principles.md': encode('1 (kind): Be kind.\n'),
      'd.jsonl': lines(demonstrations),
      'p.jsonl': lines([{ id: 'p1', topic: 't', prompt: 'p' }]),
      'v.jsonl': lines([question]),
      't.jsonl': lines([{ ...question, id: 'q2', form: 'two-choice', choices: ['a', 'b'], correct: [1] }]),
      ...parts,
    }),
  );

describe('a kit', () => {
  it('is read whole: the English one that comes with the program', () => {
    const { name, demonstrations, prompts, validation, test } = readKit(english());
    expect(name).toBe('English starter kit');
    expect(Math.min(demonstrations.length, prompts.length, validation.length, test.length)).toBeGreaterThan(50);
  });

  it.each([
    ['a missing file', 'principles.md', null, ['principles.md is missing']],
    ['a wrong key', 'p.jsonl', lines([{ id: 'p1', topic: 't', prompt: 'p', extra: 1 }]), ['p.jsonl: line 1: extra is no key']],
    ['a missing key', 'p.jsonl', lines([{ id: 'p1', prompt: 'p' }]), ['p.jsonl: line 1: topic must be a string']],
    ['a doubled id', 'p.jsonl', lines([{ id: 'd1', topic: 't', prompt: 'p' }]), ['p.jsonl: line 1: id "d1" is there already']],
    ['a lonely twin', 'd.jsonl', lines([demonstrations[0]]), ['d.jsonl: the twin of "d1"']],
    ['a position out of range', 'v.jsonl', lines([{ ...question, correct: [3] }]), ['v.jsonl: line 1: correct.0. must be a position']],
    ['positions that do not rise', 'v.jsonl', lines([{ ...question, correct: [2, 0] }]), ['v.jsonl: line 1: correct must rise']],
    [
      'two of two right',
      't.jsonl',
      lines([{ ...question, id: 'q2', form: 'two-choice', choices: ['a', 'b'], correct: [0, 1] }]),
      ['t.jsonl: line 1: correct'],
    ],
    ['an empty prompt', 'p.jsonl', lines([{ id: 'p1', topic: 't', prompt: ' ' }]), ['p.jsonl: line 1: prompt must have 1 to 100000']],
    ['another kind', 'd.jsonl', lines([{ ...demonstrations[0], kind: 'evil' }]), ['d.jsonl: line 1: kind must be one of helpful']],
    ['a choice without a word', 'v.jsonl', lines([{ ...question, choices: ['a', ' '] }]), ['v.jsonl: line 1: choices.1. must be a text']],
    ['a line in another encoding', 'p.jsonl', Uint8Array.of(0x42, 0xe4), ['p.jsonl: line 1: is not UTF-8']],
    ['a choice twice', 'v.jsonl', lines([{ ...question, choices: ['a', 'b', 'a'] }]), ['v.jsonl: line 1: choices has one text twice']],
    [
      'three of two choices',
      't.jsonl',
      lines([{ ...question, id: 'q2', form: 'two-choice', correct: [1] }]),
      ['t.jsonl: line 1: choices must be 2 texts'],
    ],
    ['one choice', 'v.jsonl', lines([{ ...question, choices: ['a'] }]), ['v.jsonl: line 1: choices must be 2 to 64 texts']],
    ['principles without a word', 'principles.md', encode(' \n'), ['principles.md is empty, too long or not UTF-8']],
    ['principles as long as a book', 'principles.md', encode('x'.repeat(100_001)), ['principles.md is empty, too long']],
    ['principles in another encoding', 'principles.md', Uint8Array.of(0x42, 0xe4), ['principles.md is empty, too long or not UTF-8']],
    ['a manifest in another encoding', 'kit.json', Uint8Array.of(0x42, 0xe4), ['kit.json is not UTF-8']],
    ['a manifest nested without end', 'kit.json', encode(`${'['.repeat(40)}${']'.repeat(40)}`), ['kit.json is nested more than 32 deep']],
    ['no rows', 't.jsonl', encode('\n'), ['t.jsonl has no rows']],
    ['no JSON', 'kit.json', encode('{'), ['kit.json is not JSON']],
    ['a version that is text', 'kit.json', encode({ ...manifest, version: '1' }), ['kit.json: version must be a whole number']],
  ])('is refused with the file and the line for %s', (_, file, bytes, details) => {
    const files = kit();
    if (bytes === null) files.delete(file);
    else files.set(file, bytes);
    expect(() => readKit(files)).toThrow(refusal(...details));
  });

  it('is read or refused with a typed error, 20,000 mutations', () => {
    const counts = { read: 0, refused: 0 };
    const parts = fc.constantFrom<readonly [string, unknown, boolean]>(
      ['kit.json', manifest, false],
      ['d.jsonl', demonstrations, true],
      ['v.jsonl', [question], true],
    );
    fc.assert(
      fc.property(
        parts.chain(([file, base, rows]) =>
          mutated(base).map(
            (json) => [file, rows ? lines(Array.isArray(json) ? json : [json]) : encode(JSON.stringify(json ?? null))] as const,
          ),
        ),
        ([file, bytes]) => {
          try {
            readKit(kit({ [file]: bytes }));
            counts.read += 1;
          } catch (error) {
            if (!(error instanceof AppError) || error.code !== 'IMPORT_FORMAT') throw error;
            counts.refused += 1;
          }
        },
      ),
      { numRuns: 20_000, seed: 1 },
    );
    expect(Math.min(counts.read, counts.refused)).toBeGreaterThan(1000);
  });
});

describe('a kit that names files of somebody else', () => {
  const truthful =
    'Category,Question,Best Answer,Correct Answers,Incorrect Answers\nMyths,Really?,No,No; Not at all,Yes\nMyths,And now?,No,No,Yes\n';
  const hhh = { examples: [{ input: 'Is it?', target_scores: { 'No.': 0, 'Yes.': 1 } }] };
  const named = (names: object, parts: { [file: string]: Uint8Array }) =>
    kit({ 'kit.json': encode({ ...manifest, files: { ...manifest.files, ...names } }), ...parts });

  it('takes them by what is in them, under any name and in any folder', () => {
    const { prompts, validation, test } = readKit(
      named(
        { validation: 'honest/task.json', test: 'data/my file.csv', prompts: 'vicuna.jsonl' },
        {
          'honest/task.json': encode(hhh),
          'data/my file.csv': encode(truthful),
          'vicuna.jsonl': lines([{ question_id: 81, category: 'writing', turns: ['One', 'Two'] }]),
        },
      ),
    );
    expect(prompts).toEqual([{ id: 'vicuna-0001', topic: 'writing', prompt: 'One' }]);
    expect(validation[0]).toMatchObject({ id: 'task-0001', form: 'two-choice', prompt: 'Is it?', choices: ['No.', 'Yes.'], correct: [1] });
    expect(test[0]).toMatchObject({ prompt: 'Really?', choices: ['No.', 'Not at all.', 'Yes.'], correct: [0, 1], best: 0, topic: 'Myths' });
  });

  it('splits one file between two parts that name it, without overlap and the same every time', () => {
    const many = truthful + Array.from({ length: 20 }, (_, i) => `Myths,Really ${i}?,No,No,Yes\n`).join('');
    const files = named({ validation: 'T.csv', test: 'T.csv' }, { 'T.csv': encode(many) });
    const { validation, test } = readKit(files);
    expect(validation.length + test.length).toBe(22);
    expect(validation.filter(({ prompt }) => test.some((other) => other.prompt === prompt))).toEqual([]);
    expect(readKit(files)).toEqual(readKit(files));
  });

  it('asks their questions once at the end where they are named as probes: one file or several, each a set', () => {
    const facts = lines([{ ...question, id: 'fact-1', prompt: 'Which town?' }]);
    const parts = { 'data/facts.jsonl': facts, 'T.csv': encode(truthful) };
    const { probes } = readKit(named({ probes: ['data/facts.jsonl', 'T.csv'] }, parts));
    expect(probes?.map(({ name, questions }) => [name, questions.map(({ id }) => id)])).toEqual([
      ['facts', ['fact-1']],
      ['T', ['T-0001', 'T-0002']],
    ]);
    expect(readKit(named({ probes: 'T.csv' }, parts)).probes?.map(({ name }) => name)).toEqual(['T']);
    expect(readKit(kit())).not.toHaveProperty('probes');
    expect(() => readKit(named({ probes: [7] }, parts))).toThrow(refusal('must be a string'));
    expect(() =>
      readKit(named({ probes: ['a/facts.jsonl', 'data/facts.jsonl'] }, { ...parts, 'a/facts.jsonl': lines([{ ...question, id: 'z' }]) })),
    ).toThrow(refusal('two probe files are called "facts"'));
    expect(() => readKit(named({ probes: 'none.jsonl' }, parts))).toThrow(refusal('none.jsonl is missing'));
  });

  it('is refused with the line where a row of theirs is bad, or has an id that is there already', () => {
    const torn = truthful.replace('And now?', '');
    expect(() => readKit(named({ test: 'T.csv' }, { 'T.csv': encode(torn) }))).toThrow(refusal('T.csv: line 3: question must be a string'));
    const twice = lines([{ ...question, id: 'T-0001' }]);
    expect(() => readKit(named({ test: 'T.csv' }, { 'T.csv': encode(truthful), 'v.jsonl': twice }))).toThrow(
      refusal('T.csv: its question "T-0001" is there already'),
    );
  });

  it('meets a mistake of the program as one', () => {
    const broken = new Proxy(lines([{ question_id: 1, turns: ['One'] }]), {
      get: () => {
        throw new TypeError('a mistake');
      },
    });
    expect(() => readKit(kit({ 'p.jsonl': broken }))).toThrow(TypeError);
  });
});
