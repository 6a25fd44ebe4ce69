import type { en } from './en.ts';

type Widened<Value> = Value extends (...args: infer Args) => string
  ? (...args: Args) => string
  : Value extends string
    ? string
    : { readonly [Key in keyof Value]: Widened<Value[Key]> };

/** Messages are the texts of a language; the compiler finds what one lacks. */
export type Messages = Widened<typeof en>;
