/** The browser and the system by what they say of themselves. Pure text. */
import { UNKNOWN_BROWSER } from '../../protocol/machine.ts';

/** Names in the order in which they count: most browsers also say that they are Chrome, and Chrome that it is Safari. */
const BROWSERS: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['Edge', /\bEdg\/([\d.]+)/],
  ['Firefox', /\bFirefox\/([\d.]+)/],
  ['Chrome', /Chrome\/([\d.]+)/],
  ['Safari', /\bVersion\/([\d.]+).*\bSafari\//],
];
const SYSTEMS = /\b(Windows|Android|iPhone|iPad|Mac OS X|CrOS|Linux)\b/;

/** "Chrome 156 on Linux". */
export function browserOf(userAgent: string): string {
  for (const [name, pattern] of BROWSERS) {
    const version = pattern.exec(userAgent)?.[1]?.split('.')[0];
    const system = SYSTEMS.exec(userAgent)?.[1]?.replace('Mac OS X', 'macOS').replace('CrOS', 'ChromeOS');
    if (version !== undefined) return `${name} ${version}${system === undefined ? '' : ` on ${system}`}`;
  }
  return UNKNOWN_BROWSER;
}
