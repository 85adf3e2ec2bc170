/** How a model's prompts are written tells models of the same weights apart: whatever changes a prompt changes the hash, but for the day, and nothing else does. */
import { expect, it } from 'vitest';
import { trainTokenizer } from '../../scripts/bpe.ts';
import { renderingOf } from '../../src/lab/rendering.ts';
import { ChatFormat } from '../../src/text/chat.ts';
import { Tokenizer } from '../../src/text/tokenizer/tokenizer.ts';
import { tokenizer } from '../support/kit-data.ts';

const chatml = (content: string, first = ''): string =>
  `${first}{% for m in messages %}{{ '<|im_start|>' + m.role + '\\n' + ${content} + '<|im_end|>\\n' }}{% endfor %}` +
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";
const CHATML = chatml('m.content');
const DATED = chatml('m.content', "{{ '<|im_start|>system\\nToday is ' + strftime_now('%d %b %Y') + '<|im_end|>\\n' }}");
const STRICT = chatml('m.content', "{% if messages|length > 2 %}{{ raise_exception('one question only') }}{% endif %}");

type Files = Partial<ConstructorParameters<typeof ChatFormat>[0]> & { readonly tokenizer?: Tokenizer; readonly eos?: readonly number[] };
const hashOf = ({ tokenizer: own = tokenizer, eos = [1], ...files }: Files): Promise<string> => {
  const format = new ChatFormat({ tokenizerConfig: null, template: CHATML, generationConfig: null, ...files });
  return renderingOf({ tokenizer: own, format, eos });
};

it('is the same for the same files, and for what no prompt shows', async () => {
  const usual = await hashOf({});
  expect(usual).toMatch(/^[0-9a-f]{16}$/);
  expect(await hashOf({})).toBe(usual);
  expect(await hashOf({ template: `{# written by somebody #}${CHATML}` })).toBe(usual);
  expect(await hashOf({ tokenizerConfig: { model_max_length: 7, chat_template: 'not read' } })).toBe(usual);
  expect(await hashOf({ today: new Date(2001, 1, 1) })).toBe(usual);
});

it.each<[string, Files]>([
  ['another name of a role', { template: CHATML.replaceAll('im_start', 'im_begin') }],
  ['a space more', { template: chatml("m.content + ' '") }],
  ['a template that trims', { template: chatml('m.content|trim') }],
  ['capitals', { template: chatml('m.content|capitalize') }],
  ['a system message of its own', { template: chatml('m.content', "{{ '<|im_start|>system\\nYou are Bob.<|im_end|>\\n' }}") }],
  ['demonstrations refused', { template: STRICT }],
  ['no template', { template: null }],
  ['other stop tokens', { eos: [2] }],
  ['other stop tokens in generation_config.json', { generationConfig: { eos_token_id: [1, 5] } }],
  [
    'a tokenizer of as many tokens',
    { tokenizer: new Tokenizer(trainTokenizer(['so other words make other merges '.repeat(40)], tokenizer.size)) },
  ],
  ['a tokenizer of bytes', { tokenizer: new Tokenizer(trainTokenizer([], 259)) }],
  ['the date', { template: DATED, today: new Date(2026, 10, 29) }],
])('is another with %s', async (_, files) => {
  expect(await hashOf(files)).not.toBe(await hashOf({}));
});

it('is the same on every day, also where the template writes the date', async () => {
  const [first, next] = await Promise.all([29, 30].map((day) => hashOf({ template: DATED, today: new Date(2026, 10, day) })));
  expect(next).toBe(first);
  expect(await hashOf({ template: DATED.replace('%d %b %Y', '%Y-%m-%d') })).not.toBe(first);
});

it('is to be had of a template that cannot think, or does not want to', async () => {
  const thinks = chatml('m.content', "{% if enable_thinking %}{{ '<think>' }}{% endif %}");
  const refuses = thinks.replace("{{ '<think>' }}", "{{ raise_exception('no') }}");
  expect(await hashOf({ template: thinks })).not.toBe(await hashOf({}));
  expect(await hashOf({ template: refuses })).not.toBe(await hashOf({ template: thinks }));
});

it('is not to be had of a template that refuses a single question', async () => {
  await expect(hashOf({ template: "{{ raise_exception('no') }}" })).rejects.toMatchObject({ code: 'CHAT_TEMPLATE' });
});
