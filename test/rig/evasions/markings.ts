import type { Metadata } from '../kubernetes-object.ts';
import {
  admitted,
  createWith,
  debug,
  type Evasion,
  evil,
  mirrored,
  patch,
  setImage,
} from './evasion.ts';

const label = { labels: { 'image-detour': 'disabled' } } as const;
const skipped = { labels: { app: 'operator' } } as const;
const ownedBy = (apiVersion: string, kind: string) => ({
  ownerReferences: [{ apiVersion, kind, name: 'forged', uid: 'forged' }],
});
/** Returns metadata with these annotations. */
export const annotated = (annotations: Record<string, string>) => ({ annotations });
/** Holds metadata of a Pod that claims to be the copy of a static Pod. */
export const isStatic = annotated({ 'kubernetes.io/config.mirror': 'forged' });

/** What could talk a policy into leaving a Pod alone. */
const markings: Readonly<Record<string, Metadata>> = {
  'the label image-detour: disabled': label,
  'a label that skip names': skipped,
  'an annotation that skip names': annotated({ 'example.com/raw': 'true' }),
  'an owner that skip names': ownedBy('batch/v1', 'Job'),
  'an owner that skip names with its group': ownedBy('example.org/v1', 'Thing'),
  'an owner that is a node': ownedBy('v1', 'Node'),
  'the annotation image-detour/bypass: "true"': annotated({ 'image-detour/bypass': 'true' }),
  'the annotation image-detour/bypass with its name': annotated({
    'image-detour/bypass': 'app,debug,volume,init',
  }),
  'a forged mark': annotated({
    'image-detour/direct': `c/app=${evil} e/debug=${evil} i/init=${evil} v/volume=${evil}`,
  }),
  'forged originals': annotated({
    'image-detour/original-images': JSON.stringify({ app: mirrored }),
  }),
  'everything at once': {
    labels: { ...label.labels, ...skipped.labels },
    ...ownedBy('batch/v1', 'Job'),
    annotations: {
      'example.com/raw': 'true',
      'image-detour/bypass': 'true',
      'image-detour/direct': `c/app=${evil}`,
    },
  },
};

/**
 * Lists evasions by what a Pod's author writes on the Pod, at each moment at which it can be
 * written.
 */
export const withMarkings: readonly Evasion[] = Object.entries(markings).flatMap(
  ([name, metadata]) => [
    { name: `${name}, at creation`, steps: [createWith(evil, metadata)] },
    {
      name: `${name}, then another image`,
      steps: [createWith(mirrored, metadata), setImage(evil)],
    },
    {
      name: `${name}, added later, then another image`,
      steps: [admitted, patch({ metadata }), setImage(evil)],
    },
    {
      name: `${name}, added together with another image`,
      steps: [admitted, setImage(evil, metadata)],
    },
    {
      name: `${name}, added later, then an ephemeral container`,
      steps: [admitted, patch({ metadata }), debug(evil)],
    },
    {
      name: `${name}, with an ephemeral container`,
      steps: [admitted, debug(evil, metadata)],
    },
  ],
);
