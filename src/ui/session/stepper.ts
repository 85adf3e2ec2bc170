/** Step, play and pause are one function: `advance`, pressed once, or by itself until somebody pauses. Knows no component and nothing of what it steps. */
import { signal } from '@preact/signals';
import type { ReadonlySignal } from '@preact/signals';

/** How long each step stays before the next while it plays, in milliseconds. */
export const STAY_MS = 1500;

/** `advance` makes one step; whether there may be another. */
export function createStepper(advance: () => Promise<boolean>) {
  const playing = signal(false);
  const moving = signal(false);
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function step(): Promise<void> {
    if (moving.value) return;
    moving.value = true;
    const goesOn = await advance().catch(() => false);
    moving.value = false;
    if (!goesOn) playing.value = false;
    clearTimeout(timer);
    if (playing.value) timer = setTimeout(() => void step(), STAY_MS);
  }

  return {
    playing: playing as ReadonlySignal<boolean>,
    /** Is a step on its way? */
    moving: moving as ReadonlySignal<boolean>,
    step,
    play: (): void => {
      playing.value = true;
      void step();
    },
    pause: (): void => {
      playing.value = false;
      clearTimeout(timer);
    },
  };
}

export type Stepper = ReturnType<typeof createStepper>;
