/** Questions on offer that are answered differently after a run are found by asking both models, when somebody looks and nothing else is on its way. */
import { signal } from '@preact/signals';
import { expect, test } from 'vitest';
import type { ChatEvent, ChatQuestion } from '../../src/protocol/chat.ts';
import { aboutWorld } from '../../src/run/worlds.ts';
import { createSuggested } from '../../src/ui/session/suggested.ts';

const OFFERED = aboutWorld('ladder')?.suggestions ?? [];
const [FIRST = '', SECOND = '', THIRD = ''] = OFFERED;
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

test('both models are asked greedily, once for a round, and what differs is known; what fails is not marked', async () => {
  const asked: ChatQuestion[] = [];
  const [world, busy, shown] = [signal<string | null>('ladder'), signal(false), signal<{ run: string; round: number } | null>(null)];
  let during = (): void => {};
  const chat = async (question: ChatQuestion): Promise<ReadableStream<ChatEvent>> => {
    asked.push(question);
    during();
    const after = question.round > 0;
    const differs = question.question === SECOND || (question.question === THIRD && question.round > 1);
    const event: ChatEvent =
      question.question === FIRST && after
        ? { type: 'failed', failure: { code: 'INTERNAL', message: '', detail: '' } }
        : { type: 'answered', text: differs && after ? 'No.' : 'Yes.', hides: 0, keeps: 1, finish: 'stop' };
    return new ReadableStream({ start: (stream) => (stream.enqueue(event), stream.close()) });
  };
  const suggested = createSuggested({ lm: { chat }, world, busy, shown });
  suggested.look();
  await settled();
  expect(asked).toEqual([]);

  shown.value = { run: 'run-1', round: 1 };
  await settled();
  expect(asked.map(({ round, question }) => [round, question])).toEqual([0, 1].flatMap((round) => OFFERED.map((text) => [round, text])));
  expect(asked.every(({ seed }) => seed === 0)).toBe(true);
  expect([...suggested.changed.value]).toEqual([SECOND]);
  busy.value = true;
  busy.value = false;
  await settled();
  expect(asked).toHaveLength(2 * OFFERED.length);

  // a run that begins comes first; then all is asked anew
  during = () => void (busy.value = true);
  shown.value = { run: 'run-1', round: 2 };
  await settled();
  expect([asked.length, suggested.changed.value.size]).toEqual([2 * OFFERED.length + 1, 0]);
  during = () => {};
  busy.value = false;
  await settled();
  expect([...suggested.changed.value]).toEqual([SECOND, THIRD]);
  world.value = null;
  expect(suggested.changed.value.size).toBe(0);
});
