/** Pairs of what a request to the registry of Amazon ECR is, and the permission that it needs. */
const permissions: readonly (readonly [RegExp, string])[] = [
  [/^(GET|HEAD) \S+\/manifests\//, 'BatchGetImage'],
  [/^PUT \S+\/manifests\//, 'PutImage'],
  [/^POST \S+\/blobs\/uploads\//, 'InitiateLayerUpload'],
  [/^PATCH \S+\/blobs\/uploads\//, 'UploadLayerPart'],
  [/^PUT \S+\/blobs\/uploads\//, 'CompleteLayerUpload'],
  [/^HEAD \S+\/blobs\//, 'BatchCheckLayerAvailability'],
  [/^GET \S+\/blobs\//, 'GetDownloadUrlForLayer'],
  [/^GET \S+\/tags\/list/, 'ListImages'],
];

/** Returns the permission that a request to the registry of Amazon ECR needs, if it is known. */
export function permissionFor(method: string, target: string): string | undefined {
  const [, operation] = permissions.find(([pattern]) => pattern.test(`${method} ${target}`)) ?? [];
  return operation && `ecr:${operation}`;
}
