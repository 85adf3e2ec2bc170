/**
 * Sentences with named parts, in the small part of ICU MessageFormat that the page needs: `{name}` and
 * `{count, plural, one {# round} other {# rounds}}`, where # is the number. A note to translators, `{@view}`, says nothing. Knows no language.
 */

/** What stands in a sentence: text, a part by name, or one of several forms of it by how many there are. */
type Piece = string | { readonly name: string; readonly forms: Readonly<Record<string, Message>> | null };
export type Message = readonly Piece[];

const NOTE = / ?\{@[^}]*\}/g;
const messages = new Map<string, Message>();

/** Reads up to the end, or to the brace that closes a form. */
function readUntil(text: string, from: number, counted: string | null): { readonly message: Message; readonly end: number } {
  const pieces: Piece[] = [];
  let at = from;
  while (at < text.length && text[at] !== '}') {
    if (text[at] === '{') {
      const head = /^\{\s*(\w+)\s*(?:\}|,\s*plural\s*,)/.exec(text.slice(at));
      if (head === null) throw new SyntaxError(`“${text}”: a part begins at ${at} and is none`);
      const name = head[1] ?? '';
      at += head[0].length;
      if (head[0].endsWith('}')) {
        pieces.push({ name, forms: null });
        continue;
      }
      const forms: Record<string, Message> = {};
      for (;;) {
        const form = /^\s*(\w+)\s*\{/.exec(text.slice(at));
        if (form === null) break;
        const { message, end } = readUntil(text, at + form[0].length, name);
        forms[form[1] ?? ''] = message;
        at = end + 1;
      }
      const close = /^\s*\}/.exec(text.slice(at));
      if (close === null || forms['other'] === undefined)
        throw new SyntaxError(`“${text}”: the forms of ${name} do not end with other {…}`);
      at += close[0].length;
      pieces.push({ name, forms });
    } else if (text[at] === '#' && counted !== null) {
      pieces.push({ name: counted, forms: null });
      at += 1;
    } else {
      const plain = (counted === null ? /^[^{}]+/ : /^[^{}#]+/).exec(text.slice(at))?.[0] ?? '';
      pieces.push(plain);
      at += plain.length;
    }
  }
  return { message: pieces, end: at };
}

/** A sentence taken apart. Errors: a `SyntaxError` where its braces are not those of a message. */
export function parseMessage(text: string): Message {
  const known = messages.get(text);
  if (known !== undefined) return known;
  const { message, end } = readUntil(text.replace(NOTE, ''), 0, null);
  if (end < text.replace(NOTE, '').length) throw new SyntaxError(`“${text}”: a brace too many`);
  messages.set(text, message);
  return message;
}

/** The names of the parts of a sentence, each once, sorted. */
export function namesIn(message: Message): readonly string[] {
  const names = message.flatMap((piece) => {
    if (typeof piece === 'string') return [];
    return [piece.name, ...Object.values(piece.forms ?? {}).flatMap(namesIn)];
  });
  return [...new Set(names)].toSorted();
}

/** A sentence with its parts put in, piece by piece; what is not given stays in braces, to be seen. */
export function fill<T>(message: Message, parts: Readonly<Record<string, T>>, rules: Intl.PluralRules): readonly (string | T)[] {
  return message.flatMap((piece): readonly (string | T)[] => {
    if (typeof piece === 'string') return [piece];
    const part = parts[piece.name];
    if (part === undefined) return [`{${piece.name}}`];
    if (piece.forms === null) return [part];
    const form = piece.forms[rules.select(Number(part))] ?? piece.forms['other'] ?? [];
    return fill(form, parts, rules);
  });
}

/** The same sentence with its text changed and its parts as they are, written as a message again. */
export function reword(message: Message, change: (text: string) => string): string {
  return message
    .map((piece) => {
      if (typeof piece === 'string') return change(piece);
      if (piece.forms === null) return `{${piece.name}}`;
      const forms = Object.entries(piece.forms).map(([form, inner]) => `${form} {${reword(inner, change)}}`);
      return `{${piece.name}, plural, ${forms.join(' ')}}`;
    })
    .join('');
}
