/**
 * Python's regular expressions on names of layers, as PEFT's settings have them, matched in steps that grow with the length of pattern and name
 * alone: a stranger's pattern cannot make it search for ever. Knows no setting and no layer.
 */

type Node =
  | { readonly is: 'one'; readonly takes: (character: string) => boolean }
  | { readonly is: 'start' | 'end' | 'edge' }
  | { readonly is: 'all' | 'any'; readonly parts: readonly Node[] }
  | { readonly is: 'repeat'; readonly of: Node; readonly min: number; readonly max: number };

/** Longer patterns, and more copies of a part than this, are refused. */
const [MAX_LENGTH, MAX_REPEAT, MAX_DEPTH] = [2000, 100, 20];

const isWord = (character: string | undefined): boolean => character !== undefined && /^\w$/.test(character);
const CLASSES: Readonly<Record<string, (character: string) => boolean>> = {
  d: (character) => /^\d$/.test(character),
  D: (character) => !/^\d$/.test(character),
  w: isWord,
  W: (character) => !isWord(character),
  s: (character) => /^\s$/.test(character),
  S: (character) => !/^\s$/.test(character),
};

/** Does the pattern match the whole of the name, as `re.fullmatch`? Errors: Error says what in the pattern is not supported. */
export function matcher(pattern: string): (name: string) => boolean {
  const node = new Reader(pattern).whole();
  return (name) => new Search(name).ends(node, 0).has(name.length);
}

/** Where parts end in one name: each part is looked for once at each place, so the steps grow with pattern and name alone. */
class Search {
  readonly #name: string;
  readonly #known = new Map<Node, (ReadonlySet<number> | undefined)[]>();

  constructor(name: string) {
    this.#name = name;
  }

  /** The places where a part may end that begins here. */
  ends(node: Node, at: number): ReadonlySet<number> {
    const places = this.#known.get(node) ?? [];
    this.#known.set(node, places);
    return (places[at] ??= this.#found(node, at));
  }

  #all(node: Node, starts: ReadonlySet<number>): ReadonlySet<number> {
    const all = new Set<number>();
    for (const at of starts) for (const end of this.ends(node, at)) all.add(end);
    return all;
  }

  #found(node: Node, at: number): ReadonlySet<number> {
    const name = this.#name;
    const here = (holds: boolean): ReadonlySet<number> => new Set(holds ? [at] : []);
    switch (node.is) {
      case 'one':
        return new Set(at < name.length && node.takes(name[at] as string) ? [at + 1] : []);
      case 'start':
        return here(at === 0);
      case 'end':
        return here(at === name.length);
      case 'edge':
        return here(isWord(name[at - 1]) !== isWord(name[at]));
      case 'all':
        return node.parts.reduce((from: ReadonlySet<number>, part) => this.#all(part, from), new Set([at]));
      case 'any':
        return new Set(node.parts.flatMap((part) => [...this.ends(part, at)]));
      case 'repeat':
        return this.#repeated(node, at);
    }
  }

  #repeated({ of, min, max }: Extract<Node, { is: 'repeat' }>, at: number): ReadonlySet<number> {
    let from: ReadonlySet<number> = new Set([at]);
    // what takes nothing stays where it is from the second time on, what takes something comes to the end of the name
    for (let i = 0; i < min && from.size > 0; i++) {
      const next = this.#all(of, from);
      const same = next.size === from.size && [...next].every((place) => from.has(place));
      from = next;
      if (same) break;
    }
    const all = new Set(from);
    // what leads to no new place leads to none later
    for (let i = min; i < max && from.size > 0; i++) {
      from = new Set([...this.#all(of, from)].filter((place) => !all.has(place)));
      for (const place of from) all.add(place);
    }
    return all;
  }
}

class Reader {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text.length <= MAX_LENGTH ? text : fail(`it has ${text.length} characters`);
  }

