/**
 * The one policy that browsers ask before a text becomes the address of a script, as of a worker (Trusted Types). What becomes HTML or a script
 * itself has none, so browsers refuse it. Knows neither the page nor its workers.
 */

type Factory = { createPolicy(name: string, rules: { readonly createScriptURL: (address: string) => string | null }): unknown };

/** Whether a script may be started from an address: a file below the folder of `from`, or, for `made`, one that this origin made in memory. */
export function isOwnScript(address: string, { from, made }: { readonly from: string; readonly made: boolean }): boolean {
  const folder = new URL('.', from);
  let asked: URL;
  try {
    asked = new URL(address, from);
  } catch {
    return false;
  }
  if (asked.origin !== folder.origin) return false;
  return asked.protocol === 'blob:' ? made : asked.pathname.startsWith(folder.pathname) && asked.pathname.endsWith('.js');
}

/**
 * Lets scripts start from files beside `from` and below alone; `made` also from what this origin made in memory. Browsers without Trusted
 * Types have the policy of the page alone.
 */
export function trustOwnScripts(from: string, { made = false }: { readonly made?: boolean } = {}): void {
  const { trustedTypes } = globalThis as { trustedTypes?: Factory };
  trustedTypes?.createPolicy('default', { createScriptURL: (address) => (isOwnScript(address, { from, made }) ? address : null) });
}
