import { signal } from '@preact/signals';

/** Holds the message that the page shows for a moment; empty if there is none. */
export const notice = signal('');

let timer = 0;

/** Shows a message for as long as it takes to read it: at least four seconds. */
export function showNotice(text: string): void {
  notice.value = text;
  clearTimeout(timer);
  timer = setTimeout(
    () => {
      notice.value = '';
    },
    Math.max(4_000, text.length * 70),
  );
}

/** Copies a text to the clipboard, and shows `done` or `failed`. */
export async function copy(text: string, done: string, failed: string): Promise<void> {
  try {
    // Not there where a page is not served over HTTPS or from this machine.
    await navigator.clipboard.writeText(text);
    showNotice(done);
  } catch {
    showNotice(copyBySelection(text) ? done : failed);
  }
}

/** Copies a text in the way that works from files, too. */
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
