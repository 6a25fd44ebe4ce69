/** Target is the server that is attacked. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly healthPort: number;
}

/** Attack is what can be done to a server, as a program or a test starts it. */
export interface Attack {
  readonly name: string;
  /** One line for people: how many connections, and what they send. */
  readonly summary: string;
  /** The rules that the server needs for it; the embedded ones if there are none. */
  readonly rules?: string;
  begin(target: Target): RunningAttack;
}

/** RunningAttack is an attack that has begun; its counts change as it goes on. */
export interface RunningAttack {
  readonly counts: Counts;
  /** Ends all connections at once. */
  stop(): void;
}

/** Counts is what became of an attack's connections, and of what it sent on them. */
export interface Counts {
  opened: number;
  /** Open now. */
  open: number;
  /** The server, or a failed handshake, ended them. */
  closed: number;
  /** Answers by HTTP status, as far as the attack reads them. */
  readonly answers: Record<string, number>;
}
