/** A thought before an answer as it is shown: without the marks around it, as far as they are there. */
import { expect, test } from 'vitest';
import { bareThought } from '../src/thoughts.ts';

test.each([
  ['<think>\nWool is soft.\n</think>\n\n', 'Wool is soft.'],
  ['Wool is soft.</think>', 'Wool is soft.'],
  ['<reasoning>Wool is', 'Wool is'],
  ['[THINK]a <think> b[/THINK] ', 'a <think> b'],
  ['Wool.', 'Wool.'],
  ['<think></think>', ''],
  ['', ''],
])('%j is %j', (text, thought) => {
  expect(bareThought(text)).toBe(thought);
});
