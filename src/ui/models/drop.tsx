/**
 * Files that are dropped anywhere on the page: a sheet says so while they hover, and the view of models shows what becomes of them; a run goes into
 * the list of runs. Where the view of models is hidden, nothing is taken.
 */
import { useEffect, useState } from 'preact/hooks';
import { isShown } from '../session/place.ts';
import type { Session } from '../session/session.ts';
import { say } from '../language/language.ts';
import { entriesOfDrop } from './picked.ts';

export function DropSheet({ session }: { readonly session: Session }) {
  const { models } = session;
  const busy = session.busy.value || models.opening.value !== null;
  const rests = !isShown('models', session.place.value.hide);
  const [hovering, hover] = useState(false);
  useEffect(() => {
    const carries = (event: DragEvent) => event.dataTransfer?.types.includes('Files') === true;
    const over = (event: DragEvent) => {
      if (!carries(event)) return;
      event.preventDefault();
      hover(!rests);
    };
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) hover(false);
    };
    const drop = (event: DragEvent) => {
      if (!carries(event) || event.dataTransfer === null) return;
      event.preventDefault();
      hover(false);
      // a field of the page may have taken the file for itself
      if (busy || rests) return;
      const [only] = event.dataTransfer.files;
      if (event.dataTransfer.files.length === 1 && only?.name.endsWith('.zip') === true) {
        session.go({ view: 'compare' });
        return void session.runFiles.bring(only);
      }
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
  }, [models, busy, rests]);
  if (!hovering || rests) return null;
  return (
    <div class="drop-sheet" aria-hidden="true">
      {busy
        ? say('A run is on its way; a file can be opened when it rests.')
        : say('Drop a model, an adapter, the files of a kit or a run here.')}
    </div>
  );
}
