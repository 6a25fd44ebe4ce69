import { signal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { showNotice } from './notice.ts';

/** The code of what comes later stands at the end of the page. */
const wholePage = new Promise<unknown>((resolve) => {
  if (document.readyState !== 'loading') resolve(undefined);
  else document.addEventListener('DOMContentLoaded', resolve);
});

/**
 * The task in which the last of them is run, each its own: between two of them the page answers.
 */
let last: Promise<unknown> = wholePage.then(
  () => new Promise((resolve) => requestAnimationFrame(resolve)),
);

/**
 * Returns a component whose code runs when the first picture of the page is out: editors are most
 * of the page, and the decisions do not need them.
 */
export function later<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
  Waiting: ComponentType<Props>,
): ComponentType<Props> {
  const loaded = signal<ComponentType<Props> | undefined>(undefined);
  last = last
    .then(() => new Promise((resolve) => setTimeout(resolve)))
    .then(load)
    .then((component) => {
      loaded.value = component;
    })
    .catch((error: Error) => showNotice(error.message));
  return (props: Props) => {
    const Component = loaded.value ?? Waiting;
    return <Component {...props} />;
  };
}
