/**
 * A generator of events as a stream that crosses to the page: a pull takes the next event, cancelling ends the generator.
 * Knows no event.
 */

/** Events that may wait for a busy page before the run waits for it. */
const AHEAD = 64;

/**
 * `events` never throws: failures are events. `cancelled` is called before the generator is asked to end. `ahead` is how many events are made
 * before anybody asks.
 */
export function toStream<T>(events: AsyncGenerator<T, void>, cancelled: () => void, ahead = AHEAD): ReadableStream<T> {
  return new ReadableStream<T>(
    {
      async pull(controller) {
        const { done, value } = await events.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        cancelled();
        await events.return();
      },
    },
    { highWaterMark: ahead },
  );
}
