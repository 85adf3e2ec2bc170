import process from 'node:process';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { browserArguments, findBrowser } from './scripts/browser.ts';
import { simd } from './scripts/simd-plugin.ts';

const plugins = [simd()];

export default defineConfig({
  test: {
    // One project after the other: two browsers and all Node tests at once starve each other on two cores.
    reporters: ['default'],
    projects: [
      {
        plugins,
        test: {
          name: 'node',
          environment: 'node',
          include: ['test/**/*.test.ts'],
          // scripts/test.ts runs some of them apart; vitest's own --exclude does not reach the projects
          exclude: ['test/**/*.browser.test.ts', 'test/**/*.e2e.test.ts', ...(process.env['TESTS_APART'] ?? '').split(' ').filter(Boolean)],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // `-u` renews pinned files, and takes away those that nothing makes any more
          provide: { renewing: ['-u', '--update'].some((flag) => process.argv.includes(flag)) },
        },
      },
      {
        plugins,
        worker: { format: 'es', plugins: () => [simd()] },
        optimizeDeps: {
          include: [
            '@tensorflow/tfjs',
            '@tensorflow/tfjs-backend-wasm',
            '@tensorflow/tfjs-backend-webgpu',
            '@huggingface/tokenizers',
            '@observablehq/plot',
            '@preact/signals',
            'comlink',
            'fast-check',
            'fflate',
            'preact',
            'preact/hooks',
            'preact/jsx-dev-runtime',
            'idb',
            '@noble/hashes/sha2.js',
            '@noble/hashes/utils.js',
          ],
        },
        test: {
          name: 'browser',
          sequence: { groupOrder: 1 },
          include: ['test/**/*.browser.test.ts'],
          testTimeout: 120_000,
          fileParallelism: false,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: { executablePath: findBrowser(), args: browserArguments({ software: true }) },
            }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
      {
        plugins,
        test: {
          name: 'e2e',
          sequence: { groupOrder: 2 },
          environment: 'node',
          include: ['test/**/*.e2e.test.ts'],
          // a page on a busy machine
          expect: { poll: { timeout: 15_000 } },
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
