/**
 * `npm run bundle`: makes dist-card/, which checks and measures WebGPU on a machine with a graphics card, and needs nothing there but the
 * card's driver: no browser, no Node, no install. It holds one program with everything in it, this machine's Node, Dawn, and the Vulkan
 * loader where the distribution lends it.
 *
 *     npm run bundle && sh dist-card/run.sh > card.json
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { build, type Plugin } from 'vite';
import { answered, claimPlace, readCommand } from '../../scripts/command-line.ts';
import { ROOT } from '../../scripts/commit.ts';
import { scratchFolder } from '../../scripts/scratch.ts';

const OUT = join(ROOT, 'dist-card');
const DAWN = 'webgpu@0.6.2';
/** The folders that tests and page fetch from, by the addresses under which they do. */
const FOLDERS = { '/models/ladder': 'public/models/ladder', '/micro': 'micro', '/test/fixtures': 'test/fixtures' };
const EMBEDDED = /\.(?:json|safetensors)$/;
const WASM = 'node_modules/@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm';

/** Serves `import files from 'virtual:embedded'`, the files above in base64 by address, and tfjs' WebAssembly without a file. */
function embedded(): Plugin {
  const [FILES, BINARY] = ['virtual:embedded', 'virtual:tfjs-binary'];
  const read = (path: string): string => JSON.stringify(readFileSync(join(ROOT, path), 'base64'));
  return {
    name: 'embedded',
    enforce: 'pre',
    resolveId: (id) => (id === FILES || id === BINARY ? `\0embedded:${id}` : null),
    load(id) {
      if (id === `\0embedded:${BINARY}`) return `export default async () => Uint8Array.from(Buffer.from(${read(WASM)}, 'base64'));`;
      if (id !== `\0embedded:${FILES}`) return null;
      const files = Object.entries(FOLDERS).flatMap(([address, folder]) =>
        readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
          .map((name) => name.replaceAll('\\', '/'))
          .filter((name) => EMBEDDED.test(name))
          .map((name) => `${JSON.stringify(`${address}/${name}`)}: ${read(join(folder, name))}`),
      );
      return `export default { ${files.join(',\n')} };`;
    },
  };
}

/** One module with tests, page and data in it. */
async function buildProgram(): Promise<void> {
  const banner = [
    "import { createRequire as createRequireHere } from 'node:module';",
    "import { dirname as dirnameHere } from 'node:path';",
    "import { fileURLToPath as pathHere } from 'node:url';",
    'const require = createRequireHere(import.meta.url);',
    'const __filename = pathHere(import.meta.url);',
    'const __dirname = dirnameHere(__filename);',
  ].join('\n'); // what tfjs' own wasm loader looks for in Node
  await build({
    root: ROOT,
    mode: 'production',
    logLevel: 'warn',
    plugins: [embedded()],
    resolve: { alias: { vitest: join(import.meta.dirname, 'vitest.ts') } },
    publicDir: false,
    ssr: { noExternal: true, target: 'node' },
    build: {
      ssr: join(import.meta.dirname, 'program.ts'),
      outDir: OUT,
      emptyOutDir: true,
      assetsInlineLimit: 1e9,
      rolldownOptions: { output: { entryFileNames: 'program.mjs', codeSplitting: false, banner } },
    },
  });
}

/** Dawn for this platform, out of the npm package `webgpu`. */
function packDawn(scratch: string, parts: string): void {
  execFileSync('npm', ['pack', '--silent', DAWN], { cwd: scratch, stdio: ['ignore', 'ignore', 'inherit'] });
  const [archive = ''] = readdirSync(scratch).filter((name) => name.endsWith('.tgz'));
  execFileSync('tar', ['-xzf', archive], { cwd: scratch });
  const folder = join(scratch, 'package/dist', `${process.platform}-${process.platform === 'darwin' ? 'universal' : process.arch}`);
  cpSync(folder, parts, { recursive: true });
  copyFileSync(join(scratch, 'package/LICENSE.md'), join(parts, 'dawn-licence.md'));
}

/** The Vulkan loader of a Debian-like system, for a machine that has a driver and no loader. Says whether the bundle is whole. */
function packLoader(scratch: string, parts: string): boolean {
  if (process.platform !== 'linux') return true;
  try {
    execFileSync('apt-get', ['download', '-q', 'libvulkan1'], { cwd: scratch, stdio: 'ignore' });
    const [archive = ''] = readdirSync(scratch).filter((name) => name.startsWith('libvulkan1_'));
    execFileSync('dpkg', ['-x', archive, 'loader'], { cwd: scratch, stdio: 'ignore' });
    const found = readdirSync(join(scratch, 'loader'), { recursive: true, encoding: 'utf8' }).find((name) =>
      /libvulkan\.so\.1\.\d+/.test(name),
    );
    mkdirSync(join(parts, 'loader'));
    copyFileSync(join(scratch, 'loader', found ?? ''), join(parts, 'loader/libvulkan.so.1'));
    return true;
  } catch {
    return false;
  }
}

/** What the other machine runs. Its own loader comes first, because a driver may bring a newer one. */
const RUN = `#!/bin/sh
# Checks and measures WebGPU on this machine: sh run.sh > card.json   (progress on the screen; made by \`npm run bundle\`)
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d) || exit 3
trap 'rm -rf "$scratch"' EXIT
tar -xzf "$here/parts.tgz" -C "$scratch" || exit 3
if [ -d "$scratch/loader" ] && ! /sbin/ldconfig -p 2>/dev/null | grep -q libvulkan.so.1; then
  LD_LIBRARY_PATH="\${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$scratch/loader"; export LD_LIBRARY_PATH
fi
XDG_RUNTIME_DIR=\${XDG_RUNTIME_DIR:-$scratch}; export XDG_RUNTIME_DIR
"$scratch/node" "$here/program.mjs" --dawn "$scratch/dawn.node" "$@"
`;

export function main(args: readonly string[]): Promise<number> {
  return answered(args, 'npm run bundle   takes no options; makes dist-card/', () => {
    readCommand(args, { name: 'npm run bundle', options: {} });
    claimPlace('The bundle', OUT);
    return bundle();
  });
}

async function bundle(): Promise<number> {
  if ((process.config.variables as { readonly node_shared?: boolean }).node_shared === true) {
    console.error('The Node of this machine leans on libraries beside it; make the bundle with an official build of Node.');
    return 1;
  }
  await buildProgram();
  const folder = scratchFolder('card');
  const scratch = folder.path;
  try {
    const parts = join(scratch, 'parts');
    mkdirSync(parts);
    packDawn(scratch, parts);
    if (!packLoader(scratch, parts)) console.log('Without the Vulkan loader: the other machine needs its own (libvulkan1, vulkan-loader).');
    copyFileSync(process.execPath, join(parts, 'node'));
    execFileSync('tar', ['-czf', join(OUT, 'parts.tgz'), '-C', parts, '.']);
    writeFileSync(join(OUT, 'run.sh'), RUN);
  } finally {
    folder.remove();
  }
  const bytes = readdirSync(OUT).reduce((sum, name) => sum + statSync(join(OUT, name)).size, 0);
  console.log(`dist-card: ${(bytes / 1e6).toFixed(0)} MB, for ${process.platform} ${process.arch}. There: sh dist-card/run.sh > card.json`);
  return 0;
}
