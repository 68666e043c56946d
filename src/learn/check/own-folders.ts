/** Commands of a check name the usual folders; a person who has named others is shown commands for those. */
export function inOwnFolders(see: string, env: NodeJS.ProcessEnv = process.env): string {
  const { DRYDOCK_RUN: run, DRYDOCK_ROOT: root } = env;
  const folders: Record<string, string> = {
    '/run/drydock': run || '/run/drydock',
    '/var/lib/drydock': root || '/var/lib/drydock',
  };
  return see.replace(/(?<![\w/])\/(?:run|var\/lib)\/drydock(?![\w-])/g, (usual) => folders[usual]!);
}
