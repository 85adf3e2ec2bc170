/**
 * `npm run build`: the page as files for any static host, in dist/ or in the folder that is named.
 *
 *     npm run build -- /srv/www/step-on-feet
 */
import { resolve } from 'node:path';
import { buildSite, pageBytes } from './site.ts';

export async function main([folder]: readonly string[]): Promise<void> {
  const place = folder === undefined ? {} : { folder: resolve(folder) };
  await buildSite(place);
  console.log(`page without the model, compressed: ${(pageBytes(place.folder) / 1e6).toFixed(2)} MB`);
}
