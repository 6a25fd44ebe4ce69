/** A private registry of Amazon ECR: those of all partitions, IPv6 and FIPS names included. */
const privateEcr =
  /^\d{12}\.dkr[.-]ecr(?:-fips)?\.[a-z0-9-]+\.(?:amazonaws\.(?:com|com\.cn|eu)|on\.(?:aws|amazonwebservices\.com\.cn|amazonwebservices\.eu))$/i;

export function isEcrHost(host: string): boolean {
  return privateEcr.test(host);
}
