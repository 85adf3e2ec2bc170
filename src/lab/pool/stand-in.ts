/**
 * Answers the chat on the CPU while the kernels of a graphics card are compiled: one helper in a worker of its own, which ends when they
 * are ready. It never takes part in a run, so no number of a run depends on how long compiling took. Knows no kernel and no page.
 */
import type { Completion, GenerateOptions, GenerateRequest } from '../../contracts/language-model.ts';
import type { Weights } from '../replica.ts';
import type { Helpers } from './helpers.ts';

type Hands = Pick<Helpers, 'of' | 'end'>;

export class StandIn {
  readonly #helpers: Hands;
  /** Null when the card is ready. */
  readonly #ready: Promise<null>;
  #over = false;
  #answering = 0;

  /** `helpers` is one; it is ended when `ready` settles and it has answered what it was asked before. */
  constructor(helpers: Hands, ready: Promise<void>) {
    this.#helpers = helpers;
    const over = (): null => {
      this.#over = true;
      this.#rest();
      return null;
    };
    this.#ready = ready.then(over, over);
  }

  /** The completion, or null where the card itself should answer: it is ready, ready before the helper has loaded, or the helper fails. */
  async answer({ state, ...shape }: Weights, request: GenerateRequest, options: GenerateOptions): Promise<Completion | null> {
    const [helper] = this.#over ? [] : this.#helpers.of(shape);
    if (helper === undefined) return null;
    this.#answering++;
    try {
      const answer = helper.hold(state).then(() => helper.generate([request], options));
      const [completion] = (await (helper.ready ? answer : Promise.race([answer, this.#ready]))) ?? [];
      return completion ?? null;
    } catch {
      return null; // the card meets the same failure, or it does better
    } finally {
      this.#answering--;
      this.#rest();
    }
  }

  /** Ends the helper when nobody needs it any more. */
  #rest(): void {
    if (this.#over && this.#answering === 0) this.#helpers.end();
  }

  /** Ends the helper at once. */
  end(): void {
    this.#over = true;
    this.#helpers.end();
  }
}
