/** Sentences with elements inside, in the language of the page; and what a model read or wrote, which stays in the language that it has. */
import { Fragment } from 'preact';
import type { ComponentChildren, HTMLAttributes } from 'preact';
import { type Inputs, useMemo } from 'preact/hooks';
import { counted } from '../../locale.ts';
import { found, language } from './language.ts';
import { fill } from './message.ts';

type SayProps = {
  readonly text: string;
  readonly parts?: Readonly<Record<string, ComponentChildren>>;
};

/** A sentence with its parts, which may be elements. Where the language has none it is English, marked so. */
export function Say({ text, parts = {} }: SayProps) {
  const { message, rules, missing } = found(text);
  const pieces = fill<ComponentChildren>(message, parts, rules).map((piece, index) => (
    <Fragment key={index}>{typeof piece === 'number' ? counted(piece) : piece}</Fragment>
  ));
  return missing ? (
    <span lang="en" dir="ltr">
      {pieces}
    </span>
  ) : (
    <>{pieces}</>
  );
}

/** What is made of sentences, the same object until one of its inputs changes or the page speaks another language. */
export function useSaid<T>(make: () => T, inputs: Inputs): T {
  return useMemo(make, [...inputs, language()]);
}

/** Attributes of an element that holds what a model read or wrote. */
export const WRITTEN = { lang: 'en', dir: 'auto' } as const;

/** What a model read or wrote. */
export function Written({ children, ...others }: HTMLAttributes<HTMLSpanElement>) {
  return (
    <span {...WRITTEN} {...others}>
      {children}
    </span>
  );
}
