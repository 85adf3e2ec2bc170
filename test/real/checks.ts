/** What is promised and whether it held, said at once and counted. Knows nothing of what is checked. */

export class Checks {
  passed = 0;
  failed = 0;

  /** One promise; `seen` is what was found, in a few words. */
  that(promise: string, held: boolean, seen = ''): void {
    if (held) this.passed++;
    else this.failed++;
    console.log(`${held ? '  ok  ' : 'FAILED'}  ${promise}${seen === '' ? '' : `: ${seen}`}`);
  }

  /** A part that must come to its end; returns its value, or null after an error, which counts as one that failed. */
  async part<T>(name: string, work: () => Promise<T>): Promise<T | null> {
    const start = performance.now();
    console.log(`\n${name}`);
    try {
      return await work();
    } catch (error) {
      this.that(`${name} comes to its end`, false, error instanceof Error ? (error.stack ?? error.message) : String(error));
      return null;
    } finally {
      console.log(`        ${((performance.now() - start) / 60_000).toFixed(1)} minutes`);
    }
  }
}
