/**
 * The process of an exec: as the container's own, with what was asked for in its place.
 *
 * Its user is looked up in the container as it is now, which may have other users than its image had. It is given nothing
 * that the container's own process was not given (CVE-2022-29162), unless it is privileged.
 */
import { environmentOf } from '../images/spec.ts';
import { findAccount } from '../runtime/account.ts';
import type { Process } from '../runtime/config.ts';
import { ownNames } from '../runtime/grants.ts';
import { baseEnvironment, groupsOf, usualCapabilities } from './spec/process.ts';
import type { ContainerRecord, ExecRequest } from './types.ts';

/** `environment`: what the container's own process was told beside its config. Throws BAD_USAGE for a user that is not in the container. */
export function execProcess(
  record: ContainerRecord,
  request: ExecRequest,
  environment: readonly string[] = [],
): Process {
  const { Config, HostConfig, State, Account } = record;
  const { Tty = false, Env, Cmd = [], Privileged, User, WorkingDir } = request;
  const account = User ? findAccount(User, `/proc/${State.Pid}/root`, HostConfig.GroupAdd) : Account;
  const { uid, gid } = account;
  const names = Privileged ? ownNames() : usualCapabilities(HostConfig);
  const own = uid === 0 ? names : [];
  return {
    terminal: Tty,
    user: { uid, gid, additionalGids: groupsOf(account) },
    args: [...Cmd],
    env: environmentOf([...baseEnvironment(record, Tty), ...environment], { Env: Config.Env }, { env: Env }),
    cwd: WorkingDir || Config.WorkingDir || '/',
    capabilities: { bounding: names, permitted: own, effective: own },
  };
}
