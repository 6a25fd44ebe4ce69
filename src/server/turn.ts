/** Something large that takes part of the memory for a while, in turn with its like. */
export interface TurnTaker {
  /** Its turn has come. */
  resume(): void;
  /** It has had its time and another waits. */
  evict(): void;
}

const atOnce = 2;
/** How long a turn is safe, in milliseconds. The largest review takes a tenth; who trickles must not keep others waiting. */
const turnTime = 1000;

/** Whose turn it is, with when it began (`performance.now()`). */
const turns = new Map<TurnTaker, number>();
const waiting = new Set<TurnTaker>();

/** Calls `resume` when it is the taker's turn; it ends by `leaveTurn`. */
export function waitForTurn(taker: TurnTaker): void {
  if (turns.size < atOnce) {
    begin(taker);
    return;
  }
  waiting.add(taker);
  evictOverdue();
}

/** Ends a turn, or the wait for it. */
export function leaveTurn(taker: TurnTaker): void {
  waiting.delete(taker);
  if (!turns.delete(taker)) return;
  const [next] = waiting;
  if (next === undefined) return;
  waiting.delete(next);
  begin(next);
}

function begin(taker: TurnTaker): void {
  turns.set(taker, performance.now());
  setTimeout(evictOverdue, turnTime + 1).unref();
  taker.resume();
}

function evictOverdue(): void {
  for (const [taker, since] of [...turns]) {
    if (waiting.size > 0 && performance.now() - since > turnTime) taker.evict();
  }
}
