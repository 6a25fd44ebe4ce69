/**
 * RulesSource is a place that a rules file is read from: a file, a ConfigMap, a parameter or an
 * object.
 */
export interface RulesSource {
  /** The name of the source in messages. */
  readonly name: string;
  /** Whether the text may change, so that it is worth reading again. */
  readonly isLive: boolean;
  /**
   * Returns the text; undefined if it is the one that was read last. What takes a request can be
   * given up by `signal`.
   *
   * @throws Error of the file system, of the Kubernetes API or of AWS, or an Error that reports too
   *   much to read
   */
  read(signal?: AbortSignal): Promise<string | undefined>;
}

/** Returns a source whose text does not change. */
export function fixedSource(name: string, text: string): RulesSource {
  return { name, isLive: false, read: async () => text };
}
