/**
 * Conversations out of files in the layouts of TRL, ShareGPT and Alpaca, ours or anyone's. The layout is told by the keys of each row. Roles
 * and keys outside the known ones are refused, not guessed. Knows no training.
 */
import type { Fields } from '../../fields.ts';
import type { Conversation, Role, SoftFields, Turn } from '../out/conversations.ts';
import { wellFormed } from '../utf8.ts';
import { readArray, readLines, textOf, type Lines } from './lines.ts';

const ROLES: Readonly<Record<string, Role>> = { system: 'system', user: 'user', assistant: 'assistant', human: 'user', gpt: 'assistant' };

/** Reads a JSON lines file, or one JSON array. Errors: IMPORT_LIMIT, IMPORT_FORMAT; bad rows are listed. */
export function readConversations(file: string, bytes: Uint8Array): Lines<Conversation> {
  const start = bytes.subarray(0, 64).find((byte) => ![0x20, 0x09, 0x0a, 0x0d, 0xef, 0xbb, 0xbf].includes(byte));
  return start === 0x5b ? readArray(file, bytes, conversation) : readLines(file, bytes, conversation);
}

function conversation(row: Fields): Conversation {
  const has = (name: string): boolean => row.raw(name) !== undefined;
  const messages = has('messages')
    ? turns(row, 'messages', 'role', 'content')
    : has('conversations')
      ? withSystem(row, turns(row, 'conversations', 'from', 'value'))
      : has('instruction')
        ? alpaca(row)
        : has('prompt')
          ? [...side(row, 'prompt', 'user'), ...side(row, has('chosen') ? 'chosen' : 'completion', 'assistant')]
          : row.refuse('has none of the keys messages, conversations, instruction and prompt');
  if (row.raw('label') === false) row.refuse('is an example of a bad answer (label is false)');
  check(messages, row);
  return { messages, soft: soft(row) };
}

function turns(row: Fields, name: string, roleKey: string, textKey: string): readonly Turn[] {
  return row.items(name).map((turn) => {
    const role = turn.string(roleKey);
    return {
      role: Object.hasOwn(ROLES, role)
        ? (ROLES[role] as Role)
        : turn.fail(roleKey, `is ${JSON.stringify(role.slice(0, 40))}, an unknown role`),
      content: textOf(turn, textKey),
    };
  });
}

/** A prompt or a completion: a text, or a list of messages. */
function side(row: Fields, name: string, role: Role): readonly Turn[] {
  return typeof row.raw(name) === 'string' ? [{ role, content: textOf(row, name) }] : turns(row, name, 'role', 'content');
}

function withSystem(row: Fields, messages: readonly Turn[]): readonly Turn[] {
  const system = row.raw('system') === null ? '' : textOf(row, 'system', '');
  return system === '' ? messages : [{ role: 'system', content: system }, ...messages];
}

function alpaca(row: Fields): readonly Turn[] {
  const history = row.raw('history') === null ? [] : row.list('history', []);
  const before = history.flatMap((pair, i): Turn[] => {
    const [user, answer] = Array.isArray(pair) && pair.length === 2 ? (pair as unknown[]) : [];
    if (typeof user !== 'string' || typeof answer !== 'string') return row.refuse(`history[${i}] must be a question and an answer`);
    return [
      { role: 'user', content: wellFormed(user) },
      { role: 'assistant', content: wellFormed(answer) },
    ];
  });
  const input = row.raw('input') === null ? '' : textOf(row, 'input', '');
  const question = textOf(row, 'instruction') + (input === '' ? '' : `\n${input}`);
  return withSystem(row, [...before, { role: 'user', content: question }, { role: 'assistant', content: textOf(row, 'output') }]);
}

/** A system turn comes first or not at all; question and answer alternate; an answer is last. */
function check(messages: readonly Turn[], row: Fields): void {
  const rest = messages[0]?.role === 'system' ? messages.slice(1) : messages;
  if (rest.length === 0) row.refuse('has no question');
  for (const [i, { role }] of rest.entries())
    if (role !== (i % 2 === 0 ? 'user' : 'assistant')) row.refuse(`turn ${i + 1} is the ${role}'s; user and assistant must take turns`);
  if (rest.length % 2 === 1) row.refuse('has no answer at its end');
}

/** Our own fields, or null where another tool wrote the row. */
function soft(row: Fields): SoftFields | null {
  const fields = row.optional('soft');
  if (fields === null) return null;
  const number = (fields: Fields, name: string): number => {
    const value = fields.raw(name);
    return typeof value === 'number' && Number.isFinite(value) ? value : fields.fail(name, 'must be a number');
  };
  return {
    round: fields.whole('round'),
    difficulty: fields.raw('difficulty') === null ? null : number(fields, 'difficulty'),
    scores: { perplexity: number(fields.object('scores'), 'perplexity') },
    seed: textOf(fields, 'seed'),
    kept: fields.boolean('kept'),
    reason: textOf(fields, 'reason'),
    prompt_hash: textOf(fields, 'prompt_hash'),
    adapter_hash: textOf(fields, 'adapter_hash'),
    position: fields.whole('position'),
  };
}
