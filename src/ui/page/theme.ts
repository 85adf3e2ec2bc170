/**
 * Light, dark, or as the system says. The choice stays in this browser; where that is not allowed it lasts for the visit.
 */
import { signal } from '@preact/signals';

type Theme = 'system' | 'light' | 'dark';

const KEY = 'theme';
const NEXT: Readonly<Record<Theme, Theme>> = { system: 'light', light: 'dark', dark: 'system' };

function stored(): Theme {
  try {
    const value = localStorage.getItem(KEY);
    return value === 'light' || value === 'dark' ? value : 'system';
  } catch {
    return 'system';
  }
}

const chosen = signal<Theme>(stored());

function apply(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}

apply(chosen.peek());

/** The choice at hand. */
export function theme(): Theme {
  return chosen.value;
}

/** The choice that is kept. */
export function themeAgain(): void {
  chosen.value = stored();
  apply(chosen.value);
}

/** Goes to the next of system, light, dark; the visitor of a stand chooses for the visit, which is not `kept`. */
export function nextTheme(kept: boolean): void {
  chosen.value = NEXT[chosen.value];
  apply(chosen.value);
  if (!kept) return;
  try {
    localStorage.setItem(KEY, chosen.value);
  } catch {
    // The browser keeps nothing for this page; the choice lasts for the visit.
  }
}
