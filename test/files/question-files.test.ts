/** Question files as benchmarks and teachers write them: a choice is read with its right answer, whatever the columns are called, or left out. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { readConversations } from '../../src/files/in/conversations.ts';
import { recognise } from '../../src/files/in/recognised.ts';

const encode = (value: unknown): Uint8Array => new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
const read = (content: unknown) => recognise('any name', encode(content));
const refusal = (detail: string) => expect.objectContaining({ code: 'IMPORT_FORMAT', detail: expect.stringContaining(detail) as string });

const asked = { question: 'Which?' };
const offered = { choices: ['no', 'yes'], correct: [1] };

describe('answers to choose from', () => {
  it.each<[string, unknown]>([
    ['MMLU-Pro', { ...asked, options: ['no', 'yes'], answer: 'B', answer_index: 1, category: 'law' }],
    ['RACE without its article', { ...asked, options: ['no', 'yes'], answer: 'B' }],
    ['MedQA', { ...asked, options: { A: 'no', B: 'yes' }, answer: 'yes', answer_idx: 'B' }],
    ['OpenBookQA', { question_stem: 'Which?', choices: { text: ['no', 'yes'], label: ['A', 'B'] }, answerKey: 'B' }],
    ['labels that are numbers', { ...asked, choices: { text: ['no', 'yes'], label: ['1', '2'] }, answerKey: 2 }],
    ['a label with a bracket', { ...asked, options: ['no', 'yes'], answer: '(b)' }],
    ['the right answer itself', { ...asked, choices: ['no', 'yes'], answer: ' yes ' }],
    ['objects with a text', { query: 'Which?', choices: [{ text: 'no' }, { text: 'yes' }], gold: 'B' }],
    ['columns', 'id,prompt,A,B,C,answer\n0,Which?,no,yes,,B\n'],
    ['columns with names', 'Question;Option 1;Option 2;Correct Answer\nWhich?;no;yes;2\n'],
    ['SciQ', { ...asked, correct_answer: 'yes', distractor1: 'no', support: 'So it is.' }],
    ['the Open Trivia Database', { ...asked, correct_answer: 'yes', incorrect_answers: ['no'], type: 'multiple' }],
  ])('are read from %s, and the right one with them', (_, content) => {
    const made = read(content);
    expect(made).toMatchObject({ label: 'multiple-choice questions', left: [], rows: [{ prompt: 'Which?', answer: null, offered }] });
    expect(made.offers).toContain('test');
  });

  it.each([
    ['of a table with semicolons', 'prompt;answer;wrong\nWhich?;yes;no\n', ['wrong']],
    [
      'of entries',
      [
        { prompt: 'Which?', answer: 'yes' },
        { prompt: 'Why?', answer: 'so', note: 1 },
      ],
      ['note'],
    ],
    ['of prompts with a class', [{ prompt: 'Which?', label: 1 }], ['label']],
    ['which are none', 'prompt;answer;topic\nWhich?;yes;law\n', []],
  ])('have columns %s that nobody reads named', (_, content, unread) => {
    expect(read(content)).toMatchObject({ left: [], unread });
  });

  it('that are numbers are told from their places in a file that has the place 0', () => {
    const numbers = { question: 'How many?', choices: ['3', '4', '1'], answer: 1 };
    const { rows, left } = read([numbers, { ...asked, choices: ['yes', 'no'], answer: 0 }]);
    expect([left, rows[0]?.offered]).toMatchObject([[], { choices: ['1', '3', '4'], correct: [2] }]);
  });

  it('that are numbers are left out where nothing tells them from places', () => {
    const numbers = { question: '2+2?', choices: ['2', '3', '4', '5'], answer: 4 };
    for (const row of [numbers, { ...numbers, choices: ['0', '1', '2'], answer: 1 }]) {
      const reason = expect.stringContaining(`answer is "${row.answer}", which may be either of two`) as string;
      expect(read(row)).toMatchObject({ rows: [], fromOne: false, left: [{ reason }] });
    }
  });

  it('are left out, with what to do, where nothing in a file tells whether their places are counted from 0 or from 1', () => {
    const rows = Array.from({ length: 8 }, (_, i) => ({ question: `Which ${i}?`, choices: ['right', 'x', 'y'], answer: 1 }));
    const { rows: made, fromOne, left } = read(rows);
    expect([made, fromOne, left.length, left[0]?.reason]).toEqual([
      [],
      false,
      8,
      'answer is "1", which may be either of two, as nothing in the file tells whether it counts from 0 or from 1: write its letter',
    ]);
    const rightIn = (more: object) =>
      read([...rows, { ...rows[0], ...more }]).rows.map(({ offered: of }) => of?.choices[of.correct[0] ?? -1]);
    expect(rightIn({ answer: 'A' })).toEqual(['right']);
    // one row that tells is enough for all
    expect(rightIn({ answer: 0 })).toEqual([...Array<string>(8).fill('x'), 'right']);
    expect(rightIn({ answer: 3 })).toEqual([...Array<string>(8).fill('right'), 'y']);
  });

  it('are told where a number is 0, and an answer that says so is the first', () => {
    const rightIn = (choices: readonly string[]) => read({ ...asked, choices, answer: 0 }).rows.map(({ offered: of }) => of?.correct);
    expect([rightIn(['0', '1', '2']), rightIn(['1', '0', '2'])]).toEqual([[[0]], []]);
  });

  it('are told from the letter that stands beside a place, in one row alone', () => {
    const row = { ...asked, options: ['p', 'q', 'r'], answer_index: 1, label: 'hard' };
    const rightIn = (answer: string) => read({ ...row, answer }).rows.map(({ offered: of }) => of?.correct);
    expect([rightIn('A'), rightIn('B'), rightIn('C')]).toEqual([[[0]], [[1]], []]);
  });

  it('in columns with numbers are counted from 0 where a row says so, as COPA is written', () => {
    const rows = [0, 1].map((label) => ({ question: `Which ${label}?`, choice1: 'no', choice2: 'yes', label }));
    expect(read(rows).rows.map(({ offered: of }) => of?.correct)).toEqual([[0], [1]]);
    const named = [1, 2].map((label) => ({ question: `Which ${label}?`, choice1: 'no', choice2: 'yes', label }));
    expect(read(named).rows.map(({ offered: of }) => of?.correct)).toEqual([[0], [1]]);
  });

  it.each<[string, unknown[]]>([
    ['in columns', [1, 4, 2].map((answer, i) => ({ question: `Which ${i}?`, answer, A: 'p', B: 'q', C: 'r', D: 's' }))],
    ['in a list', [1, 4, 2].map((answer, i) => ({ question: `Which ${i}?`, answer, choices: ['p', 'q', 'r', 's'] }))],
  ])('are counted from 1 in a file that has the place after the last, as KMMLU is written: %s', (_, rows) => {
    const { left, rows: made, fromOne } = read(rows);
    expect([left, fromOne]).toEqual([[], true]);
    expect(made.map(({ offered: of }) => of?.correct)).toEqual([[0], [3], [1]]);
  });

  it('are counted from 0 in a file that has that place too, and a row with one after the last is left out', () => {
    const { left, rows: made } = read([0, 4, 2].map((answer, i) => ({ question: `Which ${i}?`, answer, choices: ['p', 'q', 'r', 's'] })));
    expect(made.map(({ offered: of }) => of?.correct)).toEqual([[0], [2]]);
    expect(left).toEqual([{ place: 'entry 2', reason: 'answer is 4, and there are 4 answers, counted from 0' }]);
  });

  it('are left out in a file without 0 that has the place after the last, and one after that', () => {
    const { left, rows, fromOne } = read(
      [1, 4, 5].map((answer, i) => ({ question: `Which ${i}?`, answer, choices: ['p', 'q', 'r', 's'] })),
    );
    expect([rows, fromOne, left.map(({ reason }) => reason.replace(/,? as .*/, ''))]).toEqual([
      [],
      false,
      [
        'answer is "1", which may be either of two',
        'answer is "4", which may be either of two',
        'answer is "5", which is none of the answers',
      ],
    ]);
  });

  const table = (columns: string, answers: readonly unknown[], of: (i: number) => string = () => 'p,q,r,s') =>
    [`question,${columns},answer`, ...answers.map((answer, i) => `Which ${i}?,${of(i)},${String(answer)}`)].join('\n');
  const rightIn = (content: unknown) => read(content).rows.map(({ offered: of }) => of?.choices[of.correct[0] ?? -1]);

  it.each(['option1,option2,option3,option4', 'choice_1,choice_2,choice_3,choice_4', 'A,B,C,D'])(
    'are told from digits in a table as from numbers, whatever its columns are called: %s',
    (columns) => {
      expect(rightIn(table(columns, [0, 1, 2, 3]))).toEqual(['p', 'q', 'r', 's']);
      expect(rightIn(table(columns, [1, 4, 2]))).toEqual(['p', 's', 'q']);
      const { rows, left } = read(table(columns, [1, 2, 3]));
      expect([rows, left.map(({ place }) => place)]).toEqual([[], ['line 2', 'line 3', 'line 4']]);
      expect(left[0]?.reason).toContain('answer is "1", which may be either of two, as nothing in the file tells');
    },
  );

  it('are told from digits in a list of JSON as from numbers', () => {
    const rows = ['0', '1', '(2)'].map((answer) => ({ ...asked, question: `Which ${answer}?`, choices: ['p', 'q', 'r'], answer }));
    expect(rightIn(rows)).toEqual(['p', 'q', 'r']);
    expect(rightIn(rows.slice(1))).toEqual([]);
    expect(rightIn([{ ...rows[1], answer: 'B', answer_index: '1' }])).toEqual(['q']);
  });

  it('that are digits are what their labels or texts say where no digits in the file are places', () => {
    const labelled = (label: readonly string[], answerKey: string) => ({ ...asked, choices: { text: ['p', 'q', 'r'], label }, answerKey });
    const arc = [labelled(['A', 'B', 'C'], 'B'), labelled(['1', '2', '3'], '1'), labelled(['1', '2', '3'], '2')];
    expect(rightIn(arc)).toEqual(['q', 'p', 'q']);
    expect(rightIn(table('A,B,C,D', [4, 30], (i) => ['2,3,4,5', '10,20,30,40'][i] ?? ''))).toEqual(['4', '30']);
  });

  it('that are digits are left out where a text says one thing and the places of the file another', () => {
    const { rows, left } = read(table('A,B,C,D', [0, 1], (i) => ['p,q,r,s', '3,2,1,4'][i] ?? ''));
    expect([rows.length, left.map(({ reason }) => reason)]).toEqual([1, ['answer is "1", which may be either of two']]);
  });

  const among = (answer: unknown, more: object = {}) => ({ ...asked, choices: ['p', 'q', 'r', 's'], answer, ...more });
  it.each<[string, unknown[], readonly number[][]]>([
    ['letters', [among(['A', 'D'])], [[0, 3]]],
    ['their own texts', [among(['q', 'r'])], [[1, 2]]],
    ['places, counted from 1 where the last one is among them', [among([1, 4])], [[0, 3]]],
    ['places, counted from 0 where another row says so', [among([1, 2]), among(0)], [[1, 2], [0]]],
    ['places and letters', [among([0, 'D'])], [[0, 3]]],
    ['the places of a kit’s own file, which counts from 0', [among(undefined, { correct: [1] })], [[1]]],
  ])('of which several are right are read from a list of %s', (_, rows, right) => {
    const { left, rows: made } = read(rows);
    expect([left, made.map(({ offered: of }) => of?.correct)]).toEqual([[], right]);
  });

  it.each<[string, unknown, string]>([
    ['a place after the last', [0, 4], 'answer[1] is 4, and there are 4 answers, counted from 0'],
    ['a letter after the last', ['A', 'E'], 'answer[1] is "E", which is none of the answers'],
    ['what is no place', [0, true], 'answer[1] must be the place, the letter or the text of an answer'],
    ['places that nothing tells how they are counted', [1, 2], 'answer[0] is "1", which may be either of two'],
    ['a mark for each answer', [0, 1, 0, 0], 'answer names one answer twice'],
  ])('of which several are right are left out with %s among them', (_, answer, reason) => {
    expect(read([among(answer)])).toMatchObject({ rows: [], left: [{ reason: expect.stringContaining(reason) as string }] });
  });

  it('of which one is named by a letter that stands for none are left out', () => {
    const row = { ...asked, choices: { text: ['no', 'yes'], label: ['A', 'B', 'C'] }, answer: ['B', 'C'] };
    expect(read(row)).toMatchObject({ rows: [], left: [{ reason: 'answer[1] is "C", which is none of the answers' }] });
  });

  it('stand after what the question is about', () => {
    const row = { article: 'It rained.\n', question: 'Was it wet?', options: ['yes', 'no'], answer: 'A' };
    expect(read(row).rows[0]?.prompt).toBe('It rained.\n\nWas it wet?');
    expect(read({ context: 'It rained.', question: 'Was it wet?', answer: 'Yes.' }).rows[0]).toMatchObject({
      prompt: 'It rained.\n\nWas it wet?',
      answer: 'Yes.',
    });
  });

  it('of a test whose answers are kept back are prompts and no more', () => {
    for (const row of [
      { ...asked, choices: ['no', 'yes'], answerKey: '' },
      { ...asked, options: ['no', 'yes'] },
    ])
      expect(read(row)).toMatchObject({ offers: ['prompts'], rows: [{ prompt: 'Which?', answer: null, offered: null }] });
  });

  it.each<[string, unknown, string]>([
    ['a place or a text', { ...asked, choices: ['B', 'A'], answer: 'A' }, 'may be either of two'],
    [
      'a place that is written as a text',
      { ...asked, choices: ['no', 'yes'], answer: '1' },
      'may be either of two, as nothing in the file',
    ],
    ['yes or no', { ...asked, choices: ['no', 'yes'], answer: true }, 'must be the place, the letter or the text of an answer'],
    ['a list as a text', { ...asked, options: "['no', 'yes']", answer: 'B' }, 'must be a list of answers'],
    ['an answer that is no text', { ...asked, correct_answer: 'yes', incorrect_answers: [1] }, 'has an answer that is no text'],
  ])('are left out where the right one could be two things, or none: %s', (_, row, reason) => {
    const [left] = read(row).left;
    expect(left?.reason).toContain(reason);
  });
});

