/** What is trained on is what the chat template writes: templates that think, that begin an answer in two ways, or that change what is said. */
import { describe, expect, it } from 'vitest';
import { differencesOf } from '../../src/kit/faithful.ts';
import { Dialogue } from '../../src/kit/dialogue.ts';
import { noteOn } from '../../src/lab/noted.ts';
import { tasksFor, tasksOfKit, templateOf } from '../../src/lab/tasks.ts';
import { DEFAULTS } from '../../src/run/config.ts';
import { chat, END, formatOf, kit, tokenizer } from '../support/kit-data.ts';

const modelOf = (template: string | null) => ({ tokenizer, format: formatOf(template) });
const dialogueOf = (template: string, thinking = false): Dialogue => new Dialogue(templateOf(modelOf(template), thinking));
const user = (content: string) => ({ role: 'user', content }) as const;
const assistant = (content: string) => ({ role: 'assistant', content }) as const;
const system = (content: string) => ({ role: 'system', content }) as const;
const turn = (role: string, content: string): string => `<|im_start|>${role}\n${content}<|im_end|>\n`;

/** Each turn in ChatML but the last answer, which stands after `lead`; a prompt ends in `open`. */
const chatml = (lead: string, open: string): string => `{%- for m in messages %}
{%- if m.role == 'assistant' and loop.last %}
{{- '<|im_start|>assistant\\n${lead}' + m.content + '<|im_end|>\\n' }}
{%- else %}
{{- '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' }}
{%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
${open}
{%- endif %}`;
const HEAD = "{{- '<|im_start|>assistant\\n' }}";
const EMPTY = '<think>\\n\\n</think>\\n\\n';
const FLAG = (name: string): string => `${HEAD}{%- if ${name} is defined and ${name} is false %}{{- '${EMPTY}' }}{%- endif %}`;

/** Templates of thinking models: how an answer of the last turn is written, and what a prompt ends in. */
const THINKERS = {
  'that are told by enable_thinking': chatml(EMPTY, FLAG('enable_thinking')),
  'that are told by thinking': chatml(EMPTY, FLAG('thinking')),
  'that cannot be told': chatml(EMPTY, HEAD),
  'that begin every answer with a thought': chatml(EMPTY, "{{- '<|im_start|>assistant\\n<think>\\n' }}"),
  'that leave thoughts out of conversations': chatml('', "{{- '<|im_start|>assistant\\n<think>\\n' }}"),
  'of Qwen3': chat.templates['qwen3'] ?? '',
};

describe.each(Object.entries(THINKERS))('with models %s', (_, template) => {
  const format = formatOf(template);
  const dialogue = dialogueOf(template);

  it.each([
    ['one question', [user('Why?')]],
    ['a system message', [system('Be kind.'), user('Why?')]],
    ['an earlier question', [user('How?'), assistant('So.'), user('Why?')]],
    ['both', [system('Be kind.'), user('How?'), assistant('So.'), user('Why?')]],
  ])('a prompt and its answer are the beginning of the whole conversation, without a thought: %s', (_, messages) => {
    const made = format.prompt(messages) + dialogue.completion('Because.');
    const whole = format.render([...messages, assistant('Because.')], { addGenerationPrompt: false });
    expect(whole.slice(0, made.length)).toBe(made);
    expect(made).not.toMatch(/<think>\s*$/);
    expect(differencesOf(templateOf({ tokenizer, format }))).toEqual([]);
  });

  it('thinking is off, and the page says by which setting it is on', () => {
    expect(noteOn({ tokenizer, format })).toContain('“Thinking”');
    expect(dialogue.prompt('Why?').split('<think>').length).toBe(dialogue.prompt('Why?').split('</think>').length);
  });

  it('a thought is never part of an answer, and never trained on', () => {
    for (const thinking of [false, true]) {
      const reader = dialogueOf(template, thinking);
      expect(reader.said('<think>\nThe user asks.\n</think>\n\nBlue.<|im_end|>')).toBe('Blue.');
      expect(reader.withoutThought('<think>\nThe user asks.\n</think>\n\nBlue.<|im_end|>')).toBe(reader.completion('Blue.'));
      expect(reader.said('<think>\nThe user asks and asks')).toBe('');
      expect(reader.said(reader.completion('Blue.'))).toBe('Blue.');
    }
  });

  it('where thinking is allowed the prompt leaves room for a thought, and what is trained on has none', () => {
    const thinker = dialogueOf(template, true);
    expect(thinker.prompt('Why?')).not.toContain('</think>');
    expect(thinker.completion('Because.')).toMatch(/^(?:(?:<think>)?\s*<\/think>\n\n)?Because\.<\|im_end\|>$/);
    const tasks = tasksOfKit({ tokenizer, format }, kit);
    const prompt = (thinking: boolean) => tasksFor(tasks, { thinking }).stock(DEFAULTS).prompts[0]?.prompt ?? '';
    expect([prompt(false).endsWith('<think>\n'), prompt(false).includes('</think>') === prompt(true).includes('</think>')]).toEqual([
      false,
      template === THINKERS['that leave thoughts out of conversations'],
    ]);
    expect(DEFAULTS.thinking).toBe(false);
  });
});

