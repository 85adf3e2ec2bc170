/**
 * The seldom parts of the template language: what jinja2 3.1 gives, as transformers sets it up; where jinja2 raises, an error; what it may do and is
 * not known to come out the same here, refused by name; and the bounds that a template of a stranger meets.
 */
import { describe, expect, it } from 'vitest';
import { boundedTemplate } from '../../src/text/template.ts';

const shown = (template: string, variables: Readonly<Record<string, unknown>> = {}): string => boundedTemplate(template)(variables);

describe('a template has the text that jinja2 gives it', () => {
  it.each([
    ['{{ 1 ** -100 }} {{ (-1) ** -101 }}', '1.0 -1.0'],
    ["{{ {'a': 1}[[1]] }}{{ {'a': 1}[{}] }}.", '.'],
    ["{{ 'inf'|float|round }} {{ '-inf'|float|round(2) }}", 'inf -inf'],
    ['{{ [range]|first()(3)|list }}', '[0, 1, 2]'],
    ['{{ [1, 2, 3][:] }}{{ [1, 2, 3][:2] }}{{ [1, 2, 3][1::] }}', '[1, 2, 3][1, 2][2, 3]'],
    ['a{', 'a{'],
    ['{a}{{ 1 }}{ ', '{a}1{ '],
    ['{% for i in [1, 2] %}a{% set x %}b{% break %}{% endset %}c{% endfor %}d', 'ad'],
    ['{% for i in [1, 2] %}a{% set x %}b{% if i == 1 %}{% continue %}{% endif %}{% endset %}c{{ x }}{% endfor %}d', 'aacbd'],
    ['{% for i in [1, 2] %}a{% filter upper %}b{% break %}{% endfilter %}c{% endfor %}d', 'ad'],
    ["{{ 'nan'|float < 1 }} {{ 'nan'|float > 1 }} {{ 'nan'|float == 'nan'|float }} {{ 'nan'|float != 1 }}", 'False False False True'],
    ["{{ namespace([['a', 1]]).a }} {{ dict([['a', 1], ('b', 2)]) }}", "1 {'a': 1, 'b': 2}"],
    ['{% set x | upper | trim %} a {% endset %}[{{ x }}]', '[A]'],
    ["{% set x | default('b') | replace('a', 'c') %}aba{% endset %}[{{ x }}]", '[cbc]'],
    ["{% set i = 'é' %}{% filter upper | trim | replace('A', i) %} a {% endfilter %}", 'é'],
    [
      '{% if 0 %}a{% elif 0 %}b{% elif 1 %}c{% else %}d{% endif %}{% if 0 %}a{% elif 0 %}b{% endif %}{% if 0 %}a{% else %}e{% endif %}',
      'ce',
    ],
    ["{{ 'a'|safe }}{% set x | safe %}b{% endset %}{{ x }}", 'ab'],
  ])('%s', (template, text) => {
    expect(shown(template)).toBe(text);
  });

  it('also where a variable was given without a value: it is not defined', () => {
    expect(shown('{{ x is defined }} {{ x }}.', { x: undefined })).toBe('False .');
  });
});

describe('a template is refused where jinja2 raises', () => {
  it.each([
    ["{{ 'a' * 'b' }}", "unsupported operand type(s) for *: 'str' and 'str'"],
    ['{{ [1] * 1.5 }}', "unsupported operand type(s) for *: 'list' and 'float'"],
    ['{{ {} * 2 }}', "unsupported operand type(s) for *: 'dict' and 'int'"],
    ["{{ ([1]|map('string'))() }}", "'generator' object is not callable"],
    ['{{ namespace()|length }}', "object of type 'Namespace' has no len()"],
    ['{{ 5() }}', "'int' object is not callable"],
    ["{{ {'a': 1}() }}", "'dict' object is not callable"],
    ['{{ range is defined()(3) }}', "'bool' object is not callable"],
    ['{{ 1 + }}', 'unexpected printed'],
    ['{{ ‿a }}', 'Invalid character in identifier'],
    ['{{ ٣a }}', 'Invalid character in identifier'],
    ['a{{', 'unexpected over'],
    ['a{%', 'expected name, got over'],
    ['{% macro m() %}{{ caller() }}{% endmacro %}{% call m(caller=1) %}x{% endcall %}', "multiple values for keyword argument 'caller'"],
    ['{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, x=2, y=3) }}', "macro 'm' takes no keyword argument 'x'"],
    ['{% if 1 %}a', 'Unexpected end of template, looking for elif or else or endif'],
    ['{% for x in [1] %}{{ x', 'expected printed, got over'],
  ])('%s', (template, why) => {
    expect(() => shown(template)).toThrow(why);
  });
});

describe('a template is refused by the name of what is not supported', () => {
  it.each([
    ['{{ 2 ** 4000 * 2 ** 4000 }}', 'a number of more than 4096 bits'],
    ['{{ -(2 ** 4000) * 2 ** 4000 }}', 'a number of more than 4096 bits'],
    ['{{ (10 ** 30 + 1) / 3 }}', 'dividing numbers as large as these'],
    ['{{ 2 ** -100 }}', 'this power'],
    ['{{ 2.5|round(-1) }}', 'rounding to so many digits'],
    ['{{ 2.5|round(101) }}', 'rounding to so many digits'],
    ["{{ ('a'|safe)[0] }}", 'an item of a text that was marked safe'],
    ["{{ ('a'|safe).upper() }}", 'upper of a text that was marked safe'],
    ['{{ range.x }}', 'x of a function'],
    ["{{ ('ab'|safe)|length }}", 'the filter length on a text that was marked safe'],
    ["{% for c in 'ab'|safe %}{{ c }}{% endfor %}", 'a loop over a Safe'],
    ["{{ 1 in ([1]|map('int')) }}", '“in” of a generator'],
    ['{% for x in [1] %}{{ loop|length }}{% endfor %}', 'the length of a LoopContext'],
    ['{% for x in [1] %}{% for y in loop %}{{ y }}{% endfor %}{% endfor %}', 'a loop over a LoopContext'],
    ['{% for x in [1] %}{% if loop %}a{% endif %}{% endfor %}', 'a condition on loop'],
    ['{{ namespace(5) }}', 'namespace() of this'],
    ["{{ dict(['ab']) }}", 'dict() of this'],
    ['{{ ﬁ }}', 'the name ﬁ'],
    ['{% macro m(caller) %}{% endmacro %}', 'a parameter called caller'],
  ])('%s', (template, what) => {
    expect(() => shown(template)).toThrow(`${what} is not supported`);
  });
});

describe('a template of a stranger meets a bound', () => {
  it.each([
    ["{{ 'a' * 2000000 }}", 'it makes a value that is too large'],
    ['{{ (1, 2) * 2000000 }}', 'it makes a value that is too large'],
    ["{% set x = 'a' * 100000 %}{% for i in range(50) %}{{ x }}{% endfor %}", 'it makes a text that is too long'],
    [`{{ ${'['.repeat(300)}${']'.repeat(300)} }}`, 'an expression is too deep'],
    [`{{ ${'('.repeat(300)}1${')'.repeat(300)} }}`, 'an expression is too deep'],
    [`{{ ${'not '.repeat(300)}1 }}`, 'an expression is too deep'],
    [`{{ ${'-'.repeat(300)}1 }}`, 'an expression is too deep'],
    [`${'{% if 1 %}'.repeat(150)}a${'{% endif %}'.repeat(150)}`, 'blocks are too deep'],
  ])('%s', (template, why) => {
    expect(() => shown(template)).toThrow(why);
  });
});
