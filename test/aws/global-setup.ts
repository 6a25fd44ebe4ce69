import { nodeOf, pythonTools, runtimeClientModule } from '../rig/lambda/tools.ts';
import { awsCli } from './rig/code-build.ts';

/** Installs what is not there yet, so that no test waits for it. */
export function setup(): void {
  pythonTools();
  awsCli();
  runtimeClientModule();
  nodeOf('22');
  nodeOf('24');
}
