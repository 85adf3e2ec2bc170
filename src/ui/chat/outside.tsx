/** What of a question lies outside of the small world of the model, said before it answers. Knows no session. */
import { outsideOf } from '../../run/worlds.ts';
import { listed, say } from '../language/language.ts';

type Props = {
  /** The world of the open model; null where it is a model of the user's. */
  readonly world: string | null;
  readonly question: string;
};

export function Outside({ world, question }: Props) {
  const outside = world === null ? [] : outsideOf(world, question);
  return (
    <p class="outside" role="status" data-testid="outside">
      {outside.length > 0 &&
        say('Its small world has no {words}: whatever it answers, it knows nothing of that.', {
          words: listed(
            outside.map((word) => `“${word}”`),
            'disjunction',
          ),
        })}
    </p>
  );
}
