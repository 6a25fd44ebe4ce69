/** LoadOptions is the load generator's argument: plain data, as JSON. */
export interface LoadOptions {
  readonly kubeconfig: string;
  /** The MutatingWebhookConfiguration that names the Service and the CA of fresh connections. */
  readonly configuration: string;
  readonly namespace: string;
  readonly image: string;
  readonly perSecond: number;
  /**
   * Beside every so many admissions one goes to the webhook itself, on a TLS connection of its own;
   * 0 for none.
   */
  readonly freshEvery: number;
}

/** Count is what became of the admissions of one kind. */
export interface Count {
  readonly sent: number;
  readonly failed: number;
  /** Admitted, and the image is as it was written. */
  readonly unRewritten: number;
  /** Right, but after more than a second. */
  readonly late: number;
  readonly p50: number;
  readonly p99: number;
  readonly longest: number;
  /** How often each thing went wrong, the first few. */
  readonly messages: Readonly<Record<string, number>>;
  /** How often each image came out. */
  readonly images: Readonly<Record<string, number>>;
  readonly perSecond: readonly Second[];
  /** When those were answered that failed or were not rewritten, in milliseconds since 1970. */
  readonly lostAt: readonly number[];
}

/** Second is the admissions that were sent within one second of the load. */
export interface Second {
  readonly sent: number;
  readonly failed: number;
  readonly unRewritten: number;
}

/**
 * LoadReport is what the load generator prints when it ends: admissions through the API server, and
 * those on fresh connections to the webhook.
 */
export interface LoadReport {
  readonly seconds: number;
  readonly admissions: Count;
  readonly fresh: Count;
  /** How often the API server itself gave no answer; it was asked again. */
  readonly apiServerUnreachable: number;
  /** What it did then. */
  readonly apiServerMessages: Readonly<Record<string, number>>;
}
