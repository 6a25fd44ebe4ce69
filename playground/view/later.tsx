import { signal } from '@preact/signals';
import type { ComponentType } from 'preact';

/** The code of what comes later stands at the end of the page. */
const wholePage = new Promise<unknown>((resolve) => {
  if (document.readyState !== 'loading') resolve(undefined);
  else document.addEventListener('DOMContentLoaded', resolve);
});

const firstPicture = wholePage.then(
  () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))),
);

/**
 * A component whose code is run when the first picture of the page is out: editors are most of the page, and the decisions
 * do not need them.
 */
export function later<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
  Waiting: ComponentType<Props>,
): ComponentType<Props> {
  const loaded = signal<ComponentType<Props> | undefined>(undefined);
  void firstPicture.then(async () => {
    loaded.value = await load();
  });
  return (props: Props) => {
    const Component = loaded.value ?? Waiting;
    return <Component {...props} />;
  };
}
