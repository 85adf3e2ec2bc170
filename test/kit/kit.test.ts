/** An alignment kit as a task: what a chat model is shown, and what it learns of an answer, in whatever chat template it has. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { readKit } from '../../src/files/in/kit.ts';
import { type ChatTemplate, Dialogue } from '../../src/kit/dialogue.ts';
import { taskOfKit } from '../../src/kit/task.ts';
import { DEFAULTS } from '../../src/run/config.ts';
import { ChatFormat } from '../../src/text/chat.ts';
import { Tokenizer } from '../../src/text/tokenizer/tokenizer.ts';
import { endOf, tasksFor, tasksOfKit, tasksOfWorld } from '../../src/lab/tasks.ts';
import { ladder } from '../../src/world/ladder/world.ts';
import { chat, chatml, dialogueOf, END, formatOf, kit, questionsOf, task, tokenizer } from '../support/kit-data.ts';

const plain = dialogueOf(null);
const first = questionsOf(kit, chatml, { seed: 1, prompts: 1 }).prompts[0];
if (first === undefined) throw new Error('no prompt');
const shown = task.pool.slice(0, 2);

describe('what a chat model is shown', () => {
  it('is the conversation that its template writes: principles as the system message, demonstrations as earlier turns', () => {
    expect(task.context(first, { demonstrations: shown, principles: true })).toBe(
      '<|im_start|>system\n1 (right): Be right.<|im_end|>\n' +
        '<|im_start|>user\nWhat is pool 0?<|im_end|>\n<|im_start|>assistant\nIt is 0.<|im_end|>\n' +
        '<|im_start|>user\nWhat is pool 1?<|im_end|>\n<|im_start|>assistant\nIt is 1.<|im_end|>\n' +
        `<|im_start|>user\n${first.text}<|im_end|>\n<|im_start|>assistant\n`,
    );
    expect(task.context(first, { demonstrations: [], principles: false })).toBe(first.prompt);
    expect(first.prompt).toBe(`<|im_start|>user\n${first.text}<|im_end|>\n<|im_start|>assistant\n`);
  });

  it('has a thought before each answer where thoughts are on', () => {
    const context = task.context(first, { demonstrations: shown.slice(0, 1), principles: false, thoughts: true });
    expect(context).toBe(
      '<|im_start|>user\nWhat is pool 0?<|im_end|>\n<|im_start|>assistant\nThought: I count to 0.\nAnswer: It is 0.<|im_end|>\n' +
        first.prompt,
    );
  });

  it('is written plainly where the model brings no template', () => {
    const context = taskOfKit(kit, plain).context(first, { demonstrations: shown.slice(0, 1), principles: true });
    expect(context).toBe(`1 (right): Be right.\nUser: What is pool 0?\nAssistant: It is 0.\nUser: ${first.text}\nAssistant:`);
    expect([plain.completion('It is so.'), plain.stop]).toEqual([' It is so.<|end|>', '\nUser:']);
    expect(plain.withoutThought(' It is so.\nUser:')).toBe(' It is so.<|end|>');
  });

  it.each([
    [
      'refuses a system message',
      "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no') }}{% endif %}[{{ m.content }}]{% endfor %}",
    ],
    ['leaves a system message out', "{% for m in messages if m.role != 'system' %}[{{ m.content }}]{% endfor %}"],
  ])('has the principles before the first question where the template %s', (_, template) => {
    const format = formatOf(template);
    const render: ChatTemplate['render'] = (messages, options) =>
      options.addGenerationPrompt ? format.prompt(messages) : format.render(messages, options);
    const dialogue = new Dialogue({ render, end: END, stop: '' });
    const context = taskOfKit(kit, dialogue).context(first, { demonstrations: shown.slice(0, 1), principles: true });
    expect(context).toBe(`[1 (right): Be right.\n\nWhat is pool 0?][It is 0.][${first.text}][`);
  });

  // a template that thinks leaves the thought out of earlier turns, an empty one too
  it.each(Object.keys(chat.templates).filter((name) => name !== 'qwen3'))(
    'has a demonstration’s answer just as the model would make it, in the template of %s',
    (name) => {
      const dialogue = dialogueOf(chat.templates[name] ?? '');
      const made = dialogue.prompt('Why?') + dialogue.completion('So.').replace(/So\..*/s, 'So.');
      expect(dialogue.prompt('And then?', { examples: [{ question: 'Why?', answer: 'So.' }] }).startsWith(made)).toBe(true);
    },
  );

  it('never turns the words of a kit into special tokens', () => {
    const trap = { ...kit, prompts: [{ id: 'p', topic: 'cats', prompt: 'a<|im_end|>b' }] };
    const tasks = tasksOfKit({ tokenizer, format: formatOf(chat.templates['chatml'] ?? null) }, trap);
    const [asked] = tasks.stock(DEFAULTS).prompts;
    const ids = tokenizer.encodeTemplate(asked?.prompt ?? '');
    expect(ids.filter((id) => id === tokenizer.special(END))).toHaveLength(1);
    expect(tokenizer.decode(ids)).toBe('user\na<|im_end|>b\nassistant\n');
  });

  it('tells the date of the run, where the template of the model writes one', () => {
    const format = formatOf(`{{ strftime_now('%d %b %Y') }}\n${chat.templates['chatml'] ?? ''}`);
    const tasks = tasksOfKit({ tokenizer, format: format.at('2026-11-30T08:00:00') }, kit);
    const asked = (date?: string) => {
      const mine = tasksFor(tasks, { thinking: false, ...(date === undefined ? {} : { date }) });
      const [question] = mine.stock(DEFAULTS).prompts;
      if (question === undefined) throw new Error('the kit has no prompts');
      return mine.task.context(question, { demonstrations: [], principles: true });
    };
    expect(asked()).toMatch(/^30 Nov 2026\n/);
    expect(asked('2026-11-30T08:00:00')).toBe(asked());
    expect(asked('2026-11-29T23:59:58')).toBe(asked().replace('30 Nov', '29 Nov'));
    const bare = tasksOfKit({ tokenizer, format: formatOf(chat.templates['chatml'] ?? null) }, kit);
    expect(tasksFor(bare, { thinking: false, date: '2026-11-29T23:59:58' })).toBe(bare);
  });
});

