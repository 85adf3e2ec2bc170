/** One line of progress with the time that is left: redrawn on a terminal, a line now and then in a log. */
import process from 'node:process';

const WIDTH = 24;
/** A log gets a line for each twentieth of the work. */
const LOG_LINES = 20;

/** Seconds as a person says them: `8 s`, `2 min 05 s`. */
function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}

export class Progress {
  readonly #total: number;
  readonly #first: number;
  readonly #start = performance.now();
  #logged: number;

  /** `first` is where the work goes on from, so that the rate is that of this session. */
  constructor(total: number, first = 0) {
    this.#total = total;
    this.#first = first;
    this.#logged = first;
  }

  /** Shows how far the work is, with a few words of its own. `done` may count a part of a piece. */
  show(done: number, words: string): void {
    const share = done / this.#total;
    const seconds = (performance.now() - this.#start) / 1000;
    const made = done - this.#first;
    const left = made > 0 ? `${duration(((this.#total - done) * seconds) / made)} left` : 'time not known yet';
    const text = `${Math.floor(done)} of ${this.#total}, ${words}, ${done === this.#total ? duration(seconds) : left}`;
    if (process.stdout.isTTY) {
      const filled = Math.round(WIDTH * share);
      process.stdout.write(`\r${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)} ${text}\u001b[K${done === this.#total ? '\n' : ''}`);
      return;
    }
    const step = Math.ceil(this.#total / LOG_LINES);
    if (done !== this.#total && Math.floor(done / step) === Math.floor(this.#logged / step)) return;
    this.#logged = done;
    console.log(text);
  }
}
