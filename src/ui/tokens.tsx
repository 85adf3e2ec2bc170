/** Text that the model wrote, token by token, tinted by how unsure it was. The number is in the title, or below each token on request. */

export type TintedToken = { readonly text: string; readonly probability: number };

/** 0.034 as "3%", below one percent with one digit. */
function chance(probability: number): string {
  return probability >= 0.0095 ? `${Math.round(probability * 100)}%` : `${(probability * 100).toFixed(1)}%`;
}

/** A token as it is shown: line ends and odd control characters become visible signs. */
function visible(text: string): string {
  return text.replace(/\n/g, '⏎').replace(/[\p{Cc}\p{Bidi_Control}]/gu, '␣');
}

/** Tokens of a stored sample. */
export function tokensOf(pieces: readonly string[], logProbs: readonly number[]): readonly TintedToken[] {
  return pieces.map((text, index) => ({ text, probability: Math.exp(logProbs[index] ?? 0) }));
}

export function Tokens({ tokens, numbers = false }: { readonly tokens: readonly TintedToken[]; readonly numbers?: boolean }) {
  return (
    <span class="tokens" dir="auto" data-numbers={numbers}>
      {tokens.map(({ text, probability }, index) => (
        <span
          key={index}
          class="token"
          style={{ '--doubt': (1 - probability).toFixed(3) }}
          title={`${visible(text)} · ${chance(probability)}`}
        >
          {text === '\n' ? <span class="line-end">⏎</span> : visible(index === 0 ? text.trimStart() : text)}
          {numbers && <small>{chance(probability)}</small>}
        </span>
      ))}
    </span>
  );
}

/** What the tint means. */
export function TintKey() {
  return (
    <p class="tint-key">
      sure
      <span class="tint-scale" aria-hidden="true">
        {[0.02, 0.25, 0.5, 0.75, 0.98].map((doubt) => (
          <span key={doubt} class="token" style={{ '--doubt': doubt }} />
        ))}
      </span>
      unsure of the token
    </p>
  );
}
