/** Examples that are put into view and taken out again, by their buttons or by dragging. Knows no model. */
import { useState } from 'preact/hooks';
import type { Example } from '../../protocol/lesson.ts';
import { say } from '../language/language.ts';
import { Written } from '../language/say.tsx';
import { resting } from '../page/focus.ts';

type Props = {
  readonly offered: readonly Example[];
  /** Ids of those in view. */
  readonly shown: readonly string[];
  readonly put: (ids: readonly string[]) => void;
  readonly able: boolean;
};

export function InView({ offered, shown, put, able }: Props) {
  const [dragged, drag] = useState<string | null>(null);
  const [over, setOver] = useState<boolean | null>(null);
  /** Into view, or out of it. */
  const move = (id: string, into: boolean): void => {
    if (able && shown.includes(id) !== into) put(into ? [...shown, id] : shown.filter((other) => other !== id));
  };
  const field = (into: boolean) => {
    const here = into ? shown.flatMap((id) => offered.find((one) => one.id === id) ?? []) : offered.filter(({ id }) => !shown.includes(id));
    const title = into ? say('In view, before the question') : say('Not in view');
    return (
      <div
        class="view-field"
        data-over={over === into}
        data-testid={into ? 'in-view' : 'out-of-view'}
        onDragOver={(event) => {
          if (dragged === null) return;
          event.preventDefault();
          setOver(into);
        }}
        onDragLeave={() => setOver(null)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(null);
          if (dragged !== null) move(dragged, into);
        }}
      >
        <h3>{title}</h3>
        <ul aria-label={title}>
          {here.map(({ id, question, answer }) => (
            <li
              key={id}
              class="example"
              draggable={able}
              onDragStart={() => drag(id)}
              onDragEnd={() => drag(null)}
              data-testid={`example-${id}`}
            >
              <Written>
                {question} <strong>{answer}</strong>
              </Written>
              <button type="button" {...resting(!able, () => move(id, !into))}>
                {into ? say('Take out') : say('Put into view')} <Written class="unseen">{question}</Written>
              </button>
            </li>
          ))}
        </ul>
        {here.length === 0 && <p class="muted">{into ? say('Nothing: it is asked cold.') : say('Everything is in view.')}</p>}
      </div>
    );
  };
  return (
    <div class="view-fields">
      {field(true)}
      {field(false)}
    </div>
  );
}
