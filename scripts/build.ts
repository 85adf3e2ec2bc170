/**
 * `npm run build`: the page as files for any static host, in dist/ or in the folder that is named.
 *
 *     npm run build -- /srv/www/step-on-feet
 */
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { answered, claimPlace, readCommand, WrongCall } from './command-line.ts';
import { buildSite, pageBytes } from './site.ts';

const USAGE = `npm run build [-- FOLDER]
  builds the page into FOLDER (default dist), which is empty or holds an earlier build`;

/** What every build has. */
const MARKS = ['index.html', 'service.worker.js'];

/** The folder to build into; throws where it cannot be written, or where files would be lost: a build begins with an empty folder. */
export function placeOf(args: readonly string[]): { readonly folder?: string } {
  const [word] = readCommand(args, { name: 'npm run build', options: {}, words: 1 }).words;
  if (word === undefined) return {};
  const folder = resolve(word);
  claimPlace('The build', folder);
  if (existsSync(folder) && readdirSync(folder).length > 0 && !MARKS.every((name) => existsSync(join(folder, name))))
    throw new WrongCall(`${folder} holds files that are of no earlier build and would be lost; name an empty folder or a new one.`);
  return { folder };
}

export function main(args: readonly string[]): Promise<number> {
  return answered(args, USAGE, async () => {
    const place = placeOf(args);
    await buildSite(place);
    console.log(`page without the model, compressed: ${(pageBytes(place.folder) / 1e6).toFixed(2)} MB`);
    return 0;
  });
}
