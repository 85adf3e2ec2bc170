/**
 * Chat templates against jinja2 as transformers sets it up: thousands of generated ones, each with the text that jinja2 makes of it, or that it
 * raises; test/oracle/fuzz_templates.py made them. Never another text without a word.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { boundedTemplate } from '../../src/text/template.ts';

const { contexts, rows } = JSON.parse(
  gunzipSync(readFileSync(join(import.meta.dirname, '../fixtures/fuzzed-templates.json.gz'))).toString(),
) as {
  readonly contexts: readonly Readonly<Record<string, unknown>>[];
  readonly rows: readonly (readonly [template: string, context: number, text: string | null])[];
};

/** Those that are seldom generated; test/oracle/picked_templates.py. */
const picked = JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures/picked-templates.json'), 'utf8')) as {
  readonly rows: readonly (readonly [template: string, text: string | null])[];
};

const made = ([template, context]: (typeof rows)[number]): { readonly text: string | null; readonly why: string } => {
  try {
    return { text: boundedTemplate(template)(contexts[context] ?? { messages: [] }), why: '' };
  } catch (error) {
    return { text: null, why: (error as Error).message };
  }
};

describe('a generated template', () => {
  const results = rows.map((row) => ({ row, ...made(row) }));

  it('and one that is seldom generated comes out so too', () => {
    const others = picked.rows.map(([template, wanted]) => ({ template, wanted, ...made([template, -1, wanted]) }));
    expect(others.filter(({ wanted, text, why }) => text !== wanted && !(text === null && why.endsWith(' is not supported')))).toEqual([]);
  });

  it('has the text that jinja2 gives it, or is refused by the name of what is not supported', () => {
    const wrong = results.filter(({ row, text, why }) => text !== row[2] && !(text === null && why.endsWith(' is not supported')));
    expect(wrong.map(({ row: [template, context, wanted], text, why }) => ({ template, context, wanted, text, why }))).toEqual([]);
  });

  it('is refused where jinja2 raises, and seldom where it does not', () => {
    const there = results.filter(({ row }) => row[2] !== null);
    expect(rows.length).toBeGreaterThanOrEqual(4000);
    expect(there.length).toBeGreaterThan(2000);
    expect(there.filter(({ text }) => text === null).length).toBeLessThan(there.length / 6);
  });
});

describe('a template', () => {
  const shown = (template: string, variables: Readonly<Record<string, unknown>> = {}): string => boundedTemplate(template)(variables);

  it('keeps what was written before break and continue', () => {
    expect(shown('{% for i in [1, 2, 3] %}{{ i }}{% if i == 2 %}!{% break %}{% endif %},{% endfor %}')).toBe('1,2!');
    expect(shown('{% for i in [1, 2, 3] %}{{ i }}{% if i == 2 %}{% continue %}{% endif %},{% endfor %}')).toBe('1,23,');
  });

  it('has its newlines as jinja2 reads them', () => {
    expect(shown('{% if true %}\r\na\r\n{% endif %}\r\nb\r\n')).toBe('a\nb');
    expect(shown('a\n   {%+ if true %}b{% endif %}\n{% if true +%}\nc{% endif %}')).toBe('a\n   b\nc');
  });

  it.each([
    ['7 // -2', '-4'],
    ['-7 % 3', '2'],
    ['7.5 // 2', '3.0'],
    ['2 ** -1', '0.5'],
    ['1e16', '1e+16'],
    ['0.1 + 0.2', '0.30000000000000004'],
    ['[1, true, none, "a\'b", 1.0, (1,)]', '[1, True, None, "a\'b", 1.0, (1,)]'],
    ["{'a': [1]}|tojson", '{"a": [1]}'],
    ["{'a': '<é>'}|tojson(indent=2)", '{\n  "a": "<é>"\n}'],
    ['1 < 2 < 3', 'True'],
    ["'a' in {'a': none}", 'True'],
    ["'abcdef'[::-2]", 'fdb'],
    ["'a,b,,c'.split(',', 2)", "['a', 'b', ',c']"],
    ["'  a b  c '.split(none, 1)", "['a', 'b  c ']"],
    ["'  a b  c '.rsplit(none, 1)", "['  a b', 'c']"],
    ["{'a': none}.get('a', 5)", 'None'],
    ['namespace(a=1)', "<Namespace {'a': 1}>"],
    ["'%s|%5.1f|%-4d|' % ('x', 2.25, 7)", 'x|  2.2|7   |'],
    ['2.5|round, 3.5|round, 2.675|round(2)', '(2.0, 4.0, 2.67)'],
  ])('writes %s as Python does: %s', (expression, text) => {
    expect(shown(`{{ ${expression} }}`)).toBe(text);
  });

  it('hides a variable that it sets later, as jinja2 does', () => {
    expect(shown('{% for i in [1] %}[{{ x }}]{% endfor %}{% set x = 2 %}{{ x }}', { x: 1 })).toBe('[]2');
    expect(shown('{{ x }}{% for i in [1] %}[{{ x }}]{% endfor %}{% set x = 2 %}', { x: 1 })).toBe('1[1]');
  });

  it('may name a filter that nobody knows where it does not come to it', () => {
    expect(shown('{% if x %}{{ x|from_json }}{% endif %}ok')).toBe('ok');
    expect(() => shown('{% if true %}{{ x|from_json }}{% endif %}')).toThrow('the filter from_json is not supported');
  });

  it.each([
    '{{ x|urlize }}',
    '{{ x is nothing }}',
    "{% include 'a' %}",
    '{{ [1].sort }}{{ "a".encode() }}',
    '{% autoescape true %}{% endautoescape %}',
    '{{ cycler(1) }}',
  ])('is refused by the name of what is not supported: %s', (template) => {
    expect(() => shown(template, { x: 1 })).toThrow(/ is not supported$/);
  });
});