describe('a row of a file of choices', () => {
  const rows = (other: unknown) => [...[0, 1].map((answer) => ({ question: `Which ${answer}?`, choices: ['no', 'yes'], answer })), other];
  it.each<[string, unknown, string]>([
    ['no answers to choose from', { ...asked, answer: 'B' }, 'offers nothing'],
    ['no question', { choices: ['no', 'yes'], answer: 1 }, 'question must be a string'],
    ['a choice that is a number', { ...asked, choices: { A: 'no', B: 2 }, answer: 'A' }, 'choices[1] must be a text'],
    ['a name for the right one that is none', { ...asked, choices: ['no', 'yes'], answer: 'neither of them' }, 'is none of the answers'],
  ])('with %s is left out', (_, other, reason) => {
    const { rows: whole, left } = read(rows(other));
    expect([whole.length, left.length, left[0]?.reason.includes(reason)]).toEqual([2, 1, true]);
  });
});

describe('a row that asks nothing', () => {
  it.each<[string, unknown, string]>([
    ['what an assistant says', { text: 'Blue.', role: 'assistant' }, 'is what "assistant" says'],
    ['a template', { text: '<|im_start|>user\nWhy?<|im_end|>\n<|im_start|>assistant\n' }, 'has a whole conversation in one text'],
    ['a transcript', { text: '### Human: Why?### Assistant: So.' }, 'has a whole conversation in one text'],
    ['another transcript', { prompt: 'User: Why?\n\nAssistant:', completion: ' So.' }, 'has a whole conversation in one text'],
    ['a form', { instruction: 'Below is one.\n\n### Instruction:\nWhy?\n\n### Response:\n', output: 'So.' }, 'has a whole conversation'],
    [
      'a template before two answers',
      { prompt: '<|im_start|>user\nWhy?<|im_end|>\n', chosen: 'So.', rejected: 'No.' },
      'has a whole conversation',
    ],
    ['a template in an answer', { prompt: 'Why?', completion: 'So.<|im_end|>\n<|im_start|>user\nHow?' }, 'has a whole conversation'],
  ])('is left out: %s', (_, row, reason) => {
    expect(read(row)).toMatchObject({ rows: [], left: [{ reason: expect.stringContaining(reason) as string }] });
  });

  it('is no instruction about a dialogue, and no conversation about the marks of a template', () => {
    const about = { instruction: 'Who is rude?', input: 'User: Water.\nAssistant: Get it yourself.', output: 'The assistant.' };
    expect(read(about)).toMatchObject({ left: [], rows: [{ answer: 'The assistant.' }] });
    const messages = [
      { role: 'user', content: 'What is <|im_start|>?' },
      { role: 'assistant', content: '<|im_start|> begins a turn.' },
    ];
    expect(read([{ messages }])).toMatchObject({ left: [], rows: [{ answer: '<|im_start|> begins a turn.' }] });
  });

  it('is one with what it is about and no question', () => {
    expect(read([{ question: ' ', context: 'It rained.' }])).toMatchObject({ rows: [], left: [{ reason: 'has no question' }] });
  });

  it('is no question with a colon, and none that a user asked', () => {
    for (const row of [{ prompt: 'User: who is that?' }, { text: 'Why?', role: 'prompter' }, { prompt: 'Answer the AI: why?' }])
      expect(read(row).rows).toHaveLength(1);
  });
});

