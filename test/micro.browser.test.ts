/** SOFT on one page beside the engine on WebGPU in Chromium. */
import { openBackend } from '../src/engine/backend.ts';
import { describeMicro } from './support/micro.ts';

describeMicro('SOFT on one page beside the engine on WebGPU', {
  open: () => openBackend('webgpu'),
  read: async (name) => {
    const response = await fetch(name === 'world.json' ? '/micro/world.json' : `/models/ladder/${name}`);
    // The test server answers a missing file with a page.
    if (!response.ok || response.headers.get('content-type')?.startsWith('text/html')) return null;
    return new Uint8Array(await response.arrayBuffer());
  },
});
