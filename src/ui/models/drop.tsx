/**
 * Files that are dropped anywhere on the page: a sheet says so while they hover, and the view of models shows what becomes of them; where that is
 * hidden they are not taken. A run goes into the list of runs, and where that is hidden it is shown on Run.
 */
import { useEffect, useState } from 'preact/hooks';
import { isShown } from '../session/place.ts';
import type { Session } from '../session/session.ts';
import { say } from '../language/language.ts';
import { entriesOfDrop } from './picked.ts';

async function takeRun(session: Session, file: File): Promise<void> {
  const isListed = isShown('compare', session.place.peek().hide);
  session.go({ view: isListed ? 'compare' : 'run' });
  const run = await session.runFiles.bring(file);
  if (run !== undefined && !isListed) await session.openRun(run);
}

export function DropSheet({ session }: { readonly session: Session }) {
  const { models } = session;
  const busy = session.busy.value || models.opening.value !== null;
  const { hide } = session.place.value;
  const runsAlone = !isShown('models', hide);
  const [hovering, hover] = useState(false);
  useEffect(() => {
    const carries = (event: DragEvent) => event.dataTransfer?.types.includes('Files') === true;
    const over = (event: DragEvent) => {
      if (!carries(event)) return;
      event.preventDefault();
      hover(true);
    };
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) hover(false);
    };
    const drop = (event: DragEvent) => {
      if (!carries(event) || event.dataTransfer === null) return;
      event.preventDefault();
      hover(false);
      if (busy) return;
      const [only] = event.dataTransfer.files;
      if (event.dataTransfer.files.length === 1 && only?.name.endsWith('.zip') === true) return void takeRun(session, only);
      if (runsAlone) return;
      session.go({ view: 'models' });
      void entriesOfDrop(event.dataTransfer).then(({ entries, handle }) => models.take(entries, handle));
    };
    document.addEventListener('dragover', over);
    document.addEventListener('dragleave', leave);
    document.addEventListener('drop', drop);
    return () => {
      document.removeEventListener('dragover', over);
      document.removeEventListener('dragleave', leave);
      document.removeEventListener('drop', drop);
    };
  }, [models, busy, runsAlone]);
  if (!hovering) return null;
  return (
    <div class="drop-sheet" aria-hidden="true">
      {busy
        ? say('A run is on its way; a file can be opened when it rests.')
        : runsAlone
          ? say('Drop the file of a run here.')
          : say('Drop a model, an adapter, the files of a kit or a run here.')}
    </div>
  );
}
