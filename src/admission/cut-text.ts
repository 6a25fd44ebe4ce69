/** Longer than any image that a node can pull: host 253, repository 255, tag 128, digest 71. */
const maxText = 1_024;
const keptAtEnd = 256;

/**
 * Returns a text that a Pod's author wrote as a log line or a message can show it: one longer than
 * 1,024 characters without its middle, and with a note of how much is left out. Its end is kept,
 * because that is where tag and digest are.
 */
export function cutText(text: string): string {
  const leftOut = text.length - maxText;
  if (leftOut <= 0) return text;
  return `${text.slice(0, maxText - keptAtEnd)}…[${leftOut} characters left out]…${text.slice(-keptAtEnd)}`;
}
