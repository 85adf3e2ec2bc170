/** What the model is told before the conversation: a switch, and the text, which begins as the principles of the kit. */
import { say } from '../language/language.ts';
import type { Chat } from '../session/chat.ts';

export function SystemMessage({ chat }: { readonly chat: Chat }) {
  const { told, system, principles } = chat;
  const changed = principles.value !== null && system.value.trim() !== principles.value.trim();
  return (
    <details class="system" data-testid="chat-system">
      <summary>
        {say('System message')}{' '}
        <span class="muted">{told.value ? (changed ? say('on, your own') : say('on, the principles')) : say('off')}</span>
      </summary>
      <label class="switch">
        <input
          type="checkbox"
          checked={told.value}
          onChange={(event) => (told.value = event.currentTarget.checked)}
          data-testid="chat-system-on"
        />
        {say('Tell the model this first, in every question from now on')}
      </label>
      <label class="unseen" for="system">
        {say('System message')}
      </label>
      <textarea
        id="system"
        rows={8}
        maxLength={20_000}
        value={system.value}
        onInput={(event) => (system.value = event.currentTarget.value)}
        data-testid="chat-system-text"
      />
      <p class="muted">
        {say('These are the principles that answers are made with in a run. An aligned model should need them less.')}{' '}
        {changed && (
          <button type="button" class="link" onClick={() => (system.value = principles.value ?? '')}>
            {say('Back to the principles of the kit')}
          </button>
        )}
      </p>
    </details>
  );
}