describe('a thought that the prompt has begun', () => {
  const thinker = dialogueOf(THINKERS['that leave thoughts out of conversations'], true);

  it('ends where the model ends it', () => {
    expect(thinker.said('They ask.\n</think>\n\nBlue.<|im_end|>')).toBe('Blue.');
    expect(thinker.said('They ask and ask')).toBe('');
    expect(thinker.completion('Blue.')).toBe('\n</think>\n\nBlue.<|im_end|>');
  });
});

describe('a model that does not think', () => {
  it('keeps every word, those in angle brackets too', () => {
    const plain = dialogueOf(chat.templates['chatml'] ?? '');
    expect(plain.said('Write <think> and </think> around it.<|im_end|>')).toBe('Write <think> and </think> around it.');
    expect(tasksOfKit(modelOf(chat.templates['chatml'] ?? ''), kit).thinking).toBeNull();
    expect(noteOn(modelOf(chat.templates['chatml'] ?? ''))).toBeNull();
  });
});

describe('when a model is opened', () => {
  it.each(Object.keys(chat.templates).filter((name) => name !== 'qwen3' && name !== 'llama3.2'))(
    'nothing needs to be said of the template of %s but what it does otherwise',
    (name) => {
      const note = noteOn(modelOf(chat.templates[name] ?? ''));
      const endless = ['llama3', 'gemma', 'tinyllama', 'llama2', 'mistral', 'vicuna'].includes(name);
      if (!endless) expect(note).toBeNull();
      else expect(note ?? '').not.toContain('something else in training');
    },
  );

  it('a template that begins an answer otherwise in a prompt is followed as it writes conversations, and that is said', () => {
    const silent = `{% for m in messages %}{{ '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' }}{% endfor %}`;
    expect(formatOf(silent).prompt([user('Hi')])).toBe(`${turn('user', 'Hi')}<|im_start|>assistant\n`);
    expect(noteOn(modelOf(silent))).toContain('with “<|im_start|>assistant”; prompts are written as the conversation is');
  });

  it('one that changes what is said is told by what it makes of it', () => {
    const flat = chatml('', HEAD).replaceAll('m.content +', "m.content.replace('\\n', ' ') +");
    expect(noteOn(modelOf(flat))).toMatch(/several lines is “.*First of all:↵↵.*” in training, “.*First of all:  .*” in a conversation/);
  });

  it.each([
    ['that takes the spaces before lines', "(m.content.split('\\n') | map('trim') | join('\\n'))"],
    ['that joins empty lines', "m.content.replace('\\n\\n\\n', '\\n\\n')"],
    ['that writes quotes for HTML', `m.content.replace('"', '&quot;')`],
    ['that writes ampersands for HTML', "m.content.replace('&', '&amp;')"],
    ['that writes backslashes twice', "m.content.replace('\\\\', '\\\\\\\\')"],
    ['that writes spaces for tabs', "m.content.replace('\\t', '  ')"],
  ])('one %s is told', (_, written) => {
    const other = chatml('', HEAD).replaceAll('m.content +', `${written} +`);
    expect(noteOn(modelOf(other))).toMatch(/an answer of several lines is “.*” in training, “.*” in a conversation/);
  });

  it('one that writes another beginning after a system message is told', () => {
    const other = `{%- if messages[0].role == 'system' and not add_generation_prompt %}{{- 'Rules: ' }}{%- endif %}${chatml('', HEAD)}`;
    expect(noteOn(modelOf(other))).toContain('With a system message, the chat template of this model writes something else');
  });

  it('one that refuses a second question is told, with its own words', () => {
    const once = `{%- if messages|length > 2 %}{{- raise_exception('one question only') }}{%- endif %}${chatml('', HEAD)}`;
    expect(noteOn(modelOf(once))).toMatch(/After an earlier question, .* it refuses the conversation: .*one question only/);
  });

  it('one in which a single answer cannot be learned as it is written is refused', () => {
    const loud = chatml('', HEAD)
      .replace("'assistant' and loop.last %}", "'assistant' %}")
      .replace("+ m.content + '<|im_end|>", "+ m.content|upper + '<|im_end|>");
    expect(() => noteOn(modelOf(loud))).toThrow(
      expect.objectContaining({ code: 'CHAT_TEMPLATE', detail: expect.stringContaining('BECAUSE.') }),
    );
  });

  it('one that writes the date says so, and one that ends no answer', () => {
    expect(noteOn(modelOf(`{{- strftime_now('%Y') }}${chatml('', HEAD)}`))).toContain('writes the date into its prompts');
    expect(noteOn(modelOf(chatml('', HEAD).replaceAll('<|im_end|>', '')))).toContain('puts no end after an answer');
    expect(noteOn(modelOf(null))).toMatch(/plain one is used/);
    expect(END).toBe('<|im_end|>');
  });
});
