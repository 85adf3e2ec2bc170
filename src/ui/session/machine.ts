/**
 * The measurement of this machine as the page holds it: how far it is, what it found, and a result that came by a link, which is never taken for
 * one's own. Knows no component.
 */
import { signal } from '@preact/signals';
import type { ReadonlySignal } from '@preact/signals';
import { type Failure, toFailure } from '../../errors.ts';
import { toSay } from '../language/language.ts';
import type { Machine, MachineRow, MachineWorker, PartText } from '../../protocol/machine.ts';
import { machineHash, machineJson, readMachineHash } from './machine-link.ts';

/** How far it is: what is measured now, the share that is done, and about how many seconds are left. */
type Progress = { readonly what: PartText; readonly share: number; readonly left: number };

type Host = {
  readonly lm: MachineWorker;
  /** The address of the bundled model. */
  readonly model: string;
  readonly busy: () => boolean;
};

/** The name that the user gives to the machine goes into a link no longer than this. */
export const LONGEST_NAME = 60;

export function createMachine({ lm, model, busy }: Host) {
  const progress = signal<Progress | null>(null);
  const rows = signal<readonly MachineRow[]>([]);
  const own = signal<Machine | null>(null);
  const problem = signal<Failure | null>(null);
  const linked = signal(readMachineHash(location.hash));
  let reader: ReadableStreamDefaultReader<unknown> | null = null;
  /** Cancelled before there was anything to end, too. */
  let cancelled = false;

  window.addEventListener('hashchange', () => {
    const next = readMachineHash(location.hash);
    if (next !== null) linked.value = next;
  });

  async function measure(thorough: boolean): Promise<void> {
    if (progress.value !== null || busy()) return;
    progress.value = { what: { text: toSay('the engine') }, share: 0, left: 0 };
    [problem.value, rows.value] = [null, []];
    cancelled = false;
    const name = own.value?.name ?? '';
    try {
      const events = (await lm.measureMachine({ thorough, model })).getReader();
      reader = events;
      if (cancelled) await events.cancel();
      let since: number | null = null;
      for (;;) {
        const { done, value } = await events.read();
        if (done) break;
        if (value.type === 'row') rows.value = [...rows.value, value.row];
        else if (value.type === 'measured') own.value = { ...value.machine, name };
        else if (value.type === 'failed') problem.value = value.failure.code === 'STOPPED' ? null : value.failure;
        else {
          const now = performance.now();
          since ??= now;
          // once some of it is done its own time says more than that of an idle machine
          const pace = value.done > 0 ? (now - since) / 1000 / value.done : 1;
          progress.value = { what: value.what, share: value.done / value.total, left: pace * (value.total - value.done) };
        }
      }
    } catch (error) {
      problem.value = toFailure(error);
    }
    reader = null;
    progress.value = null;
  }

  return {
    progress: progress as ReadonlySignal<Progress | null>,
    /** What was found so far. */
    rows: rows as ReadonlySignal<readonly MachineRow[]>,
    /** Measured on this visit, here. */
    own: own as ReadonlySignal<Machine | null>,
    problem,
    /** What the address carries; null where it carries none. */
    linked: linked as ReadonlySignal<ReturnType<typeof readMachineHash>>,
    measure,
    cancel(): void {
      cancelled = true;
      void reader?.cancel();
    },
    /** What the user calls this machine. */
    call(name: string): void {
      if (own.value !== null) own.value = { ...own.value, name: name.slice(0, LONGEST_NAME) };
    },
    /** Takes the result of the link off the page. */
    dismiss(): void {
      linked.value = null;
      history.replaceState(history.state, '', location.pathname + location.search);
    },
    /** The address that carries one's own result; empty where there is none. */
    address(): string {
      if (own.value === null) return '';
      const url = new URL(location.href);
      url.hash = machineHash(own.value);
      return url.href;
    },
    json: (): string => (own.value === null ? '' : machineJson(own.value)),
  };
}