describe('an answer', () => {
  it.each([
    ['So.</s>', 'So.'],
    ['So.<|im_end|>\n', 'So.'],
    ['So.<|endoftext|>', 'So.'],
    ['So.<|eot_id|>', 'So.'],
    ['<think>\nWell.\n</think>\n\nSo.', 'So.'],
    ['Okay, so.\n</think>\n\nSo.', 'So.'],
    ['Well: </think>? So.\n</think>\nSo.', 'So.'],
    ['It writes </think> after <think>.', 'It writes </think> after <think>.'],
    ['It ends its thought with `</think>` and then answers.', 'It ends its thought with `</think>` and then answers.'],
    ['Stop when you see </think>', 'Stop when you see </think>'],
    ['<thought id="1">Sum it.</thought>\nThis is XML.', '<thought id="1">Sum it.</thought>\nThis is XML.'],
    ['</think>\n\nSo.', 'So.'],
    ['A <s>line</s> through it.', 'A <s>line</s> through it.'],
    ['A line through <s>it</s>', 'A line through <s>it</s>'],
    ['A <s>line</s> through it.</s>', 'A <s>line</s> through it.'],
  ])('is what is said in %j, without a thought and the mark of its end', (content, said) => {
    const messages = [
      { role: 'user', content: 'Why?' },
      { role: 'assistant', content },
    ];
    expect(read([{ messages }]).rows[0]?.answer?.trim()).toBe(said);
    expect(read([{ prompt: 'Why?', completion: content }]).rows[0]?.answer?.trim()).toBe(said);
    const pair = read([{ prompt: 'Why?', chosen: content, rejected: 'No.</s>' }]).rows[0]?.offered;
    expect(pair?.choices).toEqual(['No.', said].toSorted());
  });
});

