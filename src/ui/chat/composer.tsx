/** Where a question is written: Enter asks, Shift and Enter begin a new line. While an answer comes the same button stops it. */
import { say } from '../language/language.ts';
import type { RefObject } from 'preact';

type Props = {
  readonly field: RefObject<HTMLTextAreaElement | null>;
  readonly question: string;
  readonly write: (question: string) => void;
  readonly ask: () => void;
  readonly stop: () => void;
  readonly able: boolean;
  readonly asking: boolean;
  /** Does the open model hold conversations? */
  readonly talks: boolean;
};

export function Composer({ field, question, write, ask, stop, able, asking, talks }: Props) {
  const press = (event: KeyboardEvent): void => {
    // a key that ends the writing of a character is none of ours
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    if (!asking) ask();
  };
  return (
    <form
      id="ask"
      class="ask"
      onSubmit={(event) => {
        event.preventDefault();
        if (asking) stop();
        else ask();
      }}
    >
      <label class="unseen" for="question">
        {say('Your question')}
      </label>
      <textarea
        id="question"
        ref={field}
        rows={1}
        autocomplete="off"
        maxLength={talks ? 20_000 : 200}
        placeholder={talks ? say('Ask anything…') : say('Ask about the small world…')}
        aria-describedby="question-keys"
        value={question}
        onInput={(event) => write(event.currentTarget.value)}
        onKeyDown={press}
        data-testid="chat-input"
      />
      <span id="question-keys" class="unseen">
        {asking
          ? say('Enter asks, Shift and Enter begin a new line, Escape stops the answer.')
          : say('Enter asks, Shift and Enter begin a new line.')}
      </span>
      <button
        type="submit"
        class={asking ? '' : 'primary'}
        aria-disabled={!able && !asking}
        data-testid={asking ? 'chat-stop' : 'chat-ask'}
      >
        {asking ? say('Stop') : say('Ask')}
      </button>
    </form>
  );
}
