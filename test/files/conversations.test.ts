/** Kept answers as data files, and such files read back; the recipes that go with them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { conversations, conversationText, dataFiles, LAYOUTS, type Conversation } from '../../src/files/out/conversations.ts';
import { allOf } from '../../src/files/in/lines.ts';
import { readConversations } from '../../src/files/in/conversations.ts';
import { recipes } from '../../src/files/out/recipes.ts';
import { DEFAULTS } from '../../src/run/config.ts';
import { sampleOf } from '../support/ledger-data.ts';
import { mutated } from '../support/mutated.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const read = (text: string) => readConversations('data.jsonl', encode(text));
const samples = [
  sampleOf('r', 2, 0),
  sampleOf('r', 1, 0, { order: 1 }),
  sampleOf('r', 1, 1, { order: 0, difficulty: 1.5, question: 'zażółć "q" \u2028', completion: ' a\nb \n' }),
  sampleOf('r', 1, 2, { verdict: 'copied' }),
];
const rows = conversations(samples, { adapterHash: (round) => `h${round}`, system: 'Be kind.' });

describe('the data of a run', () => {
  it('holds the kept answers in the order in which they were trained on', () => {
    expect(rows.map(({ soft }) => [soft?.round, soft?.position])).toEqual([
      [1, 0],
      [1, 1],
      [2, 0],
    ]);
    expect(rows[0]?.messages).toEqual([
      { role: 'system', content: 'Be kind.' },
      { role: 'user', content: 'zażółć "q" \u2028' },
      { role: 'assistant', content: 'a\nb' },
    ]);
  });

  it('needs no system prompt and no adapter, and keeps the order of asking where two answers have one place', () => {
    const one = (index: number) => sampleOf('r', 1, index, { order: 5, question: `q${index}` });
    const bare = conversations([one(1), one(0)]);
    expect(bare.map(({ messages }) => messages.map(({ role, content }) => [role, content][role === 'user' ? 1 : 0]))).toEqual([
      ['q0', 'assistant'],
      ['q1', 'assistant'],
    ]);
    expect(bare.map(({ soft }) => soft?.adapter_hash)).toEqual(['', '']);
  });

  it('leaves a conversation out of Alpaca, and out of prompts with completions, that has no answer, or two questions in a row', () => {
    const turn = (role: 'user' | 'assistant') => ({ role, content: role });
    const odd = [[turn('user')], [turn('user'), turn('user')], []].map((messages): Conversation => ({ messages, soft: null }));
    expect(conversationText(odd, 'alpaca')).toBe('');
    expect(conversationText(odd, 'completion')).toBe('');
    const alone: Conversation = { messages: [{ role: 'assistant', content: 'a' }], soft: null };
    expect(conversationText([alone], 'completion')).toBe('');
    expect(conversationText(odd, 'chat').split('\n')).toHaveLength(4);
  });

  it.each(LAYOUTS)('comes back the same from %s, and out again in the same bytes', (layout) => {
    const text = conversationText(rows, layout);
    expect(read(text)).toEqual({ rows, bad: [] });
    expect(conversationText(read(text).rows, layout)).toBe(text);
    expect(read(`\ufeff${text.replaceAll('\n', '\r\n\n')}`).rows).toEqual(rows);
  });

  it.each(LAYOUTS)('comes back the same from %s, whatever people wrote', (layout) => {
    const turn = fc.string({ unit: 'binary', maxLength: 20 });
    const any = fc.tuple(turn, fc.array(fc.tuple(turn, turn), { minLength: 1, maxLength: 3 })).map(([system, pairs]): Conversation => ({
      messages: [
        ...(system === '' ? [] : [{ role: 'system' as const, content: system }]),
        ...pairs.flatMap(([user, assistant]) => [
          { role: 'user' as const, content: user },
          { role: 'assistant' as const, content: assistant },
        ]),
      ],
      soft: null,
    }));
    fc.assert(
      fc.property(fc.array(any, { maxLength: 3 }), (rows) => {
        expect(read(conversationText(rows, layout))).toEqual({ rows, bad: [] });
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  it('comes with the file by which LLaMA-Factory finds it, but for the layout that is TRL’s alone', () => {
    const files = dataFiles('soft_all', rows);
    const info = JSON.parse((files.at(-1) as { text: string }).text) as Record<string, { file_name: string }>;
    expect(files.at(-1)?.name).toBe('dataset_info.json');
    const found = ['soft_all.jsonl', 'soft_all_sharegpt.jsonl', 'soft_all_alpaca.jsonl'];
    expect(Object.values(info).map(({ file_name }) => file_name)).toEqual(found);
    expect(new Set(files.slice(0, -1).map(({ name }) => name))).toEqual(new Set([...found, 'soft_all_completion.jsonl']));
  });

  it('says in a layout of its own what is asked and what is learned, as TRL learns every turn of a chat', () => {
    const [first] = conversationText(rows, 'completion').split('\n');
    const { prompt, completion } = JSON.parse(first ?? '') as { prompt: unknown; completion: unknown };
    expect(prompt).toEqual([
      { role: 'system', content: 'Be kind.' },
      { role: 'user', content: 'zażółć "q" \u2028' },
    ]);
    expect(completion).toEqual([{ role: 'assistant', content: 'a\nb' }]);
  });
});

describe('a data file of somebody else', () => {
  const messages = [
    { role: 'user', content: 'a' },
    { role: 'assistant', content: 'b' },
  ];

  it.each([
    ['TRL chat', { messages }],
    [
      'ShareGPT',
      {
        conversations: [
          { from: 'human', value: 'a' },
          { from: 'gpt', value: 'b' },
        ],
        id: 3,
      },
    ],
    ['Alpaca', { instruction: 'a', input: '', output: 'b' }],
    ['prompt and completion', { prompt: 'a', completion: 'b' }],
    ['prompt and completion as messages', { prompt: [messages[0]], completion: [messages[1]] }],
    ['preferences', { prompt: 'a', chosen: 'b', rejected: 'c' }],
    ['unpaired preferences', { prompt: 'a', completion: 'b', label: true }],
  ])('is read: %s', (_, row) => {
    expect(read(JSON.stringify(row))).toEqual({ rows: [{ messages, soft: null }], bad: [] });
    expect(read(JSON.stringify([row])).rows).toHaveLength(1);
  });

  it('has its bad lines listed by number, and the rest can be kept', () => {
    const lines = [
      '{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}',
      'no json',
      '{"words":"a"}',
      '{"messages":[{"role":"robot","content":"a"}]}',
      '{"messages":[{"role":"user","content":"a"}]}',
      '{"conversations":[{"from":"gpt","value":"a"},{"from":"human","value":"a"}]}',
      `${'['.repeat(100)}${']'.repeat(100)}`,
      '{"prompt":"a","completion":"b","label":false}',
      '{"messages":[{"role":"__proto__","content":"a"}]}',
    ];
    const result = read(lines.join('\n'));
    expect(result.rows).toHaveLength(1);
    expect(result.bad.map(({ line }) => line)).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
    expect(result.bad.map(({ reason }) => reason)).toEqual([
      'is not JSON',
      expect.stringContaining('none of the keys'),
      expect.stringContaining('messages[0].role is "robot"'),
      expect.stringContaining('no answer'),
      expect.stringContaining('take turns'),
      expect.stringContaining('nested'),
      expect.stringContaining('label'),
      expect.stringContaining('unknown role'),
    ]);
    expect(() => allOf('data.jsonl', result)).toThrow(
      expect.objectContaining({ code: 'IMPORT_FORMAT', detail: expect.stringContaining('data.jsonl: line 2: is not JSON') }),
    );
  });

  it('in Alpaca may have nulls where there is nothing, and an input below the instruction', () => {
    const row = { instruction: 'Add.', input: '1 and 2', output: '3', system: 'Be brief.', history: [['Hi', 'Hello']] };
    const [first, second] = read(
      [row, { ...row, input: null, system: null, history: null }].map((one) => `${JSON.stringify(one)}\n`).join(''),
    ).rows;
    expect(first?.messages.map(({ content }) => content)).toEqual(['Be brief.', 'Hi', 'Hello', 'Add.\n1 and 2', '3']);
    expect(second?.messages.map(({ content }) => content)).toEqual(['Add.', '3']);
  });

  it.each([
    ['a history of single texts', { instruction: 'a', output: 'b', history: ['c'] }, 'history[0] must be a question and an answer'],
    ['a history of numbers', { instruction: 'a', output: 'b', history: [['c', 1]] }, 'history[0] must be a question and an answer'],
    ['a system prompt alone', { messages: [{ role: 'system', content: 'a' }] }, 'has no question'],
    [
      'fields of ours that are none',
      { messages: rows[0]?.messages, soft: { ...rows[0]?.soft, scores: { perplexity: 'x' } } },
      'perplexity must be a number',
    ],
    [
      'a mark that is no yes or no',
      { messages: rows[0]?.messages, soft: { ...rows[0]?.soft, kept: 'yes' } },
      'soft.kept must be true or false',
    ],
  ])('has a line refused for %s', (_, row, reason) => {
    expect(read(JSON.stringify(row)).bad).toEqual([{ line: 1, reason: expect.stringContaining(reason) as string }]);
  });

  it('cannot fill the memory with a line of 100 MB', () => {
    const bytes = new Uint8Array(100_000_000).fill(0x61);
    bytes.set(encode('{"instruction":"a","output":"b"}\n'));
    const start = performance.now();
    expect(readConversations('data.jsonl', bytes)).toEqual({
      rows: [expect.anything()],
      bad: [{ line: 2, reason: expect.stringContaining('longer than') }],
    });
    expect(performance.now() - start).toBeLessThan(10_000);
    expect(() => readConversations('data.jsonl', new Uint8Array(257 * 1024 * 1024))).toThrow(
      expect.objectContaining({ code: 'IMPORT_LIMIT' }),
    );
    expect(() => read('{}\n'.repeat(200_001))).toThrow(expect.objectContaining({ code: 'IMPORT_LIMIT' }));
  });

  it('is read or has its rows refused, 20,000 mutations, and leaves Object.prototype alone', () => {
    const bases = LAYOUTS.map((layout) => JSON.parse(conversationText(rows.slice(0, 1), layout)) as unknown);
    const before = Object.getOwnPropertyNames(Object.prototype).length;
    const counts = { read: 0, refused: 0 };
    const any = fc.oneof(
      fc
        .constantFrom(...bases)
        .chain((base) => mutated(base))
        .map((json) => JSON.stringify(json ?? null)),
      fc.tuple(fc.constantFrom(...bases), fc.nat(), fc.string({ unit: 'binary', maxLength: 3 })).map(([base, at, text]) => {
        const line = JSON.stringify(base);
        return line.slice(0, at % line.length) + text + line.slice((at % line.length) + text.length);
      }),
    );
    fc.assert(
      fc.property(any, (text) => {
        try {
          const { rows, bad } = read(text);
          counts[bad.length === 0 ? 'read' : 'refused'] += 1;
          for (const layout of LAYOUTS) conversationText(rows, layout);
        } catch (error) {
          if (!(error instanceof AppError) || !error.code.startsWith('IMPORT_')) throw error;
          counts.refused += 1;
        }
      }),
      { numRuns: 20_000, seed: 1 },
    );
    expect(Math.min(counts.read, counts.refused)).toBeGreaterThan(1000);
    expect(Object.getOwnPropertyNames(Object.prototype)).toHaveLength(before);
  });
});

describe('the recipes for a larger model', () => {
  const text = (name: string, config = DEFAULTS, ordered = true, distilled = false): string => {
    const file = recipes(config, { model: 'no', data: 'soft_all', folders: null, beta2: 0.95, ordered, distilled }).find(
      (file) => file.name === name,
    );
    return (file as { text: string }).text;
  };

  it('name the data where it lies beside them, in folders of one that their first line names', () => {
    const folders = { data: 'samples', recipes: 'recipes' };
    const [trl] = recipes(DEFAULTS, { model: 'no', data: 'soft_all', folders, beta2: 0.95, ordered: true, distilled: false }) as readonly {
      text: string;
    }[];
    expect(trl?.text).toContain('samples/soft_all_completion.jsonl');
    expect(trl?.text).toMatch(/run in the folder that has recipes\/ and samples\/ in it:/);
    expect(trl?.text).toContain('recipes/trl.yaml');
  });

  it('carry the hyper-parameters of the run, with strings quoted and numbers without exponents', () => {
    for (const name of ['trl.yaml', 'axolotl.yaml', 'llamafactory.yaml']) {
      const yaml = text(name, { ...DEFAULTS, learningRate: 1e-7, loraRank: 4, loraTargets: 'query-value' });
      expect(yaml).toMatch(/^(model_name_or_path|base_model): "no"$/m);
      expect(yaml).toMatch(/^learning_rate: 0\.0000001$/m);
      expect(yaml).toMatch(/^lora_(r|rank): 4$/m);
      expect(yaml).toMatch(/^lora_alpha: 8$/m);
      expect(yaml).not.toContain('k_proj');
    }
  });

  it('say that the tool learns by heart what the run only held to a teacher', () => {
    for (const name of ['trl.yaml', 'axolotl.yaml', 'llamafactory.yaml']) {
      expect(text(name, DEFAULTS, false, true)).toContain('# the run held these raw answers');
      expect(text(name)).not.toContain('teacher');
    }
  });

  it('have TRL learn the answers alone, and not what was asked', () => {
    expect(text('trl.yaml')).toContain('data_files: "soft_all_completion.jsonl"');
    expect(text('trl.yaml')).not.toContain('soft_all.jsonl');
  });

  it.each(['trl.yaml', 'axolotl.yaml'])('run where no graphics card has bfloat16: %s', (name) => {
    expect(text(name)).toMatch(/^# float32 as in the run.*\nbf16: false$/m);
  });

  it('say which transformers they need', () => {
    for (const name of ['trl.yaml', 'llamafactory.yaml']) expect(text(name).split('\n')[2]).toBe('# needs transformers 5');
    expect(text('axolotl.yaml')).not.toContain('transformers');
  });

  it.each([
    ['trl.yaml', 'train_sampling_strategy: "sequential"'],
    ['axolotl.yaml', 'curriculum_sampling: true'],
    ['llamafactory.yaml', 'disable_shuffling: true'],
  ])('keep the order of a run that went from easy to hard, and shuffle where it did: %s', (name, line) => {
    expect(text(name).split('\n')).toContain(line);
    expect(text(name, DEFAULTS, false)).not.toContain(line);
    expect(text(name, DEFAULTS, false)).not.toContain('easy to hard');
  });

  it('say where the name of the larger model goes', () => {
    for (const [name, key] of [
      ['trl.yaml', 'model_name_or_path'],
      ['axolotl.yaml', 'base_model'],
      ['llamafactory.yaml', 'model_name_or_path'],
    ] as const)
      expect(text(name)).toContain(`# the model of the run; the name or the folder of a larger one goes here\n${key}: "no"\n`);
  });

  it('name the schedule and the layers as each tool does', () => {
    const at = (name: string, config: Partial<typeof DEFAULTS>, key: string) =>
      new RegExp(`^${key}: (.*)$`, 'm').exec(text(name, { ...DEFAULTS, ...config }))?.[1];
    for (const [name, key] of [
      ['trl.yaml', 'lr_scheduler_type'],
      ['axolotl.yaml', 'lr_scheduler'],
      ['llamafactory.yaml', 'lr_scheduler_type'],
    ] as const)
      expect([at(name, { schedule: 'constant' }, key), at(name, { schedule: 'cosine' }, key)]).toEqual([
        '"constant_with_warmup"',
        '"cosine"',
      ]);
    expect(at('llamafactory.yaml', { loraTargets: 'all' }, 'lora_target')).toBe('"all"');
    expect(at('llamafactory.yaml', { loraTargets: 'query-value' }, 'lora_target')).toBe('"q_proj,v_proj"');
  });

  it('leave LoRA out where all weights were trained', () => {
    for (const name of ['trl.yaml', 'axolotl.yaml', 'llamafactory.yaml'])
      expect(text(name, { ...DEFAULTS, tuning: 'full' })).not.toMatch(/lora/);
  });
});
