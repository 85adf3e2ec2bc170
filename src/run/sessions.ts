/** The sessions of a run: how long they took, and whether they were all made by one engine of one version. Knows no store and no page. */
import type { RunSession } from './records.ts';
import type { BackendName } from '../contracts/engine.ts';

/** What a result depends on beside its options: two backends round differently, two commits may do different things. */
type Made = { readonly backend: BackendName; readonly commit: string };

/** Working time over some sessions. */
export function secondsOf(sessions: readonly RunSession[]): number {
  return sessions.reduce((sum, { seconds }) => sum + seconds, 0);
}

/** What made a run; null where its sessions differ, or one is not known. */
export function madeBy(sessions: readonly RunSession[]): Made | null {
  const [first] = sessions;
  if (first === undefined || first.backend === null || first.commit === null) return null;
  const { backend, commit } = first;
  return sessions.every((session) => session.backend === backend && session.commit === commit) ? { backend, commit } : null;
}

/** Was all of a run made by this engine? A run that has made nothing yet is anybody's. */
export function isMadeBy(sessions: readonly RunSession[], { backend, commit }: Made): boolean {
  if (sessions.length === 0) return true;
  const made = madeBy(sessions);
  return made !== null && made.backend === backend && made.commit === commit;
}
