/** The choice of the page's language. What is chosen here is kept on this device, but at a stand, and goes before the language of the link. */
import { choose, language, say } from '../language/language.ts';
import { type LanguageName, offered } from '../language/list.ts';
import type { Session } from '../session/session.ts';

export function ChooseLanguage({ session }: { readonly session: Session }) {
  const spoken = language();
  const among = offered(spoken);
  if (among.length < 2) return null;
  const take = (name: LanguageName): void => {
    const { booth } = session.place.peek();
    void choose(name, !booth).then(() => session.place.peek().lang !== null && session.go({ lang: null }));
  };
  return (
    <label class="quiet languages">
      <span class="unseen">{say('Language')}</span>
      <select value={spoken} onChange={(event) => take(event.currentTarget.value as LanguageName)} data-testid="language">
        {among.map(({ name, label }) => (
          <option key={name} value={name} lang={name}>
            {label}
          </option>
        ))}
      </select>
    </label>
  );
}
