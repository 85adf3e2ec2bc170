/**
 * The likeliest way to cut a piece of text into tokens with scores, as SentencePiece's Unigram finds it, and the `tokenizers` library, whose
 * order of ties it keeps. Own code: @huggingface/tokenizers makes an object of each token at each place, and copies of those. Knows no id.
 */

/** A token in a piece: its text, and whether it is one that is known. */
type Part = { readonly text: string; readonly known: boolean };

/** A token ends here when its score is a number; `next` are the letters that go on. */
type Node = { score: number | null; next: Map<string, Node> | null };

/** What a token that is not known scores below the worst one that is. */
const BELOW = 10;

/** A function that cuts a piece; `scores` are the tokens that may be found, `least` the worst score of all. */
export function likeliest(scores: Iterable<readonly [token: string, score: number]>, least: number): (piece: string) => readonly Part[] {
  const root: Node = { score: null, next: null };
  let most = Math.abs(least - BELOW);
  for (const [token, score] of scores) {
    let node = root;
    for (const letter of token) {
      node.next ??= new Map();
      const next: Node = node.next.get(letter) ?? { score: null, next: null };
      node.next.set(letter, next);
      node = next;
    }
    node.score = score;
    most = Math.max(most, Math.abs(score));
  }
  return (piece) => cut(Array.from(piece), root, least - BELOW, most);
}

/** Tokens that end at a place, by where they begin, with the score of the best way up to their end. */
class Ending {
  readonly begins: number[] = [];
  readonly totals: number[] = [];
  /** For each, which of those that end where it begins comes before it. */
  readonly before: number[] = [];
  readonly known: boolean[] = [];
}

function cut(letters: readonly string[], root: Node, unknown: number, most: number): readonly Part[] {
  const endings = Array.from({ length: letters.length + 1 }, () => new Ending());
  for (let from = 0; from < letters.length; from++) {
    const ways = from === 0 ? null : waysOf(endings[from] as Ending, most);
    const put = (to: number, score: number, known: boolean): void => {
      const [before, total] = ways === null ? [-1, score] : best(ways, score);
      const ending = endings[to] as Ending;
      ending.begins.push(from);
      ending.totals.push(total);
      ending.before.push(before);
      ending.known.push(known);
    };
    let single = false;
    let node: Node | undefined = root;
    for (let to = from; to < letters.length; to++) {
      node = node.next?.get(letters[to] as string);
      if (node === undefined) break;
      if (node.score === null) continue;
      put(to + 1, node.score, true);
      single ||= to === from;
    }
    if (!single) put(from + 1, unknown, false);
  }
  const parts: Part[] = [];
  let at = letters.length;
  let [which] = best(waysOf(endings[at] as Ending, 0), 0);
  while (which >= 0) {
    const ending = endings[at] as Ending;
    const from = ending.begins[which] as number;
    parts.push({ text: letters.slice(from, at).join(''), known: ending.known[which] as boolean });
    [at, which] = [from, ending.before[which] as number];
  }
  return parts.toReversed();
}

type Ways = readonly (readonly [which: number, total: number])[];

/** Of the tokens that end at a place those that may be best before another, whose score is at most `most` from zero: adding rounds. */
function waysOf({ totals }: Ending, most: number): Ways {
  const top = totals.reduce((a, b) => Math.max(a, b), -Infinity);
  const near = 2 ** -48 * (Math.abs(top) + most);
  return totals.flatMap((total, which) => (top - total <= near ? [[which, total] as const] : []));
}

/** The first of them with which a score is best, and how good it is then. */
function best(ways: Ways, score: number): readonly [which: number, total: number] {
  let [which, most] = [-1, -Infinity];
  for (const [i, total] of ways) if (total + score > most) [which, most] = [i, total + score];
  return [which, most];
}
