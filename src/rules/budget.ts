import type { NamespaceFilter } from './schema.ts';

/**
 * Budget is the work that one review may still take. It counts characters and lookups, never time,
 * so that a decision does not depend on how busy a machine is. Every image that is looked up adds
 * to it, so the whole is in proportion to the body.
 */
export class Budget {
  /** In characters that are looked at; below zero once it is spent. */
  left = allowance;
  /** Whether each filter that was asked admits the namespace of the review. */
  readonly admitted = new Map<NamespaceFilter, boolean>();

  get isSpent(): boolean {
    return this.left < 0;
  }

  /**
   * Adds what deciding one image may take, less what reading it takes. A budget that is spent stays
   * so.
   */
  add(image: string): void {
    if (this.left >= 0) this.left += perImage - image.length;
  }

  take(characters: number): void {
    this.left -= characters;
  }

  /** Takes one lookup of a text of `length` characters. */
  lookUp(length: number): void {
    this.left -= perLookup + length / 4;
  }
}

/*
 * In characters of an image that are parsed, looked up and written, 8 ns each here. They are set so
 * that a review takes at most 5 ms and ten times what JSON.parse takes;
 * `npm run bench worst-review` searches for one that takes more.
 */
/** What a review may take beyond what its images bring along. */
const allowance = 200_000;
/** As much as most images take, whatever their number. */
const perImage = 128;
const perLookup = 4;
