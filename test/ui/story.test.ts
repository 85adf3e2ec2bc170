/** The story asks the open model when it is looked at and nothing else is on its way, once for each of what it shows. */
import { signal } from '@preact/signals';
import { expect, test } from 'vitest';
import type { Voices } from '../../src/protocol/voices.ts';
import { createStory } from '../../src/ui/session/story.ts';

const VOICES: Voices = { cold: { fact: 0.25 }, shown: { fact: 0.5 } };
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

test('asks nothing until it is seen and the page rests; then the base once, and each returned round once', async () => {
  const asked: string[] = [];
  const [world, busy, shown] = [signal<string | null>(null), signal(true), signal<{ run: string; round: number } | null>(null)];
  let fails = false;
  const lm = {
    voices: async ({ run, round }: { readonly run: string; readonly round: number }) => {
      asked.push(`${run}${round}`);
      if (fails) throw new Error('gone');
      return { ok: true as const, value: VOICES };
    },
  };
  const story = createStory({ lm, world, busy, shown });
  world.value = 'ladder';
  busy.value = false;
  await settled();
  expect(asked).toEqual([]);
  story.look();
  story.look();
  await settled();
  expect([asked, story.base.value, story.after.value]).toEqual([['0'], VOICES, null]);
  busy.value = true;
  shown.value = { run: 'run-1 ', round: 2 };
  await settled();
  expect(asked).toHaveLength(1);
  busy.value = false;
  await settled();
  expect([asked, story.after.value]).toEqual([['0', 'run-1 2'], VOICES]);
  // a model of the user's has no writers, and no run of it is told of
  world.value = null;
  expect([story.base.value, story.after.value]).toEqual([null, null]);
  // what cannot be asked leaves the bars away, and is tried again with the next model
  fails = true;
  shown.value = null;
  world.value = 'ladder';
  await settled();
  expect([asked.length, story.base.value]).toEqual([3, null]);
});
