/** Copies a text; reports whether the browser allowed that. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Pages that are not from a disk, this machine or HTTPS have no clipboard, but may copy a field.
    return copyField(text);
  }
}

function copyField(text: string): boolean {
  const field = document.createElement('textarea');
  field.value = text;
  document.body.append(field);
  field.select();
  const isCopied = document.execCommand('copy');
  field.remove();
  return isCopied;
}
