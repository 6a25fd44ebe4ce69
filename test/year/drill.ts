import type { Scene } from './scene.ts';

/** Drill is something that happens to an installation in its life, under load. */
export interface Drill {
  readonly name: string;
  /** The row of docs/promises.md that says what it may lose; without one it may lose nothing. */
  readonly promise?: string;
  /**
   * Does it, and takes it back. What may be lost meanwhile, and only then, is declared by
   * `scene.mayLose`.
   */
  run(scene: Scene): Promise<void>;
  /** Whether calls past the API server, on connections of their own, find no webhook meanwhile. */
  readonly isWithoutWebhook?: boolean;
}
