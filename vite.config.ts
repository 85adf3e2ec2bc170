import process from 'node:process';
import { defineConfig } from 'vite';
import { currentCommit } from './scripts/commit.ts';
import { simd } from './scripts/simd-plugin.ts';
import { ISOLATING } from './src/isolation.ts';

process.env['VITE_COMMIT'] = currentCommit(); // the page says what it was made from

/** The one file whose address may not change: browsers look there for a newer one. */
const SERVICE = 'service.worker';

export default defineConfig({
  base: './',
  oxc: { target: 'es2023' }, // Node 20 has no `using`
  plugins: [simd()],
  worker: { format: 'es', plugins: () => [simd()] },
  server: { headers: ISOLATING },
  preview: { headers: ISOLATING },
  build: {
    target: 'es2023',
    chunkSizeWarningLimit: 3000,
    rolldownOptions: {
      input: { index: 'index.html', [SERVICE]: `workers/${SERVICE}.ts` },
      output: { entryFileNames: ({ name }) => (name === SERVICE ? '[name].js' : 'assets/[name]-[hash].js') },
    },
  },
});
