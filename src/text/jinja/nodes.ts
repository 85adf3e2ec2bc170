/** The tree of a Jinja template. Knows neither how it is read nor what it means. */

export type Expression =
  | { readonly is: 'constant'; readonly value: string | bigint | number | boolean | null }
  | { readonly is: 'name'; readonly name: string }
  | { readonly is: 'list' | 'tuple' | 'concat'; readonly items: readonly Expression[] }
  | { readonly is: 'dict'; readonly pairs: readonly (readonly [Expression, Expression])[] }
  | { readonly is: 'attribute'; readonly of: Expression; readonly name: string }
  | { readonly is: 'item'; readonly of: Expression; readonly key: Expression }
  | { readonly is: 'slice'; readonly of: Expression; readonly parts: readonly (Expression | null)[] }
  | { readonly is: 'call'; readonly of: Expression; readonly args: Arguments }
  | { readonly is: 'filter'; readonly of: Expression; readonly name: string; readonly args: Arguments }
  | { readonly is: 'test'; readonly of: Expression; readonly name: string; readonly args: Arguments }
  | { readonly is: 'not' | 'negative' | 'positive'; readonly of: Expression }
  | { readonly is: 'and' | 'or'; readonly left: Expression; readonly right: Expression }
  | { readonly is: 'operation'; readonly sign: string; readonly left: Expression; readonly right: Expression }
  | { readonly is: 'compare'; readonly left: Expression; readonly others: readonly (readonly [string, Expression])[] }
  | { readonly is: 'choice'; readonly test: Expression; readonly yes: Expression; readonly otherwise: Expression | null };

export type Arguments = {
  readonly positional: readonly Expression[];
  readonly named: readonly (readonly [string, Expression])[];
  readonly list: Expression | null;
  readonly map: Expression | null;
};

/** What is assigned to: names, attributes of a namespace, or several of them. */
export type Target =
  | { readonly is: 'name'; readonly name: string }
  | { readonly is: 'namespace'; readonly name: string; readonly attribute: string }
  | { readonly is: 'targets'; readonly items: readonly Target[] };

type Body = readonly Statement[];
/** The body of a block where its filters read it: a name that no template can write. */
export const BODY = ' body';
/** A condition, and what is written where it holds. */
export type Branch = readonly [Expression, Body];
export type Parameters = { readonly names: readonly string[]; readonly defaults: readonly Expression[] };

export type Statement =
  | { readonly is: 'text'; readonly text: string }
  | { readonly is: 'print'; readonly values: readonly Expression[] }
  | { readonly is: 'set'; readonly target: Target; readonly value: Expression }
  | { readonly is: 'capture'; readonly target: Target; readonly filter: Expression | null; readonly body: Body }
  | { readonly is: 'if'; readonly branches: readonly [Branch, ...Branch[]]; readonly otherwise: Body }
  | {
      readonly is: 'for';
      readonly target: Target;
      readonly over: Expression;
      readonly test: Expression | null;
      readonly recursive: boolean;
      readonly body: Body;
      readonly otherwise: Body | null;
    }
  | { readonly is: 'break' | 'continue' }
  | { readonly is: 'with'; readonly targets: readonly Target[]; readonly values: readonly Expression[]; readonly body: Body }
  | { readonly is: 'macro'; readonly name: string; readonly parameters: Parameters; readonly body: Body }
  | { readonly is: 'call'; readonly parameters: Parameters; readonly call: Expression; readonly body: Body }
  | { readonly is: 'filtered'; readonly filter: Expression; readonly body: Body }
  | { readonly is: 'scope'; readonly body: Body };
