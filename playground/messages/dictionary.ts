import type { en } from './en.ts';

type Widened<Value> = Value extends (...args: infer Args) => string
  ? (...args: Args) => string
  : Value extends string
    ? string
    : { readonly [Key in keyof Value]: Widened<Value[Key]> };

/** Messages is the type of all texts; the compiler reports those that a language lacks. */
export type Messages = Widened<typeof en>;
