/** EcrRegistry is a private registry of Amazon ECR. */
export interface EcrRegistry {
  /** As it is written in the rules. */
  readonly host: string;
  /** The twelve digits of the AWS account that it belongs to. */
  readonly account: string;
  readonly region: string;
}

/**
 * `ACCOUNT.dkr.ecr.REGION.amazonaws.com`, the names that have IPv6 addresses too
 * (`ACCOUNT.dkr-ecr.REGION.on.aws`), those of China and of the European Sovereign Cloud, and
 * `-fips`: https://docs.aws.amazon.com/general/latest/gr/ecr.html.
 */
const pattern =
  /^(\d{12})\.dkr[.-]ecr(?:-fips)?\.([a-z]+(?:-[a-z]+)+-\d+)\.(?:amazonaws\.(?:com|com\.cn|eu)|on\.(?:aws|amazonwebservices\.com\.cn|amazonwebservices\.eu))$/i;

/** Returns the registry at a host; undefined if that is not a private registry of Amazon ECR. */
export function ecrRegistry(host: string): EcrRegistry | undefined {
  const [, account, region] = pattern.exec(host) ?? [];
  if (account === undefined || region === undefined) return undefined;
  return { host, account, region: region.toLowerCase() };
}
