/**
 * The `decoder` of a tokenizer.json as the bytes of each token: what a token adds to a text, and what is different at the start of one.
 * Token by token, so that a text can be shown while it grows. Steps that look at more than one token are refused by name, but for those that
 * join bytes. Knows nothing of ids.
 */
import { BYTES } from './byte-alphabet.ts';
import type { Fields } from '../../fields.ts';
import { replaced } from './growth.ts';
import { replacePattern } from './normalizer.ts';

export type TokenText = {
  /** The bytes of a token inside of a text. */
  readonly inside: (token: string) => Uint8Array;
  /** The bytes of the token with which a text starts. */
  readonly start: (token: string) => Uint8Array;
  /** How many spaces a text loses at its start. */
  readonly spaces: number;
};

/** What a step does to a token; bytes are where a step has made some, text before that. */
type State = string | Uint8Array;
type Step = (token: State, start: boolean) => State;

const encoder = new TextEncoder();
/** Characters of a token that a step has made longer: an answer is hundreds of them. */
const MAX_TOKEN = 2 ** 14;

/** The function of a `decoder`. Errors: those of `file.refuse`, naming the place. */
export function tokenTextOf(config: Fields): TokenText {
  const steps: Step[] = [];
  let spaces = 0;
  let fused = false;
  const list = config.string('type') === 'Sequence' ? config.items('decoders') : [config];
  for (const step of list) {
    const type = step.string('type');
    if (type === 'Fuse') fused = true;
    else if (type === 'Strip') {
      const [content, from, to] = [step.string('content'), step.whole('start', { max: 64 }), step.whole('stop', { max: 64 })];
      if (!fused) steps.push(stripped(content, from, to));
      else if (to > 0) step.fail('stop', 'must be 0, as a text has no end while it grows');
      else if (content === ' ') spaces = from;
      else if (from > 0) step.fail('content', 'must be a space');
    } else if (fused) step.fail('type', `is ${JSON.stringify(type)} after a Fuse, which is not supported`);
    else steps.push(stepOf(step, type));
  }
  const bytes = (token: string, start: boolean): Uint8Array => {
    const state = steps.reduce((state: State, step) => {
      const made = step(state, start);
      if (made.length > MAX_TOKEN && made.length > token.length)
        config.refuse(`${config.place} makes ${made.length} characters of a token of ${token.length}, at most ${MAX_TOKEN} are made`);
      return made;
    }, token);
    return typeof state === 'string' ? encoder.encode(state) : state;
  };
  return { inside: (token) => bytes(token, false), start: (token) => bytes(token, true), spaces };
}

/** A step that leaves bytes alone. */
function onText(change: (text: string, start: boolean) => State): Step {
  return (state, start) => (typeof state === 'string' ? change(state, start) : state);
}

function stepOf(config: Fields, type: string): Step {
  switch (type) {
    case 'ByteLevel':
      return onText((text) => {
        const bytes = Array.from(text, (character) => BYTES.get(character));
        return bytes.every((byte) => byte !== undefined) ? Uint8Array.from(bytes) : text;
      });
    case 'ByteFallback':
      return onText((text) => (/^<0x[0-9a-f]{2}>$/i.test(text) ? Uint8Array.of(Number.parseInt(text.slice(3, 5), 16)) : text));
    case 'Replace': {
      const [pattern, content] = [replacePattern(config.object('pattern')), config.string('content')];
      return onText((text) => replaced(config, text, pattern, content));
    }
    case 'Metaspace': {
      const mark = config.string('replacement');
      const never = config.string('prepend_scheme', config.raw('add_prefix_space') === false ? 'never' : 'always') === 'never';
      return onText((text, start) => text.replaceAll(mark, start && !never ? '' : ' '));
    }
    default:
      return config.fail('type', `is ${JSON.stringify(type)}, a decoder that is not supported`);
  }
}

function stripped(content: string, from: number, to: number): Step {
  return onText((text) => {
    const characters = Array.from(text);
    let [begin, end] = [0, characters.length];
    while (begin < Math.min(from, characters.length) && characters[begin] === content) begin++;
    while (characters.length - end < to && end > 0 && characters[end - 1] === content) end--;
    return characters.slice(begin, Math.max(begin, end)).join('');
  });
}
