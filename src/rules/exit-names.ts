/** The ways by which a Pod's author keeps an image away from the rules. */
export const exitNames = [
  'bypass',
  'annotation',
  'label',
  'owners',
  'placeholder',
  'namespaceRules',
] as const;
export type Exit = (typeof exitNames)[number];