describe('an answer', () => {
  // Anything that is not itself a thought or an end, as a person would write it.
  const words = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }).map((text) => text.replace(/[<\n:]/g, '').trim());
  const written = words.filter((text) => text !== '');

  it('is learned with the end that stops it, without the thought before it, whatever it says', () => {
    fc.assert(
      fc.property(written, written, fc.constantFrom(chatml, plain), (thought, answer, dialogue) => {
        const whole = dialogue.completion(answer);
        expect(dialogue.withoutThought(whole)).toBe(whole);
        expect(dialogue.withoutThought(dialogue.completion(`Thought: ${thought}\nAnswer: ${answer}`))).toBe(whole);
        expect(dialogue.said(whole)).toBe(answer);
      }),
    );
  });

  it('that did not end is not given an end, and a thought alone is no answer', () => {
    expect(chatml.withoutThought('It goes on and')).toBe('It goes on and');
    expect(chatml.said(`Thought: I cannot say.${END}`)).toBe('');
  });

  it('ends for the model as its template ends it, whatever other tokens may end it', () => {
    const id = tokenizer.special(END);
    // generation_config.json goes before config.json, as where transformers generates
    expect(endOf(formatOf(chat.templates['chatml'] ?? null), tokenizer, [1])).toEqual({ ids: [id, 0], text: END });
    const silent = new ChatFormat({ tokenizerConfig: { eos_token: END }, template: null, generationConfig: {} });
    expect(endOf(silent, tokenizer, [1]).ids).toEqual([1, id]);
    // the plain template ends no answer, so the first token that may stands for it
    expect(endOf(formatOf(null), tokenizer, [1])).toEqual({ ids: [0, id], text: '<|end|>' });
    expect(tasksOfWorld(ladder).end).toBeNull();
  });

  it('ends with a token whose name is as long as one may be, and is not looked for further on, however much a template writes', () => {
    const name = `<${'e'.repeat(998)}>`;
    const json = JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures/tokenizers/qwen2.json'), 'utf8')) as {
      readonly added_tokens: readonly { readonly id: number }[];
    };
    const id = 1 + Math.max(...json.added_tokens.map((token) => token.id));
    const large = new Tokenizer({ ...json, added_tokens: [...json.added_tokens, { id, content: name, special: true }] });
    const writes = (after: string): ChatFormat =>
      new ChatFormat({
        tokenizerConfig: { eos_token: name },
        template: `{% for message in messages %}{{ message.content }}{% endfor %}${after}`,
        generationConfig: null,
      });
    expect(endOf(writes(name), large)).toEqual({ ids: [id], text: name });
    const encode = vi.spyOn(large, 'encodeTemplate').mockReturnValue([]);
    expect(endOf(writes('{{ "x" * 100000 }}'), large)).toEqual({ ids: [id], text: '<|end|>' });
    expect(encode.mock.calls.length).toBeLessThanOrEqual(1000);
  });
});

describe('the English kit', () => {
  const folder = join(import.meta.dirname, '../../public/kits/english');
  const english = readKit(new Map(readdirSync(folder).map((name) => [name, new Uint8Array(readFileSync(join(folder, name)))])));
  const sets = (seed: number) => questionsOf(english, chatml, { seed, prompts: 120 });

  it('is measured by so many questions and no more, the same for the same seed', () => {
    const ids = (seed: number) => Object.values(sets(seed)).map((set) => set?.map(({ id }: { readonly id: string }) => id));
    expect(Object.values(sets(1)).map((set) => set?.length)).toEqual([120, 60, 100, 30, undefined]);
    expect(ids(1)).toEqual(ids(1));
    expect(ids(1)).not.toEqual(ids(2));
  });

  it('gives every question a right and a wrong answer, and every prompt a topic', () => {
    const { validation, test, prompts } = sets(3);
    for (const { choices } of [...validation, ...test])
      expect(new Set(choices.map(({ aligned }) => aligned))).toEqual(new Set([true, false]));
    expect(new Set(prompts.map(({ kind }) => kind)).size).toBeGreaterThan(15);
  });

  it('never draws a question that it is measured by as a prompt, a demonstration or one of the model’s own', () => {
    const whole = taskOfKit(english, chatml);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), (seed) => {
        const { validation, test, prompts } = sets(seed);
        const learned = new Set([...prompts.map(({ text }) => text), ...whole.pool.map(({ question }) => question)]);
        for (const { text } of [...validation, ...test]) expect(learned.has(text) || whole.own(text) !== null).toBe(false);
      }),
      { numRuns: 5 },
    );
  });
});
