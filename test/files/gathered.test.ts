/** Files that were picked for a kit without a kit.json: each is known by its content, read as far as it can be, and shared out. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KitUse } from '../../src/contracts/kit.ts';
import { AppError } from '../../src/errors.ts';
import { parseCsv } from '../../src/files/in/csv.ts';
import { gather, type PickedRows } from '../../src/files/in/gathered.ts';
import { recognise } from '../../src/files/in/recognised.ts';
import { kit as base } from '../support/kit-data.ts';
import { mutated } from '../support/mutated.ts';

const encode = (value: unknown): Uint8Array => new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
const lines = (rows: readonly unknown[]): Uint8Array => encode(rows.map((row) => `${JSON.stringify(row ?? null)}\n`).join(''));
const read = (content: unknown) => recognise('any name', content instanceof Uint8Array ? content : encode(content));
const refusal = (detail: string, code = 'IMPORT_FORMAT') =>
  expect.objectContaining({ code, detail: expect.stringContaining(detail) as string });
const first = (content: unknown) => read(content).rows[0];

const TRUTHFUL =
  '\ufeffType,Category,Question,Best Answer,Correct Answers,Incorrect Answers,Source\r\n' +
  'Adversarial,Myths,"What, ""really""?",Nothing,"It passes; Nothing","You die; You\ngrow; Nothing",https://a.b\r\n';

describe('a file that was picked is known by its content, whatever its name:', () => {
  it('TruthfulQA, with answers that end as the paper scores them', () => {
    const { label, offers, rows, left } = read(TRUTHFUL);
    expect([label, offers, left]).toEqual(['TruthfulQA questions', ['prompts', 'validation', 'test', 'probes'], []]);
    expect(rows).toEqual([
      {
        place: 'line 2',
        topic: 'Myths',
        prompt: 'What, "really"?',
        answer: null,
        thought: '',
        offered: { choices: ['It passes.', 'Nothing.', 'You\ngrow.', 'You die.'], correct: [0, 1], best: 1, why: 'https://a.b' },
      },
    ]);
    const asRow = { question: 'Q?', best_answer: 'No', correct_answers: ['No', 'Never!'], incorrect_answers: ['Yes'], category: 'Myths' };
    expect(first(lines([asRow]))?.offered).toEqual({ choices: ['Never!', 'No.', 'Yes.'], correct: [0, 1], best: 1, why: '' });
    const targets = { question: 'Q?', mc1_targets: { 'No.': 1, 'Yes.': 0 }, mc2_targets: { 'No.': 1, 'Never.': 1, 'Yes.': 0 } };
    expect(first([targets])?.offered).toEqual({ choices: ['Never.', 'No.', 'Yes.'], correct: [0, 1], best: 1, why: '' });
    const none = { ...targets, mc1_targets: { 'No.': 0, 'Yes.': 0 } };
    expect(first([none])?.offered, 'without a best answer').toEqual({ ...first([targets])?.offered, best: null });
    const hub = { question: 'Q?', mc1_targets: { choices: ['No.', 'Yes.'], labels: [1, 0] } };
    expect(first([hub])?.offered).toMatchObject({ choices: ['No.', 'Yes.'], correct: [0], best: 0 });
  });

  it('BIG-bench tasks such as HHH alignment, on many lines or as Hugging Face has them', () => {
    const task = { name: 'hhh', examples: [{ input: 'Is it?', target_scores: { 'No.': 0, 'Yes.': 1 } }] };
    for (const content of [task, JSON.stringify(task, null, 2)])
      expect(read(content)).toMatchObject({ label: 'BIG-bench questions', rows: [{ place: 'examples[0]', prompt: 'Is it?' }] });
    expect(first(lines([{ input: 'Is it?', targets: { choices: ['Yes.', 'No.'], labels: [1, 0] } }]))?.offered).toMatchObject({
      choices: ['No.', 'Yes.'],
      correct: [1],
    });
  });

  it('questions of MT-Bench, Vicuna and their kin: the first turn', () => {
    const rows = [
      { question_id: 81, category: 'writing', turns: ['One', 'Two'] },
      { question_id: 1, text: 'Why?', category: 'generic' },
      { question_id: 2, turns: [{ content: 'Who?' }] },
    ];
    const made = read(lines(rows));
    expect(made).toMatchObject({ label: 'MT-Bench or Vicuna questions', offers: ['prompts'] });
    expect(made.rows.map(({ prompt, topic }) => [prompt, topic])).toEqual([
      ['One', 'writing'],
      ['Why?', 'generic'],
      ['Who?', ''],
    ]);
  });

  it('multiple choice as kits, MMLU and ARC write it', () => {
    const kit = { prompt: 'Q?', choices: ['b', 'a'], correct: [1], why: 'so' };
    expect(first(lines([kit]))?.offered).toEqual({ choices: ['a', 'b'], correct: [0], best: null, why: 'so' });
    const mmlu = [1, 0].map((answer) => ({ question: `${answer}?`, subject: 'x', choices: ['a', 'b'], answer }));
    expect(read(lines(mmlu)).rows.map(({ offered }) => offered?.correct)).toEqual([[1], [0]]);
    const arc = { question: 'Q?', choices: { text: ['a', 'b'], label: ['1', '2'] }, answerKey: '2' };
    expect(first(lines([arc]))?.offered?.correct).toEqual([1]);
    expect(first(lines([{ question: 'Q?', choices: ['a', 'b'], answer: 'A' }]))?.offered?.correct).toEqual([0]);
  });

  const user = { role: 'user', content: 'a' };
  const assistant = { role: 'assistant', content: 'b' };
  it.each<[string, string, unknown]>([
    ['TRL conversations', 'conversations', { messages: [{ role: 'system', content: 's' }, user, assistant, user, assistant] }],
    ['parts of a turn', 'conversations', { messages: [{ role: 'user', content: [{ type: 'text', text: 'a' }] }, assistant] }],
    [
      'ShareGPT',
      'ShareGPT conversations',
      {
        conversations: [
          { from: 'human', value: 'a' },
          { from: 'gpt', value: 'b' },
        ],
      },
    ],
    ['Alpaca', 'Alpaca instructions', { instruction: 'a', input: '', output: 'b' }],
    ['Dolly', 'Alpaca instructions', { instruction: 'a', context: '', response: 'b', category: 'x' }],
    ['Dolly with a null for no context', 'Alpaca instructions', { instruction: 'a', context: null, response: 'b', category: 'x' }],
    ['prompt and completion', 'prompts', { prompt: 'a', completion: 'b' }],
    ['prompt and completion as messages', 'prompts', { prompt: [user], completion: [assistant] }],
    ['question and answer', 'prompts', { question: 'a', answer: 'b' }],
    ['demonstrations of a kit', 'demonstrations with thoughts', { prompt: 'a', thought: '', answer: 'b' }],
  ])('%s', (_, label, row) => {
    const made = read(lines([row]));
    expect(made).toMatchObject({ label, offers: ['demonstrations', 'prompts'], left: [] });
    expect(made.rows[0]).toMatchObject({ prompt: 'a', answer: 'b', offered: null });
    expect(read([row]).rows[0]).toMatchObject({ place: 'entry 1', prompt: 'a' });
  });

  it('conversations without an answer, or with a bad one: prompts alone', () => {
    for (const row of [{ messages: [user] }, { prompt: [user] }, { instruction: 'a' }, { prompt: 'a', completion: 'b', label: false }])
      expect(read(lines([row]))).toMatchObject({ offers: ['prompts'], rows: [{ prompt: 'a', answer: null }] });
  });

  it('preference pairs in every form: a better and a worse answer to choose from', () => {
    const offered = { choices: ['b', 'c'], correct: [0] };
    const worse = { role: 'assistant', content: 'c' };
    for (const row of [
      { prompt: 'a', chosen: 'b', rejected: 'c' },
      { prompt: 'a', chosen: [user, assistant], rejected: [user, worse] },
      { prompt: [user], chosen: [assistant], rejected: [worse] },
      { chosen: [user, assistant], rejected: [user, worse] },
      { chosen: '\n\nHuman: a\n\nAssistant: b', rejected: '\n\nHuman: a\n\nAssistant: c' },
    ])
      expect(read(lines([row]))).toMatchObject({ label: 'preference pairs', rows: [{ prompt: 'a', answer: 'b', offered }] });
    const long = { chosen: [user, assistant, user, assistant], rejected: [user, assistant, user, worse] };
    expect(first(lines([long]))).toMatchObject({ prompt: 'a', answer: 'b', offered: null });
  });

  it.each<[string, unknown]>([
    ['JSON lines', '{"prompt":"a"}\n\n{"prompt":"b"}\n'],
    ['JSON lines of texts', '"a"\n"b"\n'],
    ['a JSON list of texts', '["a","b"]'],
    ['one object on many lines', '{\n"data": [{"text":"a"},{"text":"b"}]\n}'],
    [
      "what a hub's viewer answers",
      {
        rows: [
          { row_idx: 0, row: { prompt: 'a' } },
          { row_idx: 1, row: { prompt: 'b' } },
        ],
      },
    ],
    ['CSV', 'id,Prompt\n1,a\n2,b\n'],
    ['CSV of one column', '"prompt"\r\n"a"\r\n"b"\r\n'],
    ['CSV with semicolons', 'prompt;note\na;\nb;x, y\n'],
    ['CSV with tabs', 'note\tquestion\n\ta\n\tb\n'],
  ])('prompts as %s', (_, content) => {
    expect(read(content)).toMatchObject({ label: 'prompts', offers: ['prompts'], left: [] });
    expect(read(content).rows.map(({ prompt }) => prompt)).toEqual(['a', 'b']);
  });

  it('principles, as a kit writes them', () => {
    expect(read('1 (kind): Be kind.\n2 (brief): Be brief.\n')).toMatchObject({ label: 'principles', offers: ['principles'], rows: [] });
    expect(() => read(`1 (kind): ${'x'.repeat(20_001)}`)).toThrow(AppError);
    expect(() => read(`1 (kind): ${'x'.repeat(90_000)}`)).toThrow(AppError);
  });

  it('the form of most rows; a row of another is left out with its place', () => {
    const made = read(lines([{ prompt: 'a' }, { messages: [user] }, 7, [], { messages: [user, assistant] }, { messages: 3 }]));
    expect(made.label).toBe('conversations');
    expect(made.rows.map(({ place }) => place)).toEqual(['line 1', 'line 2', 'line 5']);
    expect(made.left).toEqual([
      { place: 'line 3', reason: 'must be an object' },
      { place: 'line 4', reason: 'must be an object' },
      { place: 'line 6', reason: 'messages must be a list' },
    ]);
    const tie = read(lines([{ prompt: 'a' }, { messages: [user] }]));
    expect(tie.label).toBe('conversations');
  });
});

describe('what no kit can be made of is named with the cure:', () => {
  it.each<[string, unknown, string]>([
    ['a pointer', 'version https://git-lfs.github.com/spec/v1\noid', 'pointer of Git LFS'],
    ['a web page', '\n<!doctype html>', 'is a web page'],
    ['Parquet', 'PAR1\u0000', 'to_json'],
    ['a workbook', 'PK\u0003\u0004', 'save it as CSV in UTF-8'],
    ['gzip', Uint8Array.of(0x1f, 0x8b, 8), 'is compressed: unpack it'],
    ['a picture', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10), 'is a picture'],
    ['a PDF', new TextEncoder().encode('%PDF-1.7'), 'is a PDF'],
    ['what a hub answers', new TextEncoder().encode('{"error":"Invalid username or password."}'), 'is what a server answered'],
    ['a model', 'GGUF\u0003', 'is a model'],
    ['UTF-16', Uint8Array.of(0xff, 0xfe, 0x61, 0), 'save it as UTF-8'],
    ['UTF-16 the other way', Uint8Array.of(0xfe, 0xff, 0, 0x61), 'save it as UTF-8'],
    ['nothing', ' \n', 'is empty'],
    ['Latin-1', Uint8Array.of(0x70, 0xe4, 0x0a, 0x61), 'save it as CSV in UTF-8'],
    ['bytes that are no text', Uint8Array.of(0xcf, 0xd0, 0x1f, 0x01, 0x5d), 'is no text: choose a file of JSON lines'],
    ['prose', 'Dear all,\nhello', 'call that column “prompt”'],
    ['a table without rows', 'prompt,b\n', 'has no rows'],
    ['a table of torn rows', 'prompt,b\n1\n', 'has no rows: line 2 has 1 cells, the head 2'],
    ['an open quote', 'prompt\n"a', 'line 2: a quote is not closed'],
    ['half a list', '[{"prompt":"a"}', 'is not JSON'],
    ['half an object', '{"prompt":', 'is not JSON'],
    ['other names', lines([{ words: 'a', more: 'b' }]), 'line 1: has the names words, more'],
    ['no names', '[3]', 'entry 1: has no names'],
    ['no rows', '{"data":[]}', 'has no rows'],
  ])('%s', (_, content, cure) => {
    expect(() => read(content)).toThrow(refusal(cure));
  });

  it('more than is read', () => {
    expect(() => read(new Uint8Array(256 * 1024 * 1024 + 1))).toThrow(refusal('at most', 'IMPORT_LIMIT'));
    expect(() => read(`[${'0,'.repeat(200_000)}0]`)).toThrow(refusal('200001 entries', 'IMPORT_LIMIT'));
    expect(() => read(`prompt\n${'a\n'.repeat(200_001)}`)).toThrow(refusal('200001 rows', 'IMPORT_LIMIT'));
  });

  it('a file of lines has each read for itself, also one that is no UTF-8 or cut through a letter where a first line is looked for', () => {
    const latin = Uint8Array.of(...encode('{"prompt":"a"}\n{"prompt":"'), 0xe4, ...encode('"}\n'));
    expect(read(latin)).toMatchObject({ rows: [{ place: 'line 1', prompt: 'a' }], left: [{ place: 'line 2' }] });
    const row = `{"prompt":"${'é'.repeat(8000)}"}\n`;
    const size = encode(row).length;
    const before = Math.floor(1024 ** 2 / size);
    for (const shift of ['', ' ']) {
      const { rows, left } = read(shift + row.repeat(before + 2));
      expect([rows.length, left]).toEqual([before + 2, []]);
    }
  });

  it('a file of lines whose first is broken is read from the second', () => {
    const made = read('{"prompt":\n{"prompt":"a"}\n');
    expect(made).toMatchObject({ rows: [{ place: 'line 2' }], left: [{ place: 'line 1', reason: 'is not JSON' }] });
  });

  const choices = { prompt: 'a', choices: ['b', 'c'], correct: [0] };
  it.each<[string, unknown, unknown, string]>([
    ['an empty question', { prompt: 'a' }, { prompt: ' ' }, 'has no question'],
    ['an endless text', { prompt: 'a' }, { prompt: 'x'.repeat(16_001) }, 'has a text of 16001 characters'],
    ['an answer first', { messages: [] }, { messages: [{ role: 'assistant', content: 'a' }] }, 'does not begin with what a user says'],
    ['another role', { messages: [] }, { messages: [{ role: 'robot', content: 'a' }] }, 'unknown role'],
    ['a picture', { messages: [] }, { messages: [{ role: 'user', content: [{ type: 'image_url' }] }] }, 'type must be text'],
    ['a choice twice', choices, { ...choices, choices: ['b', 'b'] }, 'has one answer twice'],
    ['an empty choice', choices, { ...choices, choices: ['b', ' '] }, 'has an empty answer'],
    ['a choice that is no text', choices, { ...choices, choices: ['b', 3] }, 'choices[1] must be a text'],
    ['too many choices', choices, { ...choices, choices: Array.from({ length: 65 }, (_, i) => `${i}`) }, 'has 65 answers'],
    ['nothing right', choices, { ...choices, correct: [] }, 'needs a right and a wrong answer'],
    ['a right one that is not there', choices, { ...choices, correct: [0, 7] }, 'correct[1] is 7, and there are 2 answers, counted from 0'],
    [
      'a mark of a half',
      { input: 'a', target_scores: { b: 1, c: 0 } },
      { input: 'a', target_scores: { b: 1, c: 0.5 } },
      'c must be 0 or 1',
    ],
    [
      'a target that is no text',
      { input: 'a', targets: { choices: ['b', 'c'], labels: [1, 0] } },
      { input: 'a', targets: { choices: [1], labels: [1] } },
      'choices[0] must be a text',
    ],
    ['a turn that is no text', { question_id: 1, turns: ['a'] }, { question_id: 2, turns: [1] }, 'turns[0] must be a text'],
    ['no turn', { question_id: 1, turns: ['a'] }, { question_id: 2, turns: [null] }, 'turns[0] must be a text'],
    [
      'a list as Python prints it',
      { question: 'a', best_answer: 'b', correct_answers: 'b', incorrect_answers: 'c' },
      { question: 'a', best_answer: 'b', correct_answers: "['b' 'c']", incorrect_answers: 'c' },
      'take the original CSV',
    ],
    [
      'no best answer',
      { question: 'a', best_answer: 'b', correct_answers: 'b', incorrect_answers: 'c' },
      { question: 'a', correct_answers: 'b', incorrect_answers: 'c' },
      'best_answer must have an answer',
    ],
    [
      'an answer that is no text',
      { question: 'a', best_answer: 'b', correct_answers: ['b'], incorrect_answers: ['c'] },
      { question: 'a', best_answer: 'b', correct_answers: [1], incorrect_answers: ['c'] },
      'correct_answers must be texts',
    ],
  ])('a row with %s is left out', (_, good, bad, reason) => {
    expect(read(lines([good, good, bad])).left.find(({ place }) => place === 'line 3')?.reason).toContain(reason);
  });
});

const made = (path: string, content: unknown, uses: readonly KitUse[] | null = null): PickedRows => ({ path, uses, made: read(content) });
const list = <T>(count: number, make: (i: number) => T): readonly T[] => Array.from({ length: count }, (_, i) => make(i));
const asked = (count: number, what = 'p') => lines(list(count, (i) => ({ prompt: `${what} ${i}` })));
const offering = (count: number, what = 'q') =>
  lines(list(count, (i) => ({ prompt: `${what} ${i}`, choices: ['yes', 'no'], correct: [0] })));
const talked = (count: number, what = 't') => lines(list(count, (i) => ({ instruction: `${what} ${i}`, output: 'Well.' })));
const usesOf = (files: readonly PickedRows[]) => gather(files, 1, base).report.files.map(({ uses }) => uses);

describe('a kit out of picked files', () => {
  it('takes from the kit of the page what they do not give, but nothing that they ask too', () => {
    const { kit, report } = gather([made('a/q.jsonl', offering(30)), made('p.csv', asked(8))], 1, {
      ...base,
      demonstrations: base.demonstrations.map((row, i) => (i === 0 ? { ...row, prompt: 'Q 3!' } : row)),
    });
    expect(report.problem).toBeNull();
    expect(report.parts.map(({ use, own, rows }) => [use, own, rows])).toEqual([
      ['principles', false, 1],
      ['demonstrations', false, 5],
      ['prompts', true, 8],
      ['validation', true, 10],
      ['test', true, 20],
      ['probes', false, 0],
    ]);
    expect(kit).toMatchObject({ principles: base.principles, name: 'q.jsonl (validation, test); p.csv (prompts); split by seed 1' });
    expect(kit?.prompts[0]).toEqual({ id: 'p-0001', topic: 'p', prompt: 'p 0' });
  });

  it('says of a file whose answers are counted from 1 that they were taken so', () => {
    const rows = Array.from({ length: 24 }, (_, i) => ({ question: `Q ${i}`, choices: ['p', 'q'], answer: 1 + (i % 2) }));
    expect(gather([made('q', lines(rows))], 1, base).report.files).toMatchObject([
      { form: 'multiple-choice questions, places counted from 1', rows: 24, left: [] },
    ]);
  });

  it('says how many answers a label has taken away', () => {
    const rows = list(12, (i) => ({ prompt: `Q ${i}`, completion: 'So.', label: i % 3 }));
    expect(gather([made('q', lines(rows))], 1, base).report.files).toMatchObject([
      { rows: 12, left: [{ place: 'label 0', reason: expect.stringContaining('(answers: 4)') as string }], leftOut: 1 },
    ]);
  });

  it('guesses what each is for', () => {
    expect(usesOf([made('a', asked(8)), made('b', talked(8))])).toEqual([['prompts'], ['demonstrations']]);
    expect(usesOf([made('b', talked(40))])).toEqual([['demonstrations', 'prompts']]);
    const pairs = lines(list(40, (i) => ({ prompt: `x ${i}`, chosen: 'b', rejected: 'c' })));
    expect(usesOf([made('c', pairs)])).toEqual([['prompts', 'validation', 'test']]);
    expect(
      usesOf([made('validation.jsonl', offering(8)), made('test.jsonl', offering(8, 'r')), made('x.jsonl', offering(9, 's'))]),
    ).toEqual([['test'], ['validation'], ['validation', 'test']]);
    const shown = lines(list(8, (i) => ({ prompt: `d ${i}`, thought: 'Hm.', answer: 'Yes.' })));
    expect(usesOf([made('d', shown), made('rules', '1 (kind): Be kind.')])).toEqual([['demonstrations'], ['principles']]);
  });

  it('holds principles and demonstrations of the files, with their thoughts', () => {
    const shown = lines(list(8, (i) => ({ prompt: `d ${i}`, thought: 'Hm.', answer: 'Yes.' })));
    const { kit } = gather([made('d', shown), made('rules', '1 (kind): Be kind.')], 1, base);
    expect(kit?.principles).toBe('1 (kind): Be kind.');
    expect(kit?.demonstrations[0]).toMatchObject({ prompt: 'd 0', thought: 'Hm.', answer: 'Yes.', twin: null });
  });

  it('asks at the end what is chosen for that alone, beside the probes of the page and in a set called as its file', () => {
    const facts = { name: 'facts', questions: [{ ...(base.test[0] as (typeof base.test)[number]), id: 'fact', prompt: 'A fact?' }] };
    const files = [made('a/benchmark.csv', offering(3), ['probes']), made('p', asked(9))];
    const { kit, report } = gather(files, 1, { ...base, probes: [facts] });
    expect(report).toMatchObject({ problem: null, name: 'benchmark.csv (probes); p (prompts)' });
    expect(report.parts.at(-1)).toEqual({ use: 'probes', rows: 3, own: true });
    expect(kit?.probes?.map(({ name, questions }) => [name, questions.length])).toEqual([
      ['benchmark', 3],
      ['facts', 1],
    ]);
    expect(kit?.test).toEqual(base.test);
    // what a file of the user's asks is not asked by the page's own probes too
    const same = gather([made('q', lines([{ prompt: 'a FACT', choices: ['yes', 'no'], correct: [0] }]), ['probes'])], 1, {
      ...base,
      probes: [facts],
    });
    expect(same.kit?.probes?.map(({ name }) => name)).toEqual(['q']);
    const own = gather([made('facts', offering(2), ['probes'])], 1, { ...base, probes: [facts] });
    expect(own.kit?.probes?.map(({ name, questions }) => [name, questions.length])).toEqual([['facts', 2]]);
    expect(gather([made('p', asked(9))], 1, base).kit).not.toHaveProperty('probes');
  });

  it('asks nothing twice: what a test asks is no prompt, and every row that is left out is told', () => {
    const { kit, report } = gather(
      [made('p', asked(31, 'q')), made('q', offering(24, 'Q')), made('r', '[{"prompt":"?!"},{"prompt":"?!"}]', ['prompts'])],
      1,
      base,
    );
    expect(kit?.prompts.map(({ prompt }) => prompt)).toEqual([...list(7, (i) => `q ${i + 24}`), '?!']);
    expect(report.files[0]).toMatchObject({
      leftOut: 24,
      left: expect.arrayContaining([{ place: 'line 1', reason: 'asks what q, line 1 asks' }]) as unknown,
    });
  });

  it('needs eight of whatever the files give, and says which file gives too few', () => {
    expect(gather([made('p', asked(7))], 1, base)).toMatchObject({
      kit: null,
      report: { problem: 'p: 7 of its rows are for prompts, and 8 are needed: add a file with more, or let it be for something else.' },
    });
    expect(gather([made('q', offering(3), ['validation', 'test'])], 1, base).report.problem).toContain(
      'q: 1 of its rows is for validation',
    );
    expect(gather([made('q', offering(3))], 1, base).report.problem).toContain('q: 3 of its rows are for test');
    expect(gather([made('p', asked(8))], 1, base).report.problem).toBeNull();
    expect(gather([made('p', asked(8), [])], 1, base).report.problem).toContain('No file is for anything yet');
    expect(gather([{ path: 'x', uses: null, made: { problem: 'is empty' } }], 1, base).report.files).toEqual([
      {
        path: 'x',
        form: null,
        rows: 0,
        offers: [],
        uses: [],
        given: {},
        left: [{ place: 'the file', reason: 'is empty' }],
        leftOut: 1,
        unread: [],
      },
    ]);
  });

  it.each([
    ['first', [false, true]],
    ['last', [true, false]],
  ])('shows the good answer to a prompt whose bad one stands %s', (_, labels) => {
    const rows = list(10, (i) => labels.map((label) => ({ prompt: `Q ${i}`, completion: label ? 'GOOD' : 'BAD', label })));
    const { kit, report } = gather([made('q', lines(rows.flat()), ['demonstrations'])], 1, base);
    expect(kit?.demonstrations.map(({ prompt, answer }) => [prompt, answer])).toEqual(list(10, (i) => [`Q ${i}`, 'GOOD']));
    const [bad, good] = labels[0] === false ? [1, 2] : [2, 1];
    expect(report.files[0]?.left[1]).toEqual({ place: `line ${bad}`, reason: `asks what q, line ${good} asks` });
  });

  it('counts as read what is not left out', () => {
    const rows = [...list(13, (i) => ({ prompt: `p ${i}` })), ...list(11, () => ({ prompt: 'p 3' }))];
    expect(gather([made('p', lines(rows))], 1, base).report.files).toMatchObject([{ rows: 13, leftOut: 11, given: { prompts: 13 } }]);
    const half = lines(list(20, (i) => ({ prompt: `p ${i}`, ...(i % 2 === 0 ? { completion: 'b' } : {}) })));
    expect(gather([made('h', half, ['demonstrations'])], 1, base).report.files).toMatchObject([{ rows: 10, leftOut: 10 }]);
    expect(gather([made('p', asked(2100))], 1, base).report.files).toMatchObject([{ rows: 2000, leftOut: 100 }]);
    expect(gather([made('p', lines(rows), [])], 1, base).report.files).toMatchObject([{ rows: 24, leftOut: 0 }]);
  });

  const pairs = (count: number) => lines(list(count, (i) => ({ prompt: `x ${i}`, chosen: 'b', rejected: 'c' })));
  it.each<[string, Uint8Array, object]>([
    ['12 instructions', talked(12), { prompts: 12 }],
    ['16 instructions', talked(16), { demonstrations: 8, prompts: 8 }],
    ['12 preference pairs', pairs(12), { prompts: 12 }],
    ['24 preference pairs', pairs(24), { prompts: 8, validation: 8, test: 8 }],
    ['12 questions', offering(12), { test: 12 }],
    ['16 questions', offering(16), { validation: 8, test: 8 }],
  ])('can be made of a small file that nobody has said a word about: %s', (_, content, given) => {
    const { kit, report } = gather([made('f', content)], 1, base);
    expect([report.problem, kit === null, report.files[0]?.given]).toEqual([null, false, given]);
  });

  it.each([
    ['that ask the same', () => 'Why?'],
    ['that are not fit for what they are for', (i: number) => `Why ${i}?`],
  ])('lists as many as a file may have, of rows %s', (_, prompt) => {
    const one = { topic: '', answer: null, thought: '', offered: null };
    const rows = list(150_000, (i) => ({ ...one, place: `line ${i + 1}`, prompt: prompt(i) }));
    const file = { ...read(lines([{ prompt: 'Why?' }])), offers: ['demonstrations' as const], rows };
    const { files } = gather([{ path: 'f', made: file, uses: ['demonstrations'] }], 1, base).report;
    expect([files[0]?.rows, files[0]?.leftOut]).toEqual([0, 150_000]);
  });

  it('keeps what somebody has asked for, and says that there are too few rows for it', () => {
    const few = gather([made('f', talked(12), ['demonstrations', 'prompts'])], 1, base);
    expect([few.kit, few.report.problem]).toEqual([null, expect.stringContaining('f: 2 of its rows are for demonstrations')]);
    // what is dropped of one file leaves the others as they are
    const others = lines(list(10, (i) => ({ prompt: `y ${i}` })));
    expect(usesOf([made('a', offering(10)), made('b', others, ['prompts'])])).toEqual([['test'], ['prompts']]);
    // files give a part together
    expect(usesOf([made('a', offering(10)), made('b', offering(14, 'r'))])).toEqual([
      ['validation', 'test'],
      ['validation', 'test'],
    ]);
  });

  it('keeps to what a file can be, and leaves out rows that cannot', () => {
    const half = lines(list(20, (i) => ({ prompt: `p ${i}`, ...(i % 2 === 0 ? { completion: 'b' } : {}) })));
    const { kit, report } = gather([made('h', half, ['demonstrations', 'test'])], 1, base);
    expect(report.files[0]?.uses).toEqual(['demonstrations']);
    expect(kit?.demonstrations).toHaveLength(10);
    expect(report.files[0]).toMatchObject({ leftOut: 10, given: { demonstrations: 10 } });
    expect(report.files[0]?.left[0]).toEqual({ place: 'line 2', reason: 'has nothing to make a demonstration of' });
  });

  it('takes no more than a run can use, and lists fifty of what it leaves out', () => {
    const { kit, report } = gather([made('p', asked(2100))], 1, base);
    expect(kit?.prompts).toHaveLength(2000);
    expect(report.files[0]).toMatchObject({
      leftOut: 100,
      left: [{ place: '100 more', reason: expect.stringContaining('not drawn') as string }],
    });
    const many = gather(
      [made('p', lines([{ prompt: 'a' }, ...list(70, () => ({ prompt: '' })), ...list(8, (i) => ({ prompt: `b ${i}` }))]))],
      1,
      base,
    );
    expect(many.report.files[0]?.left).toHaveLength(50);
    expect(many.report.files[0]?.leftOut).toBe(70);
    const long = gather([made('p', lines(list(200, (i) => ({ prompt: `${i} ${'x'.repeat(15_000)}` }))))], 1, base);
    expect(long.kit?.prompts).toHaveLength(133);
  });

  it('has ids of its own for files of one name in four folders', () => {
    const task = (what: string) => ({ examples: list(10, (i) => ({ input: `${what} ${i}`, target_scores: { a: 1, b: 0 } })) });
    const { kit } = gather(
      ['hhh/honest/task.json', 'hhh/harmless/task.json', 'x/honest/task.json', 'other.json'].map((path) => made(path, task(path))),
      1,
      base,
    );
    const ids = [...(kit?.validation ?? []), ...(kit?.test ?? [])].map(({ id }) => id.replace(/-\d{4}$/, ''));
    expect([...new Set(ids)].toSorted()).toEqual(['harmless-task', 'honest-task-2', 'honest-task-4', 'other']);
  });

  it('has every row of two files that were picked under one name, under an id of its own', () => {
    const { kit, report } = gather([made('q.jsonl', offering(10)), made('q.jsonl', offering(20, 'other'))], 1, base);
    expect(report.files.map(({ path, rows }) => [path, rows])).toEqual([
      ['q.jsonl', 10],
      ['q.jsonl', 20],
    ]);
    const ids = [...(kit?.validation ?? []), ...(kit?.test ?? [])].map(({ id }) => id);
    expect([ids.length, new Set(ids).size]).toEqual([30, 30]);
  });

  it('is shared out without overlap, wholly, and the same for one seed, whatever the files', () => {
    const uses = fc.subarray<KitUse>(['demonstrations', 'prompts', 'validation', 'test'], { minLength: 1 });
    const rows = fc.integer({ min: 40, max: 90 });
    fc.assert(
      fc.property(uses, rows, fc.nat(), (wanted, count, seed) => {
        const content = lines(list(count, (i) => ({ prompt: `x ${i}`, chosen: 'b', rejected: 'c' })));
        const one = gather([made('f', content, wanted)], seed, base);
        expect(gather([made('f', content, wanted)], seed, base)).toEqual(one);
        const given = wanted.flatMap((use) => (one.kit?.[use as 'prompts'] ?? []).map(({ prompt }) => prompt));
        expect(new Set(given).size).toBe(given.length);
        expect(given).toHaveLength(one.kit === null ? 0 : count);
      }),
      { numRuns: 200, seed: 1 },
    );
    const split = (seed: number) => gather([made('f', offering(60))], seed, base).kit?.test.map(({ id }) => id);
    expect(split(1)).not.toEqual(split(2));
  });
});

describe('a table', () => {
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

  it('may have empty lines between its rows', () => {
    expect(parseCsv('x.csv', '\na\n\n,\n"b"').map(({ line, cells }) => [line, ...cells])).toEqual([
      [2, 'a'],
      [4, '', ''],
      [5, 'b'],
    ]);
  });

  it('is refused with the line where a row is torn', () => {
    for (const [torn, reason] of [
      [TRUTHFUL.replace('Adversarial', 'Adver"sarial'), 'line 2: a quote stands inside of a cell'],
      [TRUTHFUL.replace('grow; Nothing"', 'grow" more'), 'line 3: something follows a closed quote'],
    ] as const)
      expect(() => read(torn)).toThrow(refusal(reason));
    expect(read(TRUTHFUL.replace('Adversarial,', '') + TRUTHFUL.split('\r\n')[1]).left).toEqual([
      { place: 'line 2', reason: 'has 6 cells, the head 7' },
    ]);
  });
});

it('whatever is picked is read or refused with a typed error, 20,000 mutations', () => {
  const counts = { read: 0, refused: 0 };
  const rows = [
    { examples: [{ input: 'Is it?', target_scores: { 'No.': 0, 'Yes.': 1 } }] },
    { question_id: 81, category: 'writing', turns: ['One', 'Two'] },
    { prompt: 'a', choices: ['b', 'c'], correct: [0] },
    { chosen: [{ role: 'user', content: 'a' }], rejected: 'x' },
    { messages: [{ role: 'user', content: [{ type: 'text', text: 'a' }] }] },
  ];
  const any = fc.oneof(
    ...rows.map((row) => mutated(row).map((json) => lines([json]))),
    fc
      .tuple(fc.nat(TRUTHFUL.length), fc.constantFrom('"', ',', '\n', '\r', ';', 'x', '""', '[', '\t'), fc.nat(2))
      .map(([at, text, cut]) => encode(TRUTHFUL.slice(0, at) + text + TRUTHFUL.slice(at + cut))),
  );
  fc.assert(
    fc.property(any, (bytes) => {
      try {
        read(bytes);
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
