import type { Extension } from '@codemirror/state';
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { ReadOnly } from '../editor/editor.tsx';
import { t } from '../messages/messages.ts';
import { copy } from './notice.ts';

interface OutputProps {
  readonly label: string;
  readonly text: string;
  /** What a download is called. */
  readonly fileName: string;
  readonly language?: Extension;
}

/** Shows a text that the page has made, to copy and to download. */
export function Output({ label, text, fileName, language = [] }: OutputProps) {
  const shown = useSignal(text);
  useEffect(() => {
    shown.value = text;
  }, [text]);
  return (
    <div class="output">
      <div class="bar">
        <code class="file-name">{fileName}</code>
        <span class="gap" />
        <button
          type="button"
          class="quiet"
          onClick={() => void copy(text, t.value.copied, t.value.copyFailed)}
        >
          {t.value.copy}
        </button>
        <button type="button" class="quiet" onClick={() => download(fileName, text)}>
          {t.value.download}
        </button>
      </div>
      <ReadOnly label={label} text={shown} language={language} />
    </div>
  );
}

function download(fileName: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName.replaceAll('/', '_');
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
