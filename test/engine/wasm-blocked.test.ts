/** A page whose server forbids WebAssembly says so, and sends nobody to another browser. */
import { afterEach, expect, it, vi } from 'vitest';
import { startWasm } from '../../src/engine/wasm.ts';
import { advice } from '../../src/errors.ts';

afterEach(() => vi.unstubAllGlobals());

it('says that the Content Security Policy is what stands in the way', async () => {
  const said =
    "WebAssembly.Module(): Refused to compile or instantiate WebAssembly module because neither 'wasm-eval' nor 'unsafe-eval' is allowed";
  const Forbidden = vi.fn<() => void>(function forbidden() {
    throw new WebAssembly.CompileError(said);
  });
  vi.stubGlobal('WebAssembly', { ...WebAssembly, CompileError: WebAssembly.CompileError, Module: Forbidden });
  await expect(startWasm()).rejects.toMatchObject({ code: 'WASM_BLOCKED', detail: expect.stringContaining(said) as string });
  expect(advice('WASM_BLOCKED')).toContain("'wasm-unsafe-eval'");
  expect(advice('WASM_BLOCKED')).not.toMatch(/Chrome/);
});

it('says that a browser without WebAssembly is one', async () => {
  vi.stubGlobal('WebAssembly', undefined);
  await expect(startWasm()).rejects.toMatchObject({ code: 'BACKEND_NONE' });
});
