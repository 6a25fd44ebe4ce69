import * as v from 'valibot';
import { strictMapping } from './mapping.ts';

/** `Deployment.apps`, `Cluster.postgresql.cnpg.io`; the group of `Pod` is empty. */
const kind = /^[A-Z][A-Za-z0-9]*(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
/** Keys with dots between them; `[]` after one stands for each item of its list. */
const imagePath = /^[A-Za-z_][\w-]*(\[\])*(\.[A-Za-z_][\w-]*(\[\])*)*$/;

/** Describes `workloads`: kinds of objects, and where they hold images. */
export const workloadsSchema = v.array(
  strictMapping({
    kind: v.pipe(v.string(), v.regex(kind), v.description('Kind or Kind.group.')),
    images: v.pipe(
      v.array(v.pipe(v.string(), v.regex(imagePath))),
      v.minLength(1),
      v.description('Where its images are: spec.imageName, spec.containers[].image.'),
    ),
  }),
);
