import { signal } from '@preact/signals';

/** What the page tells for a moment. */
export const notice = signal('');

let timer = 0;

export function tell(text: string): void {
  notice.value = text;
  clearTimeout(timer);
  timer = setTimeout(() => {
    notice.value = '';
  }, 4_000);
}

/** Puts a text into the clipboard, and tells whether that went well. */
export async function copy(text: string, done: string, failed: string): Promise<void> {
  try {
    // Not there where a page is not served over HTTPS or from this machine.
    await navigator.clipboard.writeText(text);
    tell(done);
  } catch {
    tell(copyBySelection(text) ? done : failed);
  }
}

/** What works from files, too. */
function copyBySelection(text: string): boolean {
  const field = document.createElement('textarea');
  field.value = text;
  field.className = 'unseen';
  document.body.append(field);
  field.select();
  const isCopied = document.execCommand('copy');
  field.remove();
  return isCopied;
}
