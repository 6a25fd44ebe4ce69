/* The forms of texts in `registries`. The Lambda function checks them without the schema library. */

/** Matches names of Secrets (RFC 1123): the API server refuses a Pod that refers to any other. */
export const secretName = /^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/;
/** Matches a number of bytes with its unit. */
export const size = /^[1-9]\d{0,5}(KiB|MiB|GiB)$/;
/** Matches the encryption types of Amazon ECR, and the ARN of a KMS key. */
export const ecrEncryption = /^(AES256|KMS|KMS_DSSE|arn:aws[a-z-]*:kms:[\w:/-]{1,512})$/;
/** Matches `none` and what can be the text of a policy. */
export const ecrPolicy = /^(none|\s*\{[\s\S]*\}\s*)$/;
/** Matches what can be the text of a lifecycle policy. */
export const ecrLifecycle = /^\s*\{[\s\S]*\}\s*$/;
/** Matches the values of AWS tags, by their length in characters. */
export const ecrTagValue = /^[\s\S]{0,256}$/;
