/**
 * JSON of strangers. How deep it is nested and how many values it has is counted before anything is made of it: what a few hundred megabytes of
 * brackets become would end the tab. Knows no format.
 */

const MAX_DEPTH = 32;
/** Values of a file, of which each takes some tens of bytes. */
const MAX_VALUES = 8_000_000;

/** What is left of the values that a file may have. */
export class JsonBudget {
  left = MAX_VALUES;
}

/** Thrown for what is no damage but too much. */
export class JsonLimit extends RangeError {}

/** The value of a text. Errors: JsonLimit for too deep or too many, SyntaxError of the browser. */
export function parsedJson(text: string, budget: JsonBudget = new JsonBudget()): unknown {
  let [depth, values] = [0, 1];
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case 0x22: // "
        i = endOfText(text, i);
        break;
      case 0x5b: // [
      case 0x7b: // {
        values++;
        if (++depth > MAX_DEPTH) throw new JsonLimit(`is nested more than ${MAX_DEPTH} deep`);
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth--;
        break;
      case 0x2c: // ,
      case 0x3a: // :
        values++;
        break;
    }
  }
  budget.left -= values;
  if (budget.left < 0) throw new JsonLimit(`has more than ${MAX_VALUES} values`);
  return JSON.parse(text) as unknown;
}

/** Where the quote stands that closes the one at `start`; the end of the text where none does, which the parser says. */
function endOfText(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let before = end;
    while (text[before - 1] === '\\') before--;
    if ((end - before) % 2 === 0) return end;
  }
  return text.length;
}
