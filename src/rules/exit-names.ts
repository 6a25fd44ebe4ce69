/** Lists the ways in which a Pod's author keeps an image away from the rules. */
export const exitNames = [
  'bypass',
  'annotation',
  'label',
  'owners',
  'placeholder',
  'namespaceRules',
] as const;
/** Exit is one of these ways; `exits` in the rules file closes them. */
export type Exit = (typeof exitNames)[number];
