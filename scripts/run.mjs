// Runs a TypeScript program of this folder in Node through vite's own module runner, so that scripts, tests and the page
// share one set of transforms:  node scripts/run.mjs scripts/demo.ts --seed 7
import { resolve } from 'node:path';
import process from 'node:process';
import { createServer } from 'vite';

const [file, ...args] = process.argv.slice(2);
if (file === undefined) throw new Error('usage: node scripts/run.mjs FILE.ts [arguments]');
const environment = process.env.NODE_ENV; // a server says `development` to the whole process, and so to every build in it
const vite = await createServer({
  root: resolve(import.meta.dirname, '..'),
  appType: 'custom',
  logLevel: 'error',
  server: { middlewareMode: true, hmr: false, ws: false, watch: null },
  optimizeDeps: { noDiscovery: true, include: [] },
});
if (environment === undefined) delete process.env.NODE_ENV;
else process.env.NODE_ENV = environment;
const { main } = await vite.ssrLoadModule(resolve(file));
process.exit((await main(args)) ?? 0);
