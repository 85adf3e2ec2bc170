/**
 * Conversations out of files in the layouts of TRL, ShareGPT and Alpaca, ours or anyone's. The layout is told by the keys of each row. Roles
 * and keys outside the known ones are refused, not guessed. Knows no training.
 */
import type { Fields } from '../../fields.ts';
import type { Conversation, Role, SoftFields, Turn } from '../out/conversations.ts';
import { wellFormed } from '../utf8.ts';
import { plainText, readArray, readLines, textOf, type Lines } from './lines.ts';

export const ROLES: Readonly<Record<string, Role>> = {
  system: 'system',
  developer: 'system',
  user: 'user',
  human: 'user',
  prompter: 'user',
  assistant: 'assistant',
  gpt: 'assistant',
  chatgpt: 'assistant',
  model: 'assistant',
  bot: 'assistant',
};
/** Where a row without turns keeps its question, and its answer. */
const QUESTIONS = ['prompt', 'question', 'query', 'input', 'text'] as const;
const ANSWERS = ['chosen', 'completion', 'answer', 'response', 'output'] as const;

/** Reads a JSON lines file, or one JSON array. Errors: IMPORT_LIMIT, IMPORT_FORMAT; bad rows are listed. */
export function readConversations(file: string, bytes: Uint8Array): Lines<Conversation> {
  const start = bytes.subarray(0, 64).find((byte) => ![0x20, 0x09, 0x0a, 0x0d, 0xef, 0xbb, 0xbf].includes(byte));
  return start === 0x5b ? readArray(file, bytes, conversation) : readLines(file, bytes, conversation);
}

function conversation(row: Fields): Conversation {
  const messages = turnsOf(row);
  const label = badLabel(row);
  if (label !== null) row.refuse(`is an example of a bad answer (label is ${label})`);
  check(messages, row);
  return { messages, soft: soft(row) };
}

/**
 * The label that marks the completion of a row as an example of a bad one, as it is written: false, and beside a prompt and a completion 0 and what
 * tables write for either; null where it is none.
 */
export function badLabel(row: Fields): string | null {
  const label = row.raw('label');
  const written = plainText(label) ?? '';
  const isMarked = ['prompt', 'completion'].every((name) => row.names().includes(name));
  return label === false || (isMarked && /^(?:false|0(?:\.0)?)$/i.test(written)) ? written : null;
}

/** The turns of a row in any of the layouts, in whatever order they stand; it may end without an answer. */
export function turnsOf(row: Fields): readonly Turn[] {
  const has = (name: string): boolean => (row.raw(name) ?? null) !== null;
  if (has('messages')) return turns(row, 'messages');
  if (has('conversations')) return withSystem(row, turns(row, 'conversations'));
  if (has('instruction')) return alpaca(row);
  const question = QUESTIONS.find(has);
  if (question === undefined)
    return has('conversation')
      ? turns(row, 'conversation')
      : row.refuse('has none of the keys messages, conversations, instruction and prompt');
  const answer = ANSWERS.find(has);
  return [...side(row, question, 'user'), ...(answer === undefined ? [] : side(row, answer, 'assistant'))];
}

function turns(row: Fields, name: string): readonly Turn[] {
  return row.items(name).map((turn) => {
    const [roleKey, textKey] = turn.raw('role') === undefined ? ['from', 'value'] : ['role', 'content'];
    const role = turn.string(roleKey);
    return {
      role: Object.hasOwn(ROLES, role)
        ? (ROLES[role] as Role)
        : turn.fail(roleKey, `is ${JSON.stringify(role.slice(0, 40))}, an unknown role`),
      content: said(turn, textKey),
    };
  });
}

/** What a turn says: a text, or parts that are texts. */
function said(turn: Fields, name: string): string {
  if (!Array.isArray(turn.raw(name))) return textOf(turn, name);
  return turn
    .items(name)
    .map((part) => (part.raw('type') === 'text' ? textOf(part, 'text') : part.fail('type', 'must be text')))
    .join('\n');
}

/** A prompt or a completion: a text, or a list of messages. */
function side(row: Fields, name: string, role: Role): readonly Turn[] {
  return Array.isArray(row.raw(name)) ? turns(row, name) : [{ role, content: textOf(row, name) }];
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
  const more = (row.raw('input') ?? null) === null ? 'context' : 'input';
  const input = row.raw(more) === null ? '' : textOf(row, more, '');
  const question = textOf(row, 'instruction') + (input === '' ? '' : `\n${input}`);
  const answer = ['output', 'response'].find((name) => (row.raw(name) ?? null) !== null);
  const turn: readonly Turn[] = answer === undefined ? [] : [{ role: 'assistant', content: textOf(row, answer) }];
  return withSystem(row, [...before, { role: 'user', content: question }, ...turn]);
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
