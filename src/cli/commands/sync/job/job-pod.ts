import type { FileVolume } from './job-files.ts';
import type { JobOptions } from './job-options.ts';

/** Where the rules file and the lists are in a Pod. */
export const filesFolder = '/etc/detour';
const loginFolder = '/etc/detour-login';
/** Where the kubelet takes a container's last words from. */
const messageFile = '/dev/termination-log';

/** PodContent is what the template of a Pod is built of. */
export interface PodContent {
  readonly options: JobOptions;
  readonly args: readonly string[];
  readonly configMaps: readonly (Pick<FileVolume, 'items'> & { readonly name: string })[];
  readonly labels: Readonly<Record<string, string>>;
}

/** Builds the template of the Pods, which a namespace with restricted Pod security accepts. */
export function podTemplate({ options, args, configMaps, labels }: PodContent): object {
  const { name, image, shards, registrySecret, serviceAccount = name } = options;
  const login = { name: 'REGISTRY_AUTH_FILE', value: `${loginFolder}/.dockerconfigjson` };
  const env = [...(registrySecret === undefined ? [] : [login]), ...options.env];
  const sources = configMaps.map(({ name, items }) => ({ configMap: { name, items } }));
  return {
    metadata: { labels },
    spec: {
      restartPolicy: 'Never',
      serviceAccountName: serviceAccount,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 65_532,
        runAsGroup: 65_532,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: 'kubernetes.io/hostname',
          whenUnsatisfiable: 'ScheduleAnyway',
          labelSelector: { matchLabels: labels },
        },
      ],
      containers: [
        {
          name: 'sync',
          image,
          args: [
            '--rules',
            `${filesFolder}/detour.yaml`,
            'sync',
            '--json',
            '--shard',
            `$(JOB_COMPLETION_INDEX)/${shards}`,
            '--termination-message',
            messageFile,
            ...args,
          ],
          ...(env.length > 0 && { env }),
          terminationMessagePath: messageFile,
          terminationMessagePolicy: 'File',
          resources: {
            requests: { cpu: '500m', memory: '256Mi' },
            limits: { memory: '512Mi' },
          },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          volumeMounts: [
            { name: 'files', mountPath: filesFolder, readOnly: true },
            ...(registrySecret === undefined
              ? []
              : [{ name: 'login', mountPath: loginFolder, readOnly: true }]),
          ],
        },
      ],
      volumes: [
        { name: 'files', projected: { sources } },
        ...(registrySecret === undefined
          ? []
          : [{ name: 'login', secret: { secretName: registrySecret } }]),
      ],
    },
  };
}