describe('an answer that is a thought and no more', () => {
  it.each(['<think>Well, so', '<think>Well.</think>\n', 'Well.\n</think>\n'])('is left out with its row, which says so: %j', (answer) => {
    const reason = 'has a thought and no answer after it';
    expect(read([{ prompt: 'Why?', answer }])).toMatchObject({ rows: [], left: [{ reason }] });
  });
});

describe('an end of an answer', () => {
  it.each(['prompt', 'question'])('that is there twice is taken away once: %s', (name) => {
    expect(read([{ [name]: 'Why?', answer: 'So.</s></s>' }]).rows).toMatchObject([{ answer: 'So.</s>' }]);
  });
});

describe('what is cut away from rows that are read', () => {
  const [user, assistant] = [
    { role: 'user', content: 'Why?' },
    { role: 'assistant', content: 'So.' },
  ];
  const system = { role: 'system', content: 'Be brief.' };
  const thinks = { role: 'assistant', content: '<think>\nHm.\n</think>\n\nSo.' };
  it.each<[string, readonly unknown[], string]>([
    ['turns', [{ messages: [user, assistant, user] }], '1 row not read whole: only the first question and its answer are read'],
    ['system messages', [{ messages: [system, user, assistant] }], '1 row not read whole: system messages are left out'],
    ['thoughts', [{ messages: [user, thinks] }, { messages: [user, thinks] }], '2 rows not read whole: thoughts are left out'],
    [
      'all of it',
      [{ messages: [system, user, thinks] }, { messages: [user, assistant, user] }, { messages: [user] }],
      '2 rows not read whole: only the first question and its answer are read; system messages are left out; thoughts are left out',
    ],
    [
      'preferences',
      [{ chosen: [system, user, assistant], rejected: [system, user, { ...assistant, content: 'No.' }] }],
      '1 row not read whole: system messages are left out',
    ],
  ])('is said in one line: %s', (_, rows, said) => {
    const made = read(rows);
    expect([made.left, made.unshown.map(({ place, reason }) => `${place} ${reason}`)]).toEqual([[], [said]]);
  });

  it('is not said where nothing is', () => {
    const rows = [{ messages: [user, assistant] }, { messages: [user] }];
    expect(read(rows).unshown).toEqual([]);
    expect(read([{ prompt: 'Why?', thought: 'Hm.', answer: 'So.' }]).unshown).toEqual([]);
  });
});

