import { nodeOf, pythonTools, runtimeClientModule } from '../rig/lambda/tools.ts';

/** Installs what is not there yet, so that no test waits for it. */
export function setup(): void {
  pythonTools();
  runtimeClientModule();
  nodeOf('22');
  nodeOf('24');
}
