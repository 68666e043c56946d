/**
 * The firewalls that a machine may have. One without nftables is made of this one: its engine is refused the socket, and
 * finds under the names of iptables the programs that it shall have.
 */
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { folder, fresh } from '../support.ts';

/** `iptables-legacy` writes the kernel's old tables, `iptables-nft` makes nftables of what it is told. */
export const firewalls = ['nftables', 'iptables-legacy', 'iptables-nft'] as const;
export type FirewallName = (typeof firewalls)[number];

/** The programs of one machine, in front of the others of its PATH. */
export class Programs {
  private readonly path = join(folder, fresh('programs'));
  /** What the environment of an engine says there. */
  readonly env: NodeJS.ProcessEnv = process.env;

  constructor(readonly firewall: FirewallName) {
    if (firewall === 'nftables') return;
    mkdirSync(this.path, { recursive: true });
    for (const name of ['iptables', 'ip6tables'])
      for (const suffix of ['', '-save', '-restore']) this.link(name + suffix);
    this.env = { ...process.env, PATH: `${this.path}:${process.env.PATH}`, WITHOUT_NFTABLES: '1' };
  }

  private link(name: string): void {
    symlinkSync(`/usr/sbin/xtables-${this.firewall.replace('iptables-', '')}-multi`, join(this.path, name));
  }

  /** Puts a shell script in place of a program of iptables; it finds that as "$REAL". */
  replace(name: string, script: string): void {
    const path = join(this.path, name);
    const real = `/usr/sbin/${name.replace('iptables', this.firewall)}`;
    rmSync(path, { force: true });
    writeFileSync(path, `#!/bin/sh\nREAL=${real}\n${script}\n`, { mode: 0o755 });
  }
}

/** From now on this process is refused netlink sockets of netfilter, as it is by a kernel that has none of it. */
export function withoutNftables(): void {
  const netfilter = 12;
  const unknown = 31;
  const dlopen = process.dlopen.bind(process);
  process.dlopen = (module, ...rest) => {
    dlopen(module, ...rest);
    const { exports } = module as { exports: { netlinkSocket?(protocol: number, ...more: unknown[]): number } };
    const open = exports.netlinkSocket;
    if (open) exports.netlinkSocket = (protocol, ...more) => open(protocol === netfilter ? unknown : protocol, ...more);
  };
}