describe('a completion that is marked as a bad one', () => {
  it.each([false, 0, 'False', '0', '0.0'])('is asked, and shown to nobody: %j', (label) => {
    expect(read([{ prompt: 'Why?', completion: 'No.', label }]).rows).toMatchObject([{ prompt: 'Why?', answer: null }]);
    expect(read([{ prompt: 'Why?', completion: 'So.', label: 1 }]).rows).toMatchObject([{ answer: 'So.' }]);
  });

  it('is counted, with its label as it is written', () => {
    const labels = ['0.0', 'False', '0.0', '1.0'];
    const table = ['prompt,completion,label', ...labels.map((label, i) => `Why ${i}?,So.,${label}`)].join('\n');
    const { rows, left, unshown } = read(table);
    expect([rows.map(({ answer }) => answer), left]).toEqual([[null, null, null, 'So.'], []]);
    expect(unshown.map(({ place, reason }) => [place, /answers: \d+/.exec(reason)?.[0]])).toEqual([
      ['label 0.0', 'answers: 2'],
      ['label False', 'answers: 1'],
    ]);
    expect(read([{ prompt: 'Why?', completion: null, label: 0 }]).unshown).toEqual([]);
    expect(readConversations('x', encode([{ prompt: 'Why?', completion: 'So.', label: 0 }])).bad).toEqual([
      { line: 1, reason: 'is an example of a bad answer (label is 0)' },
    ]);
  });

  it.each([
    { text: 'Why?', answer: 'So.', label: 0 },
    { instruction: 'Why?', output: 'So.', label: '0' },
    { prompt: 'Why?', completion: 'So.', label: [0] },
  ])('is none where a label is a class: %j', (row) => {
    expect(read([row]).rows).toMatchObject([{ prompt: 'Why?', answer: 'So.' }]);
  });
});

