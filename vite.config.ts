import process from 'node:process';
import { defineConfig } from 'vite';
import { app } from './scripts/app-plugin.ts';
import { currentCommit } from './scripts/commit.ts';
import { simd } from './scripts/simd-plugin.ts';
import { ISOLATING } from './src/isolation.ts';

process.env['VITE_COMMIT'] = currentCommit(); // the page says what it was made from

export default defineConfig({
  base: './',
  oxc: { target: 'es2023' }, // Node 20 has no `using`
  plugins: [simd(), app()],
  worker: { format: 'es', plugins: () => [simd()], rolldownOptions: { checks: { bundlerTimings: false } } },
  server: { headers: ISOLATING },
  preview: { headers: ISOLATING },
  build: {
    target: 'es2023',
    chunkSizeWarningLimit: 3000,
    rolldownOptions: { checks: { bundlerTimings: false } }, // how long a build took is nothing to act on
  },
});
