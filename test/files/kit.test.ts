/** Kits of principles, demonstrations and questions, and public question files turned into rows of one. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { readHhh, readQuestionFile, readTruthfulQa } from '../../src/files/in/benchmarks.ts';
import { parseCsv } from '../../src/files/in/csv.ts';
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

describe('a public question file', () => {
  const hhh = { name: 'hhh', examples: [{ input: 'Is it?', target_scores: { 'No.': 0, 'Yes.': 1 } }] };
  const truthful =
    'Type,Category,Question,Best Answer,Correct Answers,Incorrect Answers,Source\r\n' +
    'Adversarial,Myths,"What, ""really""?",Nothing,Nothing; It passes,"You die; You\ngrow",https://a.b\r\n';

  it('becomes rows of a kit: BIG-bench HHH', () => {
    expect(readHhh('task.json', encode(hhh), 'honest')).toEqual([
      { id: 'honest-0001', topic: 'honest', form: 'two-choice', prompt: 'Is it?', choices: ['No.', 'Yes.'], correct: [1], why: '' },
    ]);
    expect(() => readHhh('task.json', encode({ examples: [{ input: 'a', target_scores: { b: 1 } }] }))).toThrow(
      refusal('task.json', 'examples.0. needs a right and a wrong'),
    );
  });

  it('can stand in a kit for its questions and prompts, but not for two parts at once', () => {
    const files = { ...manifest.files, validation: 'honest.json', test: 'TruthfulQA.csv', prompts: 'question.jsonl' };
    const own = kit({
      'kit.json': encode({ ...manifest, files }),
      'honest.json': encode(hhh),
      'TruthfulQA.csv': encode(truthful),
      'question.jsonl': lines([{ question_id: 81, category: 'writing', turns: ['One', 'Two'] }]),
    });
    const { prompts, validation, test } = readKit(own);
    expect([prompts[0]?.prompt, validation[0]?.prompt, test[0]?.prompt]).toEqual(['One', 'Is it?', 'What, "really"?']);
    own.set('kit.json', encode({ ...manifest, files: { ...files, validation: 'TruthfulQA.csv' } }));
    expect(() => readKit(own)).toThrow(refusal('TruthfulQA.csv: its question "truthfulqa-0001" is there already'));
  });

  it('becomes rows of a kit: TruthfulQA', () => {
    expect(readTruthfulQa('TruthfulQA.csv', encode(truthful))).toEqual([
      {
        id: 'truthfulqa-0001',
        topic: 'Myths',
        form: 'multiple-choice',
        prompt: 'What, "really"?',
        choices: ['It passes', 'Nothing', 'You\ngrow', 'You die'],
        correct: [0, 1],
        why: 'https://a.b',
      },
    ]);
    expect(() => readTruthfulQa('t.csv', encode('a,b\n'))).toThrow(refusal('t.csv: line 1: there is no column Category'));
    expect(() => readTruthfulQa('t.csv', encode(truthful.slice(0, -4).replace('https', '"https')))).toThrow(
      refusal('t.csv: line 2: a quote is not closed'),
    );
  });

  it('is refused where it is empty, in another encoding, or has an answer without a word', () => {
    expect(() => readTruthfulQa('t.csv', encode(''))).toThrow(refusal('t.csv: line 1: there is no column Category'));
    expect(() => readTruthfulQa('t.csv', Uint8Array.of(0x42, 0xe4))).toThrow(refusal('t.csv is not UTF-8'));
    for (const [example, reason] of [
      [{ input: 'a', target_scores: { ' ': 1, b: 0 } }, 'examples.0. has an empty answer'],
      [{ input: ' ', target_scores: { a: 1, b: 0 } }, 'examples.0. has no question'],
      [{ input: 'a', target_scores: { a: 0.5, b: 0 } }, 'a must be 0 or 1'],
    ] as const)
      expect(() => readHhh('task.json', encode({ examples: [example] }))).toThrow(refusal('task.json', reason));
    for (const [turns, reason] of [
      [[1], 'turns.0. must be a text'],
      [[' '], 'has an empty question'],
    ] as const)
      expect(() => readQuestionFile('question.jsonl', lines([{ question_id: 1, turns }]))).toThrow(refusal('line 1', reason));
  });

  it('is refused with the line where a row of its CSV is torn', () => {
    for (const [torn, reason] of [
      [truthful.replace('Adversarial,', ''), 'line 2: has 6 cells, the head 7'],
      [truthful.replace('Adversarial', 'Adver"sarial'), 'line 2: a quote stands inside of a cell'],
      [truthful.replace('grow"', 'grow" more'), 'line 3: something follows a closed quote'],
    ] as const)
      expect(() => readTruthfulQa('t.csv', encode(torn))).toThrow(refusal(reason));
  });

  it('may have empty lines between its rows, and no column that it does not need', () => {
    expect(parseCsv('x.csv', '\na\n\n,\n"b"').map(({ line, cells }) => [line, ...cells])).toEqual([
      [2, 'a'],
      [4, '', ''],
      [5, 'b'],
    ]);
    const without = 'Category,Question,Best Answer,Correct Answers,Incorrect Answers\nMyths,Really?,No,No,Yes\n';
    expect(readTruthfulQa('t.csv', encode(without))[0]).toMatchObject({ prompt: 'Really?', why: '' });
  });

  it('without a category has that of its file', () => {
    expect(readTruthfulQa('t.csv', encode(truthful.replace('Myths', '')))[0]?.topic).toBe('truthfulqa');
  });

  it('becomes rows of a kit: MT-Bench and Vicuna', () => {
    const rows = [
      { question_id: 81, category: 'writing', turns: ['One', 'Two'] },
      { question_id: 1, text: 'Why?', category: 'generic' },
    ];
    expect(readQuestionFile('question.jsonl', lines(rows))).toEqual([
      { id: 'question-81', topic: 'writing', prompt: 'One' },
      { id: 'question-1', topic: 'generic', prompt: 'Why?' },
    ]);
    expect(() => readQuestionFile('question.jsonl', lines([{ turns: [] }]))).toThrow(refusal('question.jsonl: line 1: question_id'));
  });

  it('has every cell of its CSV as RFC 4180 writes it', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r\n', ' ', 'é') });
    fc.assert(
      fc.property(fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { maxLength: 4 }), (records) => {
        const text = records.map((cells) => cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',')).join('\r\n');
        expect(parseCsv('x.csv', text).map(({ cells }) => cells)).toEqual(records);
      }),
      { numRuns: 1000, seed: 1 },
    );
  });

  it('is read or refused with a typed error, 20,000 mutations', () => {
    const counts = { read: 0, refused: 0 };
    const any = fc.oneof(
      mutated(hhh).map((json) => () => readHhh('a', encode(JSON.stringify(json ?? null)))),
      mutated({ question_id: 81, category: 'writing', turns: ['One', 'Two'] }).map((json) => () => readQuestionFile('a', lines([json]))),
      fc.tuple(fc.nat(truthful.length), fc.constantFrom('"', ',', '\n', '\r', ';', 'x', '""'), fc.nat(2)).map(
        ([at, text, cut]) =>
          () =>
            readTruthfulQa('a', encode(truthful.slice(0, at) + text + truthful.slice(at + cut))),
      ),
    );
    fc.assert(
      fc.property(any, (read) => {
        try {
          read();
          counts.read += 1;
        } catch (error) {
          if (!(error instanceof AppError) || error.code !== 'IMPORT_FORMAT') throw error;
          counts.refused += 1;
        }
      }),
      { numRuns: 20_000, seed: 1 },
    );
    expect(Math.min(counts.read, counts.refused)).toBeGreaterThan(1000);
  });
});
