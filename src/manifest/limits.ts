import type { YamlLimits } from '../rules/yaml-documents.ts';

/** Limits one text: more than all manifests of a large repository need. */
export const manifestLimits: YamlLimits = {
  length: 64 * 1024 * 1024,
  // A List of 10,000 Pods has about 5 million.
  lexemes: 8_000_000,
  // The same has some 1.5 million.
  entries: 2_500_000,
  // An API server takes objects of at most 3 MiB.
  lexeme: 4 * 1024 * 1024,
  // Schemas of custom resources are about 60 deep.
  depth: 500,
  properties: 100_000,
  repeated: 1_000_000,
  documents: 100_000,
  mistakes: 1_000,
};
