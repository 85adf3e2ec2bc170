/** What a measurement needs to know besides its subject, and how it reports. Knows no subject and no operation. */
import type { BackendName } from '../src/contracts/engine.ts';
import type { Clock } from '../src/lab/measure/clock.ts';
import type { Measured } from './row.ts';
import type { DeviceKind } from '../src/lab/measure/shapes.ts';

/** The conditions of a measurement. */
export type Bench = {
  readonly clock: Clock;
  /** Seconds for one number. */
  readonly seconds: number;
  readonly kind: DeviceKind;
  readonly quick: boolean;
  readonly backend: BackendName;
  /** How many threads share the work. */
  readonly threads: number;
  /** Is this row wanted? */
  readonly wants: (name: string, shape: string) => boolean;
  readonly emit: (row: Measured) => void;
};

/** The first lines of an error, short enough for a table. */
export function reasonOf(error: unknown): string {
  return (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).replaceAll(/\s+/g, ' ').slice(0, 400);
}
