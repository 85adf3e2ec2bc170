import { defineConfig } from 'vite';
import { simd } from './scripts/simd-plugin.ts';

export default defineConfig({
  base: './',
  oxc: { target: 'es2023' }, // Node 20 has no `using`
  plugins: [simd()],
  worker: { format: 'es', plugins: () => [simd()] },
  build: { target: 'es2023', chunkSizeWarningLimit: 3000 },
});
