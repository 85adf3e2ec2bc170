/** What `npm run check:wgsl` says, without naga. */
import { describe, expect, it } from 'vitest';
import { complaints, withoutSubgroups } from '../../scripts/check-wgsl.ts';

describe('the list of kernels that naga refuses', () => {
  const pinned = new Set(['a.wgsl', 'b.wgsl', 'c.wgsl']);
  const said = (refused: readonly string[], listed: readonly string[]) => complaints(new Set(refused), new Set(listed), pinned);

  it('is right where it names the refused ones and no other', () => {
    expect(said([], [])).toEqual([]);
    expect(said(['b.wgsl', 'a.wgsl'], ['a.wgsl', 'b.wgsl'])).toEqual([]);
  });

  it('may only shrink: a kernel that is newly refused is an error, and so is one that is accepted by now or gone', () => {
    expect(said(['a.wgsl', 'b.wgsl'], ['a.wgsl'])).toEqual([expect.stringMatching(/^b\.wgsl is refused/)]);
    expect(said([], ['a.wgsl', 'z.wgsl'])).toEqual([
      expect.stringMatching(/^a\.wgsl is accepted by naga: take it out/),
      expect.stringMatching(/^z\.wgsl is pinned no more: take it out/),
    ]);
  });
});

it('of a kernel only the line that naga does not know is left out', () => {
  expect(withoutSubgroups('// enable subgroups;\nenable subgroups;\ndiagnostic(off, x);\nfn main() {}')).toBe(
    '// enable subgroups;\n\ndiagnostic(off, x);\nfn main() {}',
  );
});
