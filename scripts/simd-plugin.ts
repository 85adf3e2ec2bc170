/**
 * A vite plugin that compiles the AssemblyScript kernels of src/engine/simd to WebAssembly when `virtual:simd` is imported: every function
 * that a file there exports is a kernel, a function over pointers into tfjs' own memory; files in its folder lib/ only help. There are no
 * strings, no allocation and no static data, which would overwrite tfjs' own. It gives the page, the tests and the Node scripts the same
 * bytes. The result is cached under node_modules/.cache by content.
 *
 * Beside it what the threads of the CPU backend need in both places: `virtual:tfjs-binary`, a function that reads tfjs' own WebAssembly, and
 * `virtual:thread`, the program of a thread as text.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { type Plugin, transformWithOxc } from 'vite';

const KERNELS = 'virtual:simd';
const BINARY = 'virtual:tfjs-binary';
const THREAD = 'virtual:thread';
const THREAD_SOURCE = resolve(import.meta.dirname, '../src/engine/thread.ts');
const TFJS = '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm';
const SOURCES = resolve(import.meta.dirname, '../src/engine/simd');
const CACHE = resolve(import.meta.dirname, '../node_modules/.cache/simd');
/** The memory's maximum, as tfjs declares it: 4 GiB. src/engine/shared-memory.ts needs one. */
const FLAGS = ['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd', '--importMemory', '--maximumMemory', '65536'];

/** The files in a fixed order, with `/` on every system. */
function sources(): string[] {
  const names = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).map((name) => name.replaceAll('\\', '/'));
  return names.filter((name) => name.endsWith('.ts')).sort();
}

async function compile(): Promise<Buffer> {
  const files = sources();
  const hash = createHash('sha256').update(FLAGS.join(' '));
  for (const name of files) hash.update(name).update(readFileSync(join(SOURCES, name)));
  const cached = join(CACHE, `${hash.digest('hex').slice(0, 16)}.wasm`);
  if (existsSync(cached)) return readFileSync(cached);
  const { default: asc } = await import('assemblyscript/asc');
  let binary: Uint8Array | undefined;
  const log: string[] = [];
  const { error } = await asc.main([...files.filter((name) => !name.includes('/')), '--outFile', 'simd.wasm', ...FLAGS], {
    readFile: (name: string) => {
      const path = join(SOURCES, name);
      return existsSync(path) ? readFileSync(path, 'utf8') : null;
    },
    writeFile: (name: string, contents: string | Uint8Array) => {
      if (name.endsWith('.wasm') && typeof contents !== 'string') binary = contents;
    },
    listFiles: () => files,
    stderr: { write: (text: string | Uint8Array) => void log.push(text.toString()) },
  });
  if (error !== null || binary === undefined) throw new Error(`src/engine/simd does not compile\n${String(error)}\n${log.join('')}`);
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(cached, binary);
  return Buffer.from(binary);
}

/** A module whose default export reads tfjs' binary: from the site in a browser, from the disk in Node. */
function binaryReader(inNode: boolean): string {
  if (!inNode) return `import url from '${TFJS}?url';\nexport default async () => new Uint8Array(await (await fetch(url)).arrayBuffer());`;
  const path = createRequire(import.meta.url).resolve(TFJS);
  return `import { readFile } from 'node:fs/promises';\nexport default async () => new Uint8Array(await readFile(${JSON.stringify(path)}));`;
}

/** Serves `import bytes from 'virtual:simd'`, a Uint8Array of WebAssembly, and the two modules beside it. */
export function simd(): Plugin {
  return {
    name: 'simd',
    resolveId: (id) => ([KERNELS, BINARY, THREAD].includes(id) ? `\0${id}` : null),
    async load(id) {
      if (id === `\0${BINARY}`) return binaryReader(this.environment.config.consumer === 'server');
      if (id === `\0${THREAD}`) {
        this.addWatchFile(THREAD_SOURCE);
        const { code } = await transformWithOxc(readFileSync(THREAD_SOURCE, 'utf8'), THREAD_SOURCE, { sourcemap: false });
        return `export default ${JSON.stringify(code.replace(/^import .*$/gm, '').replace(/^export /gm, ''))};`;
      }
      if (id !== `\0${KERNELS}`) return null;
      for (const name of sources()) this.addWatchFile(join(SOURCES, name));
      const base64 = (await compile()).toString('base64');
      return `export default Uint8Array.from(atob(${JSON.stringify(base64)}), (c) => c.charCodeAt(0));`;
    },
  };
}
