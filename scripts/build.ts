/**
 * `npm run build`: the page as files for any static host, in dist/ or in the folder that is named.
 *
 *     npm run build -- /srv/www/step-on-feet
 */
import { resolve } from 'node:path';
import { buildSite } from './site.ts';

export async function main([folder]: readonly string[]): Promise<void> {
  await buildSite(folder === undefined ? {} : { folder: resolve(folder) });
}
