/**
 * A stranger's zip: only names that are expected, none twice, no more of them and no larger than is said beforehand. What a file claims to become
 * is looked at before anything is unpacked, so that a small file cannot fill the memory. Knows no content.
 */
import { unzipSync } from 'fflate';
import { AppError } from '../../errors.ts';

/** Bytes of all files together. */
const MAX_BYTES = 512 * 2 ** 20;
const MAX_FILES = 64;
/** How many times larger than its packed form a file may be, beyond the first bytes. */
const MAX_RATIO = 100;
const FREE = 100 * 2 ** 10;

/** Files by name. Errors: IMPORT_FORMAT, IMPORT_LIMIT. */
export function unzipped(
  bytes: Uint8Array<ArrayBuffer>,
  expected: (name: string) => boolean,
): ReadonlyMap<string, Uint8Array<ArrayBuffer>> {
  const sizes = new Map<string, number>();
  let total = 0;
  try {
    const files = unzipSync(bytes, {
      filter: ({ name, size, originalSize }) => {
        const shown = JSON.stringify(name.slice(0, 60));
        if (!expected(name)) throw new AppError('IMPORT_FORMAT', `${shown} does not belong into it`);
        if (sizes.has(name)) throw new AppError('IMPORT_FORMAT', `${shown} is in it twice`);
        sizes.set(name, originalSize);
        total += originalSize;
        if (sizes.size > MAX_FILES) throw new AppError('IMPORT_LIMIT', `it has more than ${MAX_FILES} files`);
        if (total > MAX_BYTES) throw new AppError('IMPORT_LIMIT', `it unpacks to more than ${MAX_BYTES} bytes`);
        if (originalSize > FREE + MAX_RATIO * size) throw new AppError('IMPORT_LIMIT', `${shown} would grow more than ${MAX_RATIO} times`);
        return true;
      },
    });
    const read = new Map(Object.entries(files));
    for (const [name, size] of sizes)
      if (read.get(name)?.length !== size) throw new AppError('IMPORT_FORMAT', `${JSON.stringify(name)} is not as large as it says`);
    return read;
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('IMPORT_FORMAT', `it is no zip that can be read: ${String(error).slice(0, 200)}`, { cause: error });
  }
}