describe('a conversation', () => {
  it('is read as LMSYS and WildChat name it', () => {
    const conversation = [
      { role: 'user', content: 'Why?', language: 'English' },
      { role: 'assistant', content: 'So.', redacted: false },
    ];
    expect(read([{ conversation_id: 'x', model: 'm', conversation, turn: 1 }])).toMatchObject({
      left: [],
      rows: [{ prompt: 'Why?', answer: 'So.' }],
    });
  });

  it('is none where a column of that name stands beside a prompt', () => {
    expect(read([{ prompt: 'Why?', answer: 'So.', conversation: 'c-17' }])).toMatchObject({
      label: 'prompts',
      unread: ['conversation'],
      left: [],
      rows: [{ prompt: 'Why?', answer: 'So.' }],
    });
    const reason = 'conversation must be a list';
    expect(read([{ conversation: 'c-17' }])).toMatchObject({ rows: [], left: [{ reason }] });
  });
});

describe('a table that is written column by column', () => {
  it.each<[string, unknown]>([
    ['as pandas does', { prompt: { 0: 'Why?', 1: 'How?' }, answer: { 0: 'So.', 1: null } }],
    ['as datasets does', { prompt: ['Why?', 'How?'], answer: ['So.', null] }],
  ])('is read as its rows, %s', (_, content) => {
    expect(read(content)).toMatchObject({
      left: [],
      rows: [
        { place: 'entry 1', prompt: 'Why?', answer: 'So.' },
        { prompt: 'How?', answer: null },
      ],
    });
  });

  it('is read where the cells of a column are objects, as ARC has them', () => {
    const table = { question: ['Which?'], choices: [{ text: ['no', 'yes'], label: ['A', 'B'] }], answerKey: ['B'] };
    expect(read(table)).toMatchObject({ left: [], rows: [{ place: 'entry 1', prompt: 'Which?', offered }] });
  });

  it('is read where pandas has left rows out', () => {
    const table = { prompt: { 0: 'Why?', 5: 'How?', 7: 'Who?' }, answer: { 0: 'So.', 5: null, 7: 'I.' } };
    expect(read(table).rows.map(({ prompt, answer }) => [prompt, answer])).toEqual([
      ['Why?', 'So.'],
      ['How?', null],
      ['Who?', 'I.'],
    ]);
  });

  it('is refused where its columns differ in length', () => {
    const reason = 'its columns differ in length: “question” has 2 rows, “answer” has 1';
    expect(() => read({ question: ['Why?', 'How?'], answer: ['So.'] })).toThrow(refusal(reason));
    // lists of rows are parts of something, each as long as it likes
    expect(() => read({ train: [{ a: 1 }, { a: 2 }], test: [{ a: 3 }] })).toThrow(refusal('train'));
    expect(() => read({ train: [{ a: 1 }, { a: 2 }], test: [{ a: 3 }] })).not.toThrow(refusal('differ in length'));
    // one row may have lists beside texts
    expect(read({ question: 'Which?', options: ['no', 'yes'], answer: 'B', tags: ['x'] })).toMatchObject({ rows: [{ offered }] });
  });

  it('is none where one row has lists of messages', () => {
    const row = { prompt: [{ role: 'user', content: 'Why?' }], completion: [{ role: 'assistant', content: 'So.' }] };
    expect(read(row)).toMatchObject({ left: [], rows: [{ place: 'line 1', prompt: 'Why?', answer: 'So.' }] });
  });
});

