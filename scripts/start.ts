/**
 * `npm start`: builds the page, serves it and opens it in a browser, unless BROWSER=none. Ends with Ctrl+C.
 */
import { spawn } from 'node:child_process';
import process from 'node:process';
import { findBrowser } from './browser.ts';
import { answered, readCommand } from './command-line.ts';
import { buildSite, serveSite } from './site.ts';

export function main(args: readonly string[]): Promise<number> {
  return answered(args, 'npm start   takes no options; BROWSER=none opens no browser', () => {
    readCommand(args, { name: 'npm start', options: {} });
    return serve();
  });
}

async function serve(): Promise<number> {
  await buildSite();
  const site = await serveSite();
  console.log(`Step on Feet is at ${site.url}   (Ctrl+C ends it)`);
  const display = process.platform !== 'linux' || process.env['DISPLAY'] !== undefined || process.env['WAYLAND_DISPLAY'] !== undefined;
  if (display && process.env['BROWSER'] !== 'none') spawn(findBrowser(), [site.url], { detached: true, stdio: 'ignore' }).unref();
  await new Promise<void>((resolve) => process.once('SIGINT', resolve));
  await site.close();
  return 0;
}
