"""Random chat templates with what jinja2 makes of them, set up as transformers does.

    python test/oracle/fuzz_templates.py        writes test/fixtures/fuzzed-templates.json.gz

A seed and a table of constructs: every row is a template, the context it is given, and its text, or null where jinja2 raises. The node test holds
src/text/template.ts to it: the same text, or a refusal that names what is not supported.
"""
import gzip
import json
import pathlib
import random
import signal

import jinja2
from transformers.utils.chat_template_utils import _compile_jinja_template

OUT = pathlib.Path(__file__).resolve().parents[1] / "fixtures/fuzzed-templates.json.gz"
COUNT = 4000
SEED = 20261129

STRINGS = ["", "a", "Hello World", "  padded \t", "line one\nline two\n", "x,y,,z", "'single'", 'say "hi"', "ünïcödé", "日本語", "a😀b", "MiXeD cAsE", "<think>\nwell\n</think>\n\nfine",
           "tab\there", "back\\slash", "aaa", "0", "42", "-7", "3.50", " 12 ", "1e3", "abc abc abc", "ends.", "\u00a0nb\u2028sp", "it's", "%s and %d", "{} {}", "e\u0301", "ß", "ΑΣ", "\r\nwin\r\n"]  # fmt: skip
CONTEXTS = [
    {"messages": [{"role": "user", "content": "Hi"}], "x": 5, "y": -3, "s": "Hello World", "e": "", "l": [3, 1, 2], "d": {"b": 1, "a": 2}, "n": None, "t": True, "f": 2.5, "add_generation_prompt": True},
    {"messages": [{"role": "system", "content": "  Be kind.\n"}, {"role": "user", "content": "Why?\r\nSo"}, {"role": "assistant", "content": "<think>\nhm\n</think>\n\nBecause."}], "x": 0, "y": 7, "s": "line one\nline two\n", "e": " ", "l": ["b", "A", "c", "a"], "d": {"k": [1, {"z": None}], "items": "mine"}, "n": None, "t": False, "f": -0.1, "add_generation_prompt": False},
    {"messages": [{"role": "user", "content": "日本 😀 it's \"q\""}, {"role": "assistant", "content": ""}, {"role": "user", "content": "x"}], "x": 12, "y": 4, "s": "a😀b ünï", "e": "z", "l": [], "d": {}, "n": None, "t": True, "f": 1e-7, "add_generation_prompt": True},
]  # fmt: skip


