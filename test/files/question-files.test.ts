/** Question files as benchmarks and teachers write them: a choice is read with its right answer, whatever the columns are called, or left out. */
import { describe, expect, it } from 'vitest';
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
    ['a position', { query: 'Which?', choices: ['no', 'yes'], gold: 1 }],
    ['objects with a text', { ...asked, choices: [{ text: 'no' }, { text: 'yes' }], label: 1 }],
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
    ['which are none', 'prompt;answer;topic\nWhich?;yes;law\n', []],
  ])('have columns %s that nobody reads named', (_, content, unread) => {
    expect(read(content)).toMatchObject({ left: [], unread });
  });

  it('that are numbers are told from their places', () => {
    const rows = [{ ...asked, choices: ['3', '4', '1'], answer: 1 }].map((row) => read(row).rows[0]?.offered);
    expect(rows[0]).toMatchObject({ choices: ['1', '3', '4'], correct: [2] });
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
    ['a place that is written as a text', { ...asked, choices: ['no', 'yes'], answer: '1' }, 'is none of the answers'],
    ['yes or no', { ...asked, choices: ['no', 'yes'], answer: true }, 'must be the place, the letter or the text of an answer'],
    ['a list as a text', { ...asked, options: "['no', 'yes']", answer: 'B' }, 'must be a list of answers'],
    ['an answer that is no text', { ...asked, correct_answer: 'yes', incorrect_answers: [1] }, 'has an answer that is no text'],
  ])('are left out where the right one could be two things, or none: %s', (_, row, reason) => {
    const [left] = read(row).left;
    expect(left?.reason).toContain(reason);
  });
});

describe('a row of a file of choices', () => {
  const rows = (other: unknown) => [...[1, 2].map((n) => ({ question: `Which ${n}?`, choices: ['no', 'yes'], answer: 1 })), other];
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
  ])('is left out: %s', (_, row, reason) => {
    expect(read(row)).toMatchObject({ rows: [], left: [{ reason: expect.stringContaining(reason) as string }] });
  });

  it('is no question with a colon, and none that a user asked', () => {
    for (const row of [{ prompt: 'User: who is that?' }, { text: 'Why?', role: 'prompter' }, { prompt: 'Answer the AI: why?' }])
      expect(read(row).rows).toHaveLength(1);
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
