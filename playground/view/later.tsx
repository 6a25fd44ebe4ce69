import { signal } from '@preact/signals';
import type { ComponentType } from 'preact';

/**
 * A component whose code is run when the first picture of the page is out: editors are most of the page, and the decisions
 * do not need them.
 */
export function later<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
  Waiting: ComponentType<Props>,
): ComponentType<Props> {
  const loaded = signal<ComponentType<Props> | undefined>(undefined);
  requestAnimationFrame(() => {
    setTimeout(async () => {
      loaded.value = await load();
    });
  });
  return (props: Props) => {
    const Component = loaded.value ?? Waiting;
    return <Component {...props} />;
  };
}
