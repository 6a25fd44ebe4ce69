import {
  addImage,
  addIndex,
  addMultiArch,
  addReferrer,
  dockerTypes,
} from '../../rig/registry/images.ts';
import { Store } from '../../rig/registry/store.ts';
import type { Random } from './random.ts';

/** Makes images that share layers, of all kinds that registries have. */
export function exampleImages(random: Random): Store {
  const store = new Store();
  const base = Buffer.alloc(400_000, random.below(256));
  const index = addMultiArch(store, 'team/app', '1');
  addReferrer(store, 'team/app', index);
  for (const name of ['team/a', 'team/b']) {
    for (const tag of ['1', '2']) addImage(store, name, { tag, layers: [base, `${name}:${tag}`] });
  }
  const types = dockerTypes;
  const children = ['amd64', 'arm64'].map((architecture) =>
    addImage(store, 'docker', { architecture, types, layers: [base, architecture] }),
  );
  addReferrer(store, 'docker', addIndex(store, 'docker', children, '1', types));
  return store;
}
