/* What is read of Kubernetes' objects. */

/** Job is a Job of Kubernetes, or a CronJob. */
export interface Job {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly creationTimestamp: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec: { readonly completions?: number };
  readonly status?: {
    /** Such as `0,2-4`. */
    readonly completedIndexes?: string;
    readonly failedIndexes?: string;
    readonly conditions?: readonly Condition[];
  };
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

/** Pod is a Pod of a Job. */
export interface Pod {
  readonly metadata: {
    readonly name: string;
    readonly creationTimestamp: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly message?: string;
    readonly conditions?: readonly Condition[];
    readonly containerStatuses?: readonly {
      readonly state?: {
        readonly waiting?: { readonly reason?: string; readonly message?: string };
        readonly terminated?: {
          readonly exitCode: number;
          readonly reason?: string;
          readonly message?: string;
        };
      };
    }[];
  };
}

/** Returns a condition of an object if it is true. */
export function conditionOf(
  { status }: { readonly status?: { readonly conditions?: readonly Condition[] } },
  type: string,
): Condition | undefined {
  return status?.conditions?.find((one) => one.type === type && one.status === 'True');
}

/** Returns objects in the order in which they were made, the last one first. */
export function newestFirst<Made extends Job | Pod>(objects: readonly Made[]): Made[] {
  return objects.toSorted((one, other) =>
    other.metadata.creationTimestamp < one.metadata.creationTimestamp ? -1 : 1,
  );
}

/** Reports whether a list such as `0,2-4` has an index. */
export function hasIndex(list: string | undefined, index: number): boolean {
  return (list ?? '').split(',').some((part) => {
    const [first = '', last = first] = part.split('-');
    return first !== '' && Number(first) <= index && index <= Number(last);
  });
}
