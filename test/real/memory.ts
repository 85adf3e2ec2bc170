/** The resident memory of the page's process, as Linux counts its highest mark. Knows no page. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Browser } from 'playwright';

type Process = { readonly type: string; readonly id: number };

/** Highest resident bytes since `start`; null where the system does not tell. Pages that are shared with other processes count too. */
export class Memory {
  readonly #browser: Browser;
  #pid: number | null = null;

  constructor(browser: Browser) {
    this.#browser = browser;
  }

  /** Finds the largest renderer and lowers its mark to what it holds now. */
  async start(): Promise<void> {
    const session = await this.#browser.newBrowserCDPSession();
    const { processInfo } = (await session.send('SystemInfo.getProcessInfo')) as { readonly processInfo: readonly Process[] };
    await session.detach();
    const renderers = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => ({ id, bytes: field(id, 'VmRSS') ?? 0 }));
    this.#pid = renderers.toSorted((a, b) => b.bytes - a.bytes)[0]?.id ?? null;
    try {
      writeFileSync(`/proc/${this.#pid}/clear_refs`, '5');
    } catch {
      // then the mark is that of the whole life of the process
    }
  }

  peak(): number | null {
    return this.#pid === null ? null : field(this.#pid, 'VmHWM');
  }
}

/** Bytes of a line of a process' status. */
function field(pid: number, name: string): number | null {
  try {
    const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return found === null ? null : Number(found[1]) * 1024;
  } catch {
    return null;
  }
}
