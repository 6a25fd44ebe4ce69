import type { NamespaceFilter } from './schema.ts';

/**
 * The work that one review may still take. It counts characters and lookups, never time, so that a decision does not
 * depend on how busy a machine is. Every image that is asked about adds to it, so the whole is in proportion to the body.
 */
export class Budget {
  /** In characters that are looked at; below zero once it is spent. */
  left = allowance;
  /** Whether each filter that was asked admits the namespace of the review. */
  readonly admitted = new Map<NamespaceFilter, boolean>();

  get isSpent(): boolean {
    return this.left < 0;
  }

  /** Adds what deciding one image may take, less what reading it takes. A budget that is spent stays so. */
  add(image: string): void {
    if (this.left >= 0) this.left += perImage - image.length;
  }

  /** Takes one lookup of a text of `length` characters. */
  lookUp(length: number): void {
    this.left -= perLookup + length;
  }
}

/** What a review may take beyond what its images bring along: some 2 ms of work. */
const allowance = 250_000;
/** Twice what deciding an image by ordinary rules takes. */
const perImage = 512;
/** A lookup in a Map takes about as long as looking at this many characters. */
const perLookup = 16;
