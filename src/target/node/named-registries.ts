import type { Target } from '../contract/target.ts';
import type { HostAbilities } from './mirrors-by-host.ts';

/* For targets that mirror only the registries which are named, and ask the origin last. */

/** Says what they can express of registries. */
export const namedRegistries: HostAbilities = {
  other: false,
  deny: false,
  parts: false,
  mirrorOnly: false,
};

/** Says the same for `detour compile --list`. */
export const registriesOnly: Target['abilities'] = {
  paths: 'no',
  wildcards: 'no',
  keep: 'yes',
  deny: 'no',
  library: 'partly', // always
  namespaces: 'no',
  bypass: 'no',
};
