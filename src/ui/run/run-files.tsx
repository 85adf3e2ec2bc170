/** A whole run as one file: saved from its row of the list, and taken out of such a file again, here or in another browser. */
import { useRef, useState } from 'preact/hooks';
import { say } from '../language/language.ts';
import { inRow } from '../page/row-actions.tsx';
import { save } from '../page/save.ts';
import type { Session } from '../session/session.ts';

type SaveProps = {
  readonly session: Session;
  readonly run: string;
  /** The run in words. */
  readonly what: string;
};

/** Saves all that is kept of a run. */
export function SaveRun({ session, run, what }: SaveProps) {
  const [making, make] = useState(false);
  const verb = making ? say('Saving…') : say('Save as a file');
  const saved = async () => {
    make(true);
    const file = await session.runFiles.fileOf(run);
    make(false);
    if (file !== undefined) save(`step-on-feet-${run}.zip`, [file], 'application/zip');
  };
  return (
    <button type="button" disabled={making} aria-label={inRow(verb, what)} onClick={() => void saved()} data-testid="save-run">
      {verb}
    </button>
  );
}

/** Takes a run out of a file. */
export function BringRun({ session }: { readonly session: Session }) {
  const input = useRef<HTMLInputElement>(null);
  const bringing = session.runFiles.bringing.value;
  const taken = async (file: File | undefined) => {
    if (file !== undefined) await session.runFiles.bring(file);
    if (input.current !== null) input.current.value = '';
  };
  return (
    <p class="keep">
      <button type="button" disabled={bringing !== null} onClick={() => input.current?.click()} data-testid="bring-run">
        {say('Take a run out of a file')}
      </button>{' '}
      <span role="status" dir="auto">
        {bringing === null
          ? say('A file that was saved here or in another browser, with everything in it.')
          : say('Reading {name}…', { name: bringing })}
      </span>
      <input
        ref={input}
        type="file"
        accept=".zip,application/zip"
        hidden
        onChange={(event) => void taken(event.currentTarget.files?.[0])}
        data-testid="bring-run-file"
      />
    </p>
  );
}