describe('one row that has a list of turns and another list as long', () => {
  const turns = [
    { role: 'user', content: 'Why?' },
    { role: 'assistant', content: 'So.' },
  ];
  const shared = [
    { from: 'human', value: 'Why?' },
    { from: 'gpt', value: 'So.' },
  ];
  it.each<[string, object]>([
    ['messages', { messages: turns, tools: ['x', 'y'] }],
    ['ShareGPT', { conversations: shared, tags: ['x', 'y'] }],
    ['LMSYS', { conversation: turns, openai_moderation: [1, 2] }],
    ['a prompt of turns', { prompt: turns.slice(0, 1), completion: turns.slice(1), tags: ['x'] }],
    ['a preference', { chosen: turns, rejected: [...turns.slice(0, 1), { role: 'assistant', content: 'No.' }], tags: ['x', 'y'] }],
  ])('is no table: %s', (_, row) => {
    for (const content of [row, JSON.stringify(row, null, 1)])
      expect(read(content)).toMatchObject({ left: [], rows: [{ place: 'line 1', prompt: 'Why?' }] });
  });

  it('is a table where the lists of turns are its cells', () => {
    expect(read({ messages: [turns, turns.slice(0, 1)], tags: ['x', 'y'] })).toMatchObject({
      left: [],
      rows: [
        { place: 'entry 1', answer: 'So.' },
        { place: 'entry 2', answer: null },
      ],
    });
  });
});

describe('MT-Bench as a hub has it', () => {
  it('asks the first turn', () => {
    const row = { category: 'writing', prompt: ['First.', 'Then.'], reference: [], prompt_id: 1 };
    expect(read(row)).toMatchObject({ label: 'MT-Bench or Vicuna questions', rows: [{ prompt: 'First.', topic: 'writing' }] });
  });
});

describe('a prompt with where it comes from', () => {
  it.each([{ from: 'reddit' }, { role: 'teacher' }])('is asked: %j', (more) => {
    expect(read({ prompt: 'Why is the sky blue?', ...more })).toMatchObject({ left: [], rows: [{ prompt: 'Why is the sky blue?' }] });
  });
});

describe('lists with a name', () => {
  it('are read from the envelope of a server', () => {
    const rows = read({ code: 0, message: 'ok', data: [{ prompt: 'Why is the sky blue?' }] }).rows;
    expect(rows).toMatchObject([{ prompt: 'Why is the sky blue?' }]);
  });

  it.each(['examples', 'data', 'questions', 'prompts'])('are read from one object: %s', (name) => {
    expect(read({ [name]: [{ question: 'a' }, { question: 'b' }] }).rows.map(({ prompt }) => prompt)).toEqual(['a', 'b']);
  });
});

describe('a table from a spreadsheet', () => {
  it('may say in its first line what stands between its cells', () => {
    expect(read('\ufeffsep=;\r\nprompt;answer\r\na, b;c\r\nd\r\n')).toMatchObject({
      rows: [{ place: 'line 3', prompt: 'a, b', answer: 'c' }],
      left: [{ place: 'line 4' }],
    });
  });

  it('may end its lines with carriage returns alone', () => {
    expect(read('prompt,answer\ra,"b\rc"\rd,e\r').rows).toMatchObject([
      { place: 'line 2', prompt: 'a', answer: 'b\rc' },
      { place: 'line 4', prompt: 'd', answer: 'e' },
    ]);
  });

  it('may have any name', () => {
    for (const name of ['a.json', 'b.safetensors', 'c.gguf']) expect(recognise(name, encode('prompt\na\n')).rows).toHaveLength(1);
  });

  it('has one column for a question, not two of one name', () => {
    expect(() => read('prompt,Prompt\na,b\n')).toThrow(refusal('line 1: two columns are called “prompt”'));
  });
});