  whole(): Node {
    const node = this.#choice();
    return this.#at === this.#text.length ? node : fail('a bracket is not opened');
  }

  #choice(): Node {
    if (++this.#depth > MAX_DEPTH) fail('its brackets are too deep');
    const parts = [this.#row()];
    while (this.#skip('|')) parts.push(this.#row());
    this.#depth--;
    return { is: 'any', parts };
  }

  #row(): Node {
    const parts: Node[] = [];
    while (this.#at < this.#text.length && !'|)'.includes(this.#text[this.#at] as string)) parts.push(this.#repeated());
    return { is: 'all', parts };
  }

  #repeated(): Node {
    const of = this.#one();
    const [sign] = /^(?:[*+?]|\{\d+(?:,\d*)?\}|\{,\d+\})/.exec(this.#text.slice(this.#at)) ?? [];
    if (sign === undefined) return of;
    this.#at += sign.length;
    if (this.#skip('+')) return fail('a possessive repetition');
    this.#skip('?'); // as few as go or as many: the names that match are the same
    if (/^(?:[*+?]|\{[\d,]+\})/.test(this.#text.slice(this.#at))) return fail('a repetition of a repetition');
    const [, low = '', comma = '', high = ''] = /^\{(\d*)(,?)(\d*)\}$/.exec(sign) ?? [];
    const min = sign === '+' ? 1 : Number(low);
    const max = sign === '?' ? 1 : low === '' && high === '' ? Infinity : comma === '' ? min : high === '' ? Infinity : Number(high);
    if (Math.max(min, max === Infinity ? 0 : max) > MAX_REPEAT || min > max) return fail(`the repetition ${sign}`);
    return { is: 'repeat', of, min, max };
  }

  #one(): Node {
    const character = this.#next();
    switch (character) {
      case '^':
        return { is: 'start' };
      case '$':
        return { is: 'end' };
      case '.':
        return { is: 'one', takes: (other) => other !== '\n' };
      case '(': {
        if (this.#skip('?') && !this.#skip(':')) {
          const [name = fail('this kind of group')] = /^P<\w+>/.exec(this.#text.slice(this.#at)) ?? [];
          this.#at += name.length;
        }
        const inside = this.#choice();
        return this.#skip(')') ? inside : fail('a bracket is not closed');
      }
      case '[':
        return this.#set();
      case '\\': {
        const letter = this.#next();
        if (letter === 'b') return { is: 'edge' };
        return { is: 'one', takes: this.#escaped(letter) };
      }
      case '*':
      case '+':
      case '?':
        return fail('nothing to repeat');
      default:
        return { is: 'one', takes: (other) => other === character };
    }
  }

  #escaped(letter: string): (character: string) => boolean {
    const known = CLASSES[letter];
    if (known !== undefined) return known;
    return /^[^a-zA-Z0-9]$/.test(letter) ? (other) => other === letter : fail(`\\${letter}`);
  }

  #set(): Node {
    const not = this.#skip('^');
    const takes: ((character: string) => boolean)[] = [];
    while (takes.length === 0 || this.#text[this.#at] !== ']') {
      const first = this.#next();
      if (first === '\\') takes.push(this.#escaped(this.#next()));
      else if (this.#text[this.#at] === '-' && this.#text[this.#at + 1] !== ']') {
        this.#at++;
        const last = this.#next();
        if (last === '\\' || last < first) fail('this range of characters');
        takes.push((other) => other >= first && other <= last);
      } else takes.push((other) => other === first);
    }
    this.#at++;
    return { is: 'one', takes: (character) => takes.some((one) => one(character)) !== not };
  }

  #next(): string {
    return this.#text[this.#at++] ?? fail('it ends too early');
  }

  #skip(character: string): boolean {
    const there = this.#text[this.#at] === character;
    if (there) this.#at++;
    return there;
  }
}

function fail(what: string): never {
  throw new Error(what);
}