class Maker:
    def __init__(self, rng):
        self.r = rng
        self.loops = 0

    def pick(self, *items):
        return self.r.choice(items)

    def string(self):
        text = self.r.choice(STRINGS)
        quote = self.pick("'", '"')
        body = text.replace("\\", "\\\\").replace(quote, "\\" + quote)
        if self.r.random() < 0.8:
            body = body.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
        return quote + body + quote

    def number(self):
        return self.pick("0", "1", "2", "3", "7", "10", "-1", "-2", "255", "1_000", "0x1f", "0b101", "0.5", "2.0", "1.5", "-0.25", "1e3", "1e-5", "1e16", "123456789012", "0.1", "2.675", "100.0", "x", "y", "f")

    def name(self):
        return self.pick("x", "y", "s", "e", "l", "d", "n", "t", "f", "missing", "messages", "messages[0]", "messages[-1].content", "messages[0].role", "messages[0]['content']", "v", "w")

    def list_(self, depth):
        return self.pick("l", "[3, 1, 2]", "['b', 'a', 'C']", "[]", "[1, 2.5, true, none]", "(1, 2)", "range(4)", "range(5, 0, -2)", "messages", "[[1, 2], [3]]", f"[{self.expr(depth - 1)}, {self.expr(depth - 1)}]", "'abc'", "d", "['x'] * 2", "l + [9]", "s.split()", "d.keys()", "d.items()|list")

    def text(self, depth):
        kind = self.r.randrange(6)
        if kind == 0 or depth <= 0:
            return self.pick("s", "e", self.string(), self.string(), "messages[-1].content", "messages[0]['content']")
        if kind == 1:
            return f"({self.text(depth - 1)} ~ {self.expr(depth - 1)})"
        if kind == 2:
            return f"({self.text(depth - 1)} + {self.text(depth - 1)})"
        if kind == 3:
            return f"{self.text(0)}.{self.method()}"
        if kind == 4:
            return f"({self.text(depth - 1)})|{self.pick('trim', 'upper', 'lower', 'title', 'capitalize', 'string', 'reverse', 'indent(2)', 'indent', 'indent(1, true)', 'indent(3, blank=true)', 'safe')}"
        return f"({self.text(depth - 1)}){self.slice()}"

    def method(self):
        s = self.string
        return self.pick(
            "strip()", "lstrip()", "rstrip()", f"strip({s()})", f"rstrip({s()})", f"lstrip({s()})", "upper()", "lower()", "title()", "capitalize()", "swapcase()",
            f"replace({s()}, {s()})", f"replace({s()}, {s()}, 1)", f"split({s()})[0]", f"split({s()})[-1]", "split()|join('|')", f"split(none, 1)|join('|')", f"rsplit(none, 1)|join('|')",
            f"split({s()}, 1)|tojson", f"rsplit({s()}, 1)", "split(' ', maxsplit=1)", "splitlines()", "splitlines(true)", f"startswith({s()})", f"endswith({s()})", "startswith(('H', 'a'))", f"find({s()})",
            f"rfind({s()})", f"count({s()})", f"find({s()}, 1)", f"count({s()}, 1, 4)", f"index({s()})", f"join(['a', 'b', {s()}])", f"partition({s()})", f"rpartition({s()})", f"removeprefix({s()})", f"removesuffix({s()})",
            "isdigit()", "isalpha()", "isspace()", "isupper()", "islower()", "isalnum()", "isnumeric()", "zfill(8)", "center(12)", "center(13, '*')", "ljust(9, '.')", "rjust(9)", "format(1, 'b')", "format(x, s)",
            "encode()", "casefold()", "expandtabs()", "nothing", "nothing()", "length", "_private", "__class__", "isascii()", "startswith('l', 5)", "endswith('o', 0, 5)",
        )  # fmt: skip

    def slice(self):
        n = lambda: self.pick("", "", "0", "1", "2", "-1", "-2", "5", "100", "-100")
        return self.pick(f"[{n()}:{n()}]", f"[{n()}:{n()}]", "[::-1]", f"[{n()}:{n()}:2]", f"[{n()}:{n()}:-1]", "[0]", "[-1]", "[99]", "[1]")

    def filter(self, depth):
        return self.pick(
            "length", "count", "first", "last", "list", "join", "join(', ')", "join('-')", "sort", "sort(reverse=true)", "sort(case_sensitive=true)", "unique|list", "reverse|list", "min", "max", "sum", "sum(start=1)", "int", "int(5)", "float", "float(1.5)",
            "string", "upper", "lower", "trim", "title", "capitalize", "default('D')", "default('D', true)", "d(7)", "abs", "round", "round(1)", "round(2, 'floor')", "round(0, 'ceil')", "tojson", "tojson(indent=2)", "tojson(ensure_ascii=true)",
            "tojson(sort_keys=true)", "tojson(separators=(',', ':'))", "tojson(indent=4, separators=(',', ': '))", "items|list", "dictsort", "dictsort(by='value')", "map('upper')|list", "map('string')|join('+')", "map('trim')|list", "select|list", "reject|list", "select('odd')|list",
            "select('string')|list", "reject('none')|list", "select('gt', 1)|list", "select('equalto', 'a')|list", "selectattr('role', 'equalto', 'user')|list|length", "selectattr('role', '==', 'user')|map(attribute='content')|list", "rejectattr('role', 'in', ['system'])|list|length", "selectattr('missing', 'defined')|list", "selectattr('role')|list|length",
            "map(attribute='role')|join(',')", "map(attribute='nope', default='-')|list", "map(attribute='0')|list", "batch(2)|list", "wordcount", "replace('a', 'b')", "replace('l', 'L', 1)", "safe", "e", "format(1, 2)", "attr('role')", "groupby('role')|list", "center(9)", "truncate(5)", "pprint",
            f"default({self.expr(depth - 1)})", "nosuchfilter", "map('length')|list", "sort(attribute='role')|map(attribute='role')|list", "list|last", "random", "xmlattr", "striptags", "slice(2)|list", "wordwrap(4)", "urlencode", "filesizeformat",
        )  # fmt: skip

    def test(self, depth):
        return self.pick(
            "defined", "undefined", "none", "string", "number", "integer", "float", "boolean", "true", "false", "mapping", "sequence", "iterable", "callable", "odd", "even", "divisibleby 2", "divisibleby(3)", "lower", "upper", "in [1, 2, 'a']", "in s", "eq 1", "equalto('a')", "ne none", "gt 2", "lt(2)", "ge 0", "le 1",
            "sameas true", "sameas none", "== 5", "escaped", "nosuchtest", "filter", "test", "not none", "not defined", "not string",
        )  # fmt: skip

    def expr(self, depth=2):
        if depth <= 0:
            return self.pick(self.string(), self.number(), self.name(), self.number(), self.pick("true", "false", "none", "True", "None"))
        kind = self.r.randrange(17)
        e = lambda: self.expr(depth - 1)
        if kind == 0:
            if self.r.random() < 0.15:
                return f"{self.pick('2', '3', '-2', '0', '10', '2.0', '-1', '1.5')} ** {self.pick('0', '1', '2', '5', '-1', '-3', '3.0', '0.5', '100')}"
            return f"{self.number()} {self.pick('+', '-', '*', '/', '//', '%')} {self.number()}"
        if kind == 1:
            return f"({e()}) {self.pick('==', '!=', '<', '>', '<=', '>=', 'in', 'not in')} ({e()})"
        if kind == 2:
            return f"({e()}) {self.pick('and', 'or')} ({e()})"
        if kind == 3:
            return f"not {e()}"
        if kind == 4:
            return f"({e()} if {e()} else {e()})"
        if kind == 5:
            return f"({e()} if {e()})"
        if kind in (6, 7):
            return self.text(depth)
        if kind == 8:
            return f"({self.list_(depth)})|{self.filter(depth)}"
        if kind == 9:
            return f"({self.pick(self.name(), self.number(), self.text(depth - 1))})|{self.filter(depth)}"
        if kind == 10:
            return f"({self.pick(self.name(), e())}) is {self.test(depth)}"
        if kind == 11:
            return f"({self.list_(depth)}){self.slice()}"
        if kind == 12:
            return self.pick(f"[{e()}, {e()}]", f"({e()}, {e()})", f"({e()},)", "{" + f"'k': {e()}, {self.pick('1', 'true', 's', 'none')}: {e()}" + "}", "[]", "{}", "()")
        if kind == 13:
            return self.pick(f"d.{self.pick('b', 'keys()', 'values()', 'items()', 'get(' + self.string() + ')', 'get(1, 2)', 'items', 'pop', 'nope', 'copy()', 'k')}", "d['b']", "d['items']", "l[0]", "l.count(1)", "l.index(3)", "l.append", "messages[0].items()|list", "messages[9]", "messages[0].nope", "messages[0].nope.deeper", "n.x", "x.real", "(1).bit_length()", "l['a']", "l[true]", "d[1]", "d.get('k', {}).get('z')")
        if kind == 14:
            return self.pick("'%s-%d' % (s, x)", "'%.2f' % f", "'%5d|' % x", "'%r' % s", "'%s' % l", "'%s %s' % (1,)", "'%(a)s' % {'a': 1}", "'%-6s|' % e", "'%05.1f' % f", "'%x' % x", "'%%' % ()", "'%s' % none", "'{:.1f}|{:>5}|{:<4}|{}'.format(f, x, e, l)", "'{0}{1}{0}'.format(x, s)", "'{a}'.format(a=1)", "'{:^7}'.format(s)", "'{!r}'.format(s)")
        if kind == 15:
            return f"{self.pick('-', '+')}{self.number()}"
        return f"{self.number()} {self.pick('<', '<=', '==', '!=')} {self.number()} {self.pick('<', '>', '==')} {self.number()}"

    def data(self):
        return self.pick("", "", " ", "\n", "text", "  \n", "\n\n", "a b", " \t", "line\n  ", "\r\n", "x\r\n  ", "<|im_start|>", "\n    ")

    def block(self, tag):
        return "{%" + self.pick("", "", "-", "-", "+") + " " + tag + " " + self.pick("", "", "-", "-", "+") + "%}"

    def out(self, expr=None):
        return "{{" + self.pick("", "", "-", "+") + " " + (expr or self.expr()) + " " + self.pick("", "", "-") + "}}"

    def body(self, depth):
        return "".join(self.data() + self.statement(depth) for _ in range(self.r.randrange(1, 4))) + self.data()

    def statement(self, depth):
        kind = self.r.randrange(22)
        if depth <= 0 or kind < 7:
            return self.out()
        if kind < 9:
            return self.block(f"if {self.expr()}") + self.body(depth - 1) + (self.block(f"elif {self.expr()}") + self.body(depth - 1) if self.r.random() < 0.3 else "") + (self.block("else") + self.body(depth - 1) if self.r.random() < 0.5 else "") + self.block("endif")
        if kind < 12:
            return self.loop(depth)
        if kind == 12:
            return self.block(f"set {self.pick('v', 'w', 'x', 's')} = {self.expr()}")
        if kind == 13:
            return self.block(f"set v, w = {self.expr(1)}, {self.expr(1)}")
        if kind == 14:
            return self.block(self.pick("set v", "set v | upper", "set w | trim")) + self.body(depth - 1) + self.block("endset") + self.out(self.pick("v", "w", "v|length"))
        if kind == 15:
            return self.block("set ns = namespace(a=1, b='q')") + self.block(f"for i in {self.list_(1)}") + self.block(f"set ns.a = {self.pick('ns.a + 1', 'i', 'loop.index', 'ns.b ~ i')}") + self.block("endfor") + self.out(self.pick("ns.a", "ns.a|string + ns.b", "ns", "ns.zzz", "ns['a']"))
        if kind == 16:
            name = self.pick("m", "g")
            return self.block(f"macro {name}({self.pick('a', 'a, b=2', 'a=x, b=a', '')})") + self.pick("[", "") + self.out(self.pick("a", "b", "varargs", "kwargs", "x", "caller()", "a ~ b", "s")) + self.pick("", self.block(f"if a") + self.out("a") + self.block("endif")) + self.block("endmacro") + self.out(f"{name}({self.pick('', '1', '1, 2', 's, b=3', 'b=1', '1, 2, 3', 'z=1')})") + self.pick("", self.block(f"call {name}(1)") + "inside" + self.out("x") + self.block("endcall"))
        if kind == 17:
            return self.block(self.pick("with v = 5", "with v = x, w = v", "with")) + self.body(depth - 1) + self.block("endwith") + self.out("v")
        if kind == 18:
            return self.block(f"filter {self.pick('upper', 'trim', 'indent(2)', 'replace(' + self.string() + ', ' + self.string() + ')', 'length', 'upper|trim')}") + self.body(depth - 1) + self.block("endfilter")
        if kind == 19:
            return self.pick("{#", "{#-", "{#+") + self.pick(" note ", "\n two\nlines ", "{{ x }}") + self.pick("#}", "-#}", "+#}") + self.data()
        if kind == 20:
            return self.pick("{% raw %}", "{%- raw -%}", "{%+ raw %}") + self.pick("{{ x }}", " {% if %} \n", "  ") + self.pick("{% endraw %}", "{%- endraw -%}", "{%+ endraw +%}")
        return self.block("generation") + self.body(depth - 1) + self.block("endgeneration")

    def loop(self, depth):
        over = self.list_(1)
        target = self.pick("i", "i", "i", "m", "k, i") if "items" in over or self.r.random() < 0.2 else self.pick("i", "m")
        if self.r.random() < 0.35:
            over, target = "messages", "m"
        test = f" if {self.pick('i', 'm', 'loop.first', 'not i', 'x', self.expr(1))}" if self.r.random() < 0.2 else ""
        self.loops += 1
        parts = []
        for _ in range(self.r.randrange(1, 4)):
            parts.append(self.data())
            parts.append(self.pick(
                self.out(self.pick("i", "m.role", "m.content", "m['role'] + ': ' + m['content']|trim", "k", "i|string", "m")),
                self.out(self.pick("loop.index", "loop.index0", "loop.first", "loop.last", "loop.length", "loop.revindex", "loop.revindex0", "loop.previtem", "loop.nextitem", "loop.cycle('a', 'b')", "loop.changed(i)", "loop.depth", "loop.nope", "loop.previtem is defined", "loop")),
                self.block(f"if {self.pick('loop.first', 'loop.last', 'loop.index > 1', self.expr(1))}") + self.data() + self.pick(self.block("break"), self.block("continue"), self.out("x")) + self.block("endif"),
                self.statement(depth - 1),
                self.block(f"set v = {self.pick('i', 'loop.index', 'x')}") + self.out("v"),
            ))  # fmt: skip
        self.loops -= 1
        other = self.block("else") + self.body(depth - 1) if self.r.random() < 0.25 else ""
        return self.block(f"for {target} in {over}{test}") + "".join(parts) + other + self.block("endfor") + (self.out("v") if self.r.random() < 0.2 else "")

    def template(self):
        text = self.body(self.r.choice([1, 2, 3]))
        if self.r.random() < 0.1:
            text = text.replace("\n", "\r\n")
        return text


