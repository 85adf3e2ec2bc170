/** What vitest.config.ts tells tests of the command that runs them. */
import 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** Pinned files are to be renewed. */
    renewing: boolean;
  }
}
