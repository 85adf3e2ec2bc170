/**
 * The page as an app that can be installed and works without a network: its manifest, and its service worker with the list of all files of the
 * build, each with the SHA-256 that browsers check. Its policy is in its head, and sent with each file. Knows nothing of what is in the files.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { HtmlTagDescriptor, Plugin } from 'vite';
import { VitePWA } from 'vite-plugin-pwa';
import type { KeptFile } from '../src/kept-files.ts';
import { POLICY, policyOf, policyOfHead } from '../src/policy.ts';

/** The build fails with a larger file, rather than leave it out. */
const LARGEST = 64 * 1024 * 1024;

/** What the page is called where it is installed. */
const MANIFEST = {
  name: 'Step on Feet',
  short_name: 'Step on Feet',
  description: 'A small language model teaches itself to be helpful, honest and harmless, all in this tab.',
  start_url: './',
  scope: './',
  display: 'standalone',
  background_color: '#fcfbf8',
  theme_color: '#1d4e89',
  icons: [
    { src: 'icon.svg', sizes: 'any', type: 'image/svg+xml' },
    { src: 'icons/192.png', sizes: '192x192', type: 'image/png' },
    { src: 'icons/512.png', sizes: '512x512', type: 'image/png' },
    { src: 'icons/512-maskable.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
  ],
} as const;

/** The policy of the page for a host that sends none, before anything that it is to hold for. */
const POLICY_TAG: HtmlTagDescriptor = { tag: 'meta', attrs: { 'http-equiv': POLICY, content: policyOfHead() }, injectTo: 'head-prepend' };

/** The plugins; what is served while one types has none of it. */
export function app(): Plugin[] {
  let folder = '';
  const kept = ({ url }: { readonly url: string }): KeptFile => {
    const hash = createHash('sha256').update(readFileSync(resolve(folder, url)));
    return { url, integrity: `sha256-${hash.digest('base64')}` };
  };
  const place: Plugin = {
    name: 'app-place',
    configResolved: ({ root, build }) => void (folder = resolve(root, build.outDir)),
  };
  const policy: Plugin = {
    name: 'app-policy',
    transformIndexHtml: { order: 'post', handler: (_, { bundle }) => (bundle === undefined ? [] : [POLICY_TAG]) },
    configurePreviewServer: ({ middlewares }) =>
      void middlewares.use(({ url = '/' }, response, next) => {
        const text = policyOf(new URL(url, 'http://here').pathname);
        if (text !== null) response.setHeader(POLICY, text);
        next();
      }),
  };
  const pwa = VitePWA({
    strategies: 'injectManifest',
    srcDir: 'workers',
    // the one file whose address may not change: browsers look there for a newer one
    filename: 'service.worker.ts',
    // ui/session/isolate.ts does, or ui/session/offline.ts when the page is at rest
    injectRegister: false,
    manifest: { ...MANIFEST, icons: [...MANIFEST.icons] },
    includeManifestIcons: false,
    integration: { configureCustomSWViteBuild: (build) => void (build.logLevel = 'warn') },
    injectManifest: {
      rollupFormat: 'iife',
      target: 'es2023',
      globPatterns: ['**/*'],
      maximumFileSizeToCacheInBytes: LARGEST,
      manifestTransforms: [
        (files) => {
          const manifest = files.map(kept).toSorted((a, b) => (a.url < b.url ? -1 : 1));
          return { manifest: manifest as never, warnings: [] };
        },
      ],
    },
  });
  return [place, policy, ...pwa];
}