describe('an object that cannot become a text', () => {
  const odd = { toString: 1, valueOf: 1 };
  const rows: readonly object[] = [
    { ...asked, choices: ['no', 'yes'], answer: 1 },
    { ...asked, choices: { text: ['no', 'yes'], label: ['A', 'B'] }, answerKey: 'B' },
    { ...asked, choices: [{ text: 'no' }, { text: 'yes' }], answer: [1] },
    { ...asked, options: { A: 'no', B: 'yes' }, answer: 'B' },
    { ...asked, A: 'no', B: 'yes', answer: 'B' },
    { ...asked, correct_answer: 'yes', incorrect_answers: ['no'] },
    { ...asked, best_answer: 'yes', correct_answers: ['yes'], incorrect_answers: ['no'] },
    { ...asked, mc1_targets: { choices: ['no', 'yes'], labels: [0, 1] } },
    { input: 'Which?', target_scores: { no: 0, yes: 1 } },
    { prompt: 'Why?', completion: 'So.', label: 1 },
    { prompt: 'Why?', thought: 'Well.', answer: 'So.', topic: 'law' },
    { prompt: 'Why?', chosen: [{ role: 'user', content: 'Why?' }], rejected: [{ role: 'user', content: 'Why?' }] },
    { messages: [{ role: 'user', content: [{ type: 'text', text: 'Why?' }] }], system: 'Be kind.' },
    { conversations: [{ from: 'human', value: 'Why?' }] },
    { instruction: 'Why?', input: 'x', output: 'So.', history: [['Who?', 'I.']] },
    { question_id: 1, turns: ['Why?'] },
    { prompt: ['Why?', 'How?'], answer: ['So.', 'So.'] },
  ];

  it.each<[string, object]>([
    ['an answer to choose', { ...rows[2], choices: [{ text: 'no' }, { text: odd }] }],
    ['its letter', { ...rows[1], choices: { text: ['no', 'yes'], label: ['A', odd] }, answerKey: 'C' }],
    ['what says which is right', { ...rows[0], answer: odd }],
  ])('leaves its row out, and no more, where it is %s', (_, row) => {
    const { rows: made, left } = read([row, { ...rows[0], answer: 'B' }]);
    expect([made.length, left.map(({ place }) => place)]).toEqual([1, ['entry 1']]);
  });

  it('says nothing about a completion whose label it is', () => {
    const row = { prompt: 'Why?', completion: 'So.', label: odd };
    expect(read([row])).toMatchObject({ left: [], rows: [{ answer: 'So.' }] });
    expect(readConversations('x', encode([row])).rows).toHaveLength(1);
  });

  const put = (value: unknown, seed: number, other: unknown): unknown => {
    const names = typeof value === 'object' && value !== null ? Object.keys(value) : [];
    if (names.length === 0 || seed % 5 === 0) return other;
    const at = names[Math.floor(seed / 5) % names.length];
    const changed = Object.entries(value as object).map(([name, one]: [string, unknown]): readonly [string, unknown] => [
      name,
      name === at ? put(one, Math.floor(seed / 5 / names.length), other) : one,
    ]);
    return Array.isArray(value) ? changed.map(([, one]) => one) : Object.fromEntries(changed);
  };

  it('ends no import, 5,000 rows of every form with one somewhere', () => {
    const counts = { whole: 0, left: 0 };
    const any = fc.tuple(fc.constantFrom(...rows), fc.nat(), fc.constantFrom<unknown>(odd, [odd], { toJSON: 1 }, { length: -1 }));
    fc.assert(
      fc.property(any, ([row, seed, other]) => {
        const strange = put(row, seed, other);
        readConversations('x', encode([strange]));
        for (const content of [[row, strange], strange])
          try {
            counts[read(content).left.length === 0 ? 'whole' : 'left'] += 1;
          } catch (error) {
            if (!(error instanceof AppError) || error.code !== 'IMPORT_FORMAT') throw error;
          }
      }),
      { numRuns: 5000, seed: 1 },
    );
    expect(Math.min(counts.whole, counts.left)).toBeGreaterThan(500);
  });
});
