import type { Outcome } from './outcome.ts';
import type { PlannedImage } from './plan.ts';

/** MirrorEvent is something that happens while a plan is applied. */
export type MirrorEvent =
  | { readonly type: 'started'; readonly planned: PlannedImage }
  /** The manifests of an image are read; its blobs have so many bytes. */
  | { readonly type: 'sized'; readonly planned: PlannedImage; readonly bytes: number }
  /** A blob is at the mirror; `way` says how it got there. */
  | {
      readonly type: 'blob';
      readonly planned: PlannedImage;
      readonly digest: string;
      readonly bytes: number;
      readonly way: 'uploaded' | 'mounted' | 'present';
    }
  /** Bytes came from an origin since the last event of this type. */
  | { readonly type: 'bytes'; readonly bytes: number }
  | { readonly type: 'finished'; readonly outcome: Outcome };
