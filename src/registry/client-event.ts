/** ClientEvent is something that a RegistryClient reports as it happens. It never holds a secret. */
export type ClientEvent =
  | {
      readonly type: 'request';
      /** The host that was asked, with its port if that is not the default. */
      readonly host: string;
      readonly method: string;
      /** Without the query. */
      readonly path: string;
      /** The status of the answer; undefined if there was none. */
      readonly status: number | undefined;
      /** Whether it asked a token service for a token. */
      readonly isTokenRequest: boolean;
    }
  | {
      readonly type: 'rate-limit';
      /** The registry as references name it. */
      readonly registry: string;
      /** How many pulls are left, of how many. */
      readonly remaining: number;
      readonly limit: number | undefined;
      /** The period that they are counted in, in seconds. */
      readonly window: number | undefined;
    }
  | { readonly type: 'warning'; readonly registry: string; readonly text: string }
  | {
      readonly type: 'retry';
      readonly registry: string;
      /** The message of the error. */
      readonly reason: string;
      /** In milliseconds. */
      readonly delay: number;
    };
