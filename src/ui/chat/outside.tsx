/** What of a question lies outside of the small world of the model, said before it answers. Knows no session. */
import { outsideOf } from '../../run/worlds.ts';
import { listParts } from '../language/language.ts';
import { Say, Written } from '../language/say.tsx';

type Props = {
  /** The world of the open model; null where it is a model of the user's. */
  readonly world: string | null;
  readonly question: string;
};

export function Outside({ world, question }: Props) {
  const outside = world === null ? [] : outsideOf(world, question);
  return (
    <p class="outside" role="status" data-testid="outside">
      {outside.length > 0 && (
        <Say
          text="Its small world has no {words}: whatever it answers, it knows nothing of that."
          parts={{
            words: listParts(
              outside.map((word) => `“${word}”`),
              'disjunction',
            ).map(({ value, isItem }, i) => (isItem ? <Written key={i}>{value}</Written> : value)),
          }}
        />
      )}
    </p>
  );
}
