/**
 * The filters, the tests and the methods of texts in a chat template, where a number, a letter or a place is unusual: written as Python writes
 * it, an error where Python raises one, and refused by its name where nobody knows that it would be the same. The texts are jinja2's, as
 * transformers sets it up.
 */
import { describe, expect, it } from 'vitest';
import { boundedTemplate } from '../../src/text/template.ts';

const shown = (expression: string): string => boundedTemplate(`{{ ${expression} }}`)({ nan: Number.NaN, infinite: Infinity });

describe('a template writes as Python does', () => {
  it.each([
    // numbers that are none
    ['infinite', 'inf'],
    ['-infinite', '-inf'],
    ['[infinite, -infinite, nan]|tojson', '[Infinity, -Infinity, NaN]'],
    ['{infinite: 1, -infinite: 2}|tojson', '{"Infinity": 1, "-Infinity": 2}'],
    ['true|float', '1.0'],
    ['3.7|int', '3'],
    ['nan|int', '0'],
    ["'nan'|int(7)", '7'],
    ["'inf'|int(7)", '7'],
    // what is largest, sorted or one of a kind
    ["['b', 'A']|min", 'A'],
    ["['a', 'B']|max", 'B'],
    ["['a', 'B']|max(true)", 'a'],
    ["['a', 'B']|min(case_sensitive=true)", 'B'],
    ["{'b': 1, 'c': 2, 'a': 3}|tojson(sort_keys=true)", '{"a": 3, "b": 1, "c": 2}'],
    [String.raw`{'\U0001f600': 1, '\uffff': 2}|tojson(sort_keys=true, ensure_ascii=true)`, String.raw`{"\uffff": 2, "\ud83d\ude00": 1}`],
    ['[1.0, 2]|sum', '3.0'],
    ['[[1], [2]]|sum(start=[])', '[1, 2]'],
    // a text that was marked safe
    ["'<a>'|safe|safe", '<a>'],
    ["'<a>'|safe|string", '<a>'],
    ["[1, 'a'|safe, none]|join('-')", '1-a-None'],
    // places for values
    ["'abc' % [1]", 'abc'],
    ["'abc' % {}", 'abc'],
    ["'abc' % range(3)", 'abc'],
    ["'%05d|%+05d|% 05d' % (-7, 7, 7)", '-0007|+0007| 0007'],
    ["'{:f}|{:.1f}'.format(1.5, 2)", '1.500000|2.0'],
    ["'{:4}|{:4}|{:^4}|{:>4}|{:<4}|'.format('a', 1, 'b', 'c', 2)", 'a   |   1| b  |   c|2   |'],
    // parts of texts
    ["'a,b,c'.rsplit(',', 1)", "['a,b', 'c']"],
    ["'a,b,c'.split(',', 1)", "['a', 'b,c']"],
    ["'abc'.removeprefix('ab') ~ 'abc'.removeprefix('b')", 'cabc'],
    ["'a-b'.partition('-'), 'ab'.partition('-')", "(('a', '-', 'b'), ('ab', '', ''))"],
    ["'a-b-c'.rpartition('-'), 'ab'.rpartition('-')", "(('a-b', '-', 'c'), ('', '', 'ab'))"],
    ["'-5'.zfill(4), 'abc'.center(6), 'abc'.ljust(4, '.'), 'abc'.rjust(4)", "('-005', ' abc  ', 'abc.', ' abc')"],
    [String.raw`['a\r\nb\n'.splitlines(), ''.splitlines(), '\n'.splitlines(true)]`, String.raw`[['a', 'b'], [], ['\n']]`],
    // letters
    [String.raw`['\x00', '\x85', '\u200b', '\U000e0001']`, String.raw`['\x00', '\x85', '\u200b', '\U000e0001']`],
    ["'ª'.islower(), 'ʰ'.islower(), 'ĸ'.islower(), 'Aª'.isupper()", '(True, True, True, False)'],
    ["'Ⅷ'.isupper(), 'ⓐ'.islower(), '𝐀'.isupper(), 'ℂ' is upper", '(True, True, True, True)'],
    ["'ǅ'.isupper(), 'ǅ'.islower(), 'aǅ'.islower(), 'A1'.isupper()", '(False, False, False, True)'],
    ["['a', 'b'] < ['a', 'c'], 'a😀' < 'ab', 'ab' < 'abc'", '(True, False, True)'],
  ])('%s', (expression, text) => {
    expect(shown(expression)).toBe(text);
  });

  it('that its loop can be walked through', () => {
    expect(boundedTemplate('{% for i in [1] %}{{ loop is iterable }}{% endfor %}')({})).toBe('True');
  });
});

describe('a template ends with an error where Python raises one', () => {
  it.each([
    ['infinite|int', 'cannot convert float infinity to integer'],
    ["infinite|round(0, 'ceil')", 'cannot convert'],
    ["'%d' % infinite", 'cannot convert float Infinity to integer'],
    ["[1.0, 'a']|sum", "unsupported operand type(s) for +: 'float' and 'str'"],
    ["[1]|tojson(separators=[','])", 'separators must be two texts'],
    ["[1]|tojson(separators=(',', 1))", 'separators must be two texts'],
    ["[1]|tojson(separators=(1, ':'))", 'separators must be two texts'],
    ["('a'|safe, 1)|indent", 'indent needs a text'],
    ["'abc' % 1", 'not all arguments converted during string formatting'],
    ["'a,b'.split(',', 'x')", "'str' object cannot be interpreted as an integer"],
    ["'abc'.startswith(1)", 'startswith first arg must be str or a tuple of str'],
    ["'abc'.endswith(('a', 1))", 'endswith first arg must be str or a tuple of str'],
    ["'abc'.partition('')", 'empty separator'],
    ["'abc'.rpartition('')", 'empty separator'],
  ])('%s: %s', (expression, why) => {
    expect(() => shown(expression)).toThrow(why);
  });
});

describe('a template is refused by what is not supported', () => {
  it.each([
    ["'abc'|replace('a'|safe, 'b')", 'a filter on a text that was marked safe'],
    ["'%s'|format('a'|safe)", 'formatting a text that was marked safe'],
    ["'{}'.format('a'|safe)", 'formatting a text that was marked safe'],
    ["['a'|safe]|tojson", 'the JSON of a text that was marked safe'],
    ["'a'|safe|indent", 'the filter indent on a text that was marked safe'],
    ["2.5|round(16, 'ceil')", 'rounding to so many digits'],
    ["2.5|round(-1, 'floor')", 'rounding to so many digits'],
    ['[1]|tojson(indent=101)', 'so wide an indent'],
    ["{1: 'a', 'b': 2}|tojson(sort_keys=true)", 'sorting keys that are not all texts'],
    ['[missing]|unique|list', 'unique values of what is not there'],
    ["'abc' % missing", 'formatting with an undefined value'],
    ["'%.3d' % 5", 'the format %.3d'],
    ["'%f' % infinite", 'formatting a number that is not finite'],
    ["'{:f}'.format(nan)", 'formatting a number that is not finite'],
    ["'%20000d' % 1", 'so wide a format'],
    ["'{:20000}'.format(1)", 'so wide a format'],
    ["'ǅ'|upper", 'the case of a letter in this text'],
  ])('%s: %s', (expression, what) => {
    expect(() => shown(expression)).toThrow(`${what} is not supported`);
  });

  it.each(["'a'.center(100001)", "'a'.ljust(100001)", "'a'.rjust(100001)", "'a'.zfill(200000)"])(
    'or when it makes a text that is too large: %s',
    (expression) => {
      expect(() => shown(expression)).toThrow('too large');
    },
  );
});