def main(count=COUNT, seed=SEED, out=OUT):
    rng = random.Random(seed)
    rows, seen = [], set()
    while len(rows) < count:
        template = Maker(rng).template()
        # what differs from one call to the next, or prints where an object lies in memory, has no text to compare with
        if template in seen or "random" in template or len(template) > 1500:
            continue
        seen.add(template)
        index = rng.randrange(len(CONTEXTS))
        signal.alarm(5)
        try:
            text = _compile_jinja_template(template).render(**CONTEXTS[index])
        except (jinja2.TemplateError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError, AssertionError, RecursionError, SyntaxError):
            text = None
        if text is not None and (" at 0x" in text or len(text) > 20_000):
            text = None
        rows.append([template, index, text])
    data = json.dumps({"jinja2": jinja2.__version__, "seed": seed, "contexts": CONTEXTS, "rows": rows}, ensure_ascii=False)
    pathlib.Path(out).write_bytes(gzip.compress(data.encode("utf-8", "surrogatepass"), 9, mtime=0))
    print(f"{len(rows)} templates, {sum(text is not None for _, _, text in rows)} with a text, {pathlib.Path(out).stat().st_size} bytes")


if __name__ == "__main__":
    import sys

    main(*(int(arg) for arg in sys.argv[1:3]), *sys.argv[3:4])
