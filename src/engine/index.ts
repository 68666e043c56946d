/**
 * The engine's operations, in the order of a container's life.
 *
 *     openEngine(options): Promise<Engine>                                                open.ts
 *     createContainer(engine, request: CreateRequest, name?, platform?): Promise<CreateAnswer>   create.ts
 *     startContainer(engine, name): Promise<void>            NOT_MODIFIED: it runs        start.ts
 *     attachContainer(engine, name, wanted, sink): Promise<Attachment>                    attach.ts
 *     containerLogs(engine, name, wanted): AsyncIterable<LogLine>    throws at the call   logs.ts
 *     waitContainer(engine, name, condition?): Promise<WaitAnswer>   throws at the call   wait.ts
 *     stopContainer(engine, name, { signal?, timeout? }): Promise<void>                   stop.ts
 *     killContainer(engine, name, signal?: string): Promise<void>                         kill.ts
 *     restartContainer(engine, name, { signal?, timeout? }): Promise<void>                stop.ts
 *     pauseContainer, unpauseContainer(engine, name): Promise<void>                       pause.ts
 *     resizeContainer(engine, name, rows, columns): Promise<void>                         resize.ts
 *     renameContainer(engine, name, newName): Promise<void>                               rename.ts
 *     removeContainer(engine, name, wanted?): Promise<void>                               remove.ts
 *     listContainers(engine, wanted?): Promise<ContainerSummary[]>                        list.ts
 *     inspectContainer(engine, name, { size? }): Promise<ContainerInspect>                inspect.ts
 *     connectContainer(engine, network, name, settings?): Promise<void>                   connect.ts
 *     disconnectContainer(engine, network, name): Promise<void>                           connect.ts
 *     createExec(engine, name, request: ExecRequest): Promise<{ Id: string }>             exec.ts
 *     startExec(engine, id, { detach?, size? }, sink?): Promise<Attachment | undefined>   exec.ts
 *     resizeExec(engine, id, rows, columns): Promise<void>                                exec.ts
 *     inspectExec(engine, id): ExecInspect                                                exec.ts
 *
 *     statPath(engine, name, path): Promise<PathStat>               HEAD                  archive.ts
 *     getArchive(engine, name, path): Promise<{ stat, archive: Readable }>                archive.ts
 *     putArchive(engine, name, path, source, wanted?): Promise<void>                      archive.ts
 *     containerChanges(engine, name): Promise<ContainerChange[] | null>                   changes.ts
 *     exportContainer(engine, name): Promise<Readable>                                    export.ts
 *     commitContainer(engine, name, wanted?): Promise<{ Id }>                             commit.ts
 *     containerStats(engine, name, wanted?): AsyncGenerator<ContainerStats>  at the call  stats.ts
 *     topContainer(engine, name, psArgs?): Promise<TopAnswer>                             top.ts
 *     updateContainer(engine, name, request): Promise<{ Warnings }>                       update.ts
 *     pruneContainers(engine, filters?): Promise<ContainersPruned>                        prune.ts
 *     buildImage(engine, request: BuildRequest, options): Promise<Digest>                 build.ts
 *     removeImage(engine, text, options?), pruneImages(engine, filters?); both tell events     images.ts
 *     diskUsage(engine), engineInfo(engine), engineVersion({ ApiVersion, … })             df.ts, info.ts, version.ts
 *     engine.volumes.list, inspect, create, remove, prune                                 volumes/volumes.ts
 *     engine.events.emit, engine.events.subscribe                                         events.ts
 *
 * 'Throws at the call': not by a rejected promise, so that whoever answers over HTTP knows before the headers.
 */
export { attachContainer } from './attach.ts';
export { buildImage } from './build.ts';
export { commitContainer } from './commit.ts';
export { connectContainer, disconnectContainer } from './connect.ts';
export { createContainer } from './create.ts';
export { createExec, inspectExec, resizeExec, startExec } from './exec.ts';
export { inspectContainer } from './inspect.ts';
export { killContainer } from './kill.ts';
export { listContainers } from './list.ts';
export { containerLogs } from './logs.ts';
export { openEngine } from './open.ts';
export { pauseContainer, unpauseContainer } from './pause.ts';
export { removeContainer } from './remove.ts';
export { renameContainer } from './rename.ts';
export { resizeContainer } from './resize.ts';
export { startContainer } from './start.ts';
export { restartContainer, stopContainer } from './stop.ts';
export { waitContainer } from './wait.ts';
export type * from './engine.ts';
export type * from './types.ts';
