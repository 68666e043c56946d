/** A cable between a container and its host: both ends from outside, what it lets through, and that it goes. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { features } from '../../../../src/linux/features.ts';
import { EINVAL } from '../../../../src/linux/errno.ts';
import { withNetlink } from '../../../../src/linux/netlink.ts';
import { addAddress, addDefaultRoute, addresses, routes } from '../../../../src/network/link/addresses.ts';
import { findLink, links, removeLink } from '../../../../src/network/link/links.ts';
import { isWithin } from '../../../../src/network/link/ipv4.ts';
import { makePair } from '../../../../src/network/link/veth.ts';
import { create } from '../../../../src/runtime/container.ts';
import { exec } from '../../../../src/runtime/exec.ts';
import { network } from '../../../../src/runtime/isolators/network.ts';
import { isolators } from '../../../../src/runtime/isolators/index.ts';
import { claimLink, otherEnd, withLink, type LinkClaim } from '../../../../src/runtime/link.ts';
import { removeLeftovers } from '../../../../src/runtime/remove.ts';
import { readClaims, reserve, saveClaims, stateDir } from '../../../../src/runtime/state.ts';
import type { Spec } from '../../../../src/runtime/spec.ts';
import { hostOf } from '../../../../src/runtime/existing.ts';
import { boxed, fresh, leavesNothing, output, run, runBox, skip, specOf, until, withBox } from '../../support.ts';

const linked = (args: string[], change?: (spec: Spec) => void, address?: string): Spec =>
  withLink(specOf({ args }, change), address);

const claimOf = (id: string): LinkClaim => readClaims(stateDir(run, id))!.claims.network as LinkClaim;

const onHost = (name: string) => withNetlink(undefined, (net) => findLink(net, name));

const isGone = (name: string): Promise<boolean> => until(`${name} is gone`, () => !onHost(name));

describe('a link', function () {
  leavesNothing();

  before(function () {
    try {
      withNetlink(undefined, (net) => {
        makePair(net, 'ddprobe', '02:00:00:00:00:01', 'ddprobep');
        removeLink(net, findLink(net, 'ddprobe')!);
      });
    } catch {
      skip(this, 'this kernel makes no veth pairs');
    }
  });

  it('is a pair whose ends name each other, with an address each and a way out', async () => {
    const box = boxed({ spec: linked(['sleep', '1000']) });
    await withBox(box, ({ pid }) => {
      const { name, peer, address, gateway } = claimOf(box.id);
      const host = onHost(name)!;
      withNetlink(`/proc/${pid}/ns/net`, (net) => {
        const inside = links(net);
        assert.deepEqual(inside.map((link) => [link.name, link.isUp]).sort(), [
          ['eth0', true],
          ['lo', true],
        ]);
        const end = inside.find((link) => link.name === 'eth0')!;
        assert.equal(end.peer, host.index);
        assert.equal(host.peer, end.index);
        assert.deepEqual(
          addresses(net).filter(({ link }) => link === end.index),
          [{ link: end.index, address, prefix: 31 }],
        );
        assert.deepEqual(
          routes(net)
            .map(({ to, gateway: via }) => [to, via])
            .sort(),
          [
            [`${[address, gateway].sort(byLastByte)[0]}/31`, undefined],
            ['default', gateway],
          ].sort(),
        );
      });
      assert(host.isUp);
      assert(!onHost(peer), 'the other end is with the container');
      withNetlink(undefined, (net) => {
        assert(addresses(net).some((one) => one.link === host.index && one.address === gateway));
      });
      assert.equal(readFileSync(`/proc/sys/net/ipv4/conf/${name}/rp_filter`, 'utf8'), '1\n');
      const six = `/proc/sys/net/ipv6/conf/${name}/disable_ipv6`;
      if (existsSync(six)) assert.equal(readFileSync(six, 'utf8'), '1\n');
    });
    await isGone(claimName(box.id));
  });

  it('carries packets, and those of a container with a user namespace too', async function () {
    const ping = 'ping -c1 -W5 $(ip route | sed -n "s/default via \\([0-9.]*\\) .*/\\1/p")';
    const withUser = (spec: Spec): void => {
      spec.linux!.namespaces!.push({ type: 'user' });
      spec.linux!.uidMappings = spec.linux!.gidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
    };
    for (const change of features().userNamespace ? [undefined, withUser] : [undefined]) {
      const { code, text } = await runBox({ spec: linked(['/bin/busybox', 'sh', '-c', ping], change) });
      assert.equal(code, 0, text);
      assert.match(text, /1 packets received/);
    }
  });

  it('is there for a process that enters the container', async () => {
    const box = boxed({ spec: linked(['sleep', '1000']) });
    const out = output();
    await withBox(box, async () => {
      const process = { ...box.spec.process, args: ['ip', '-o', 'link'] };
      assert.equal(await (await exec(run, box.id, { process, stdio: out.stdio })).wait(), 0);
      assert.match(out.text(), /: eth0@/);
    });
    out.close();
  });

  it('goes with the container, whoever ends it', async () => {
    const box = boxed({ spec: linked(['sleep', '1000']) });
    await withBox(box, async ({ pid, wait }) => {
      const { name } = claimOf(box.id);
      process.kill(pid, 'SIGKILL');
      await wait();
      await isGone(name);
    });
  });

  it('is given back when the container cannot be made', async () => {
    const box = boxed({ spec: linked(['/no/such/program']) });
    await assert.rejects(create(box), { code: 'PROGRAM_NOT_FOUND' });
    await isGone(claimName(box.id));
  });

  it('is given back by its claim alone, after a crash between the two', async () => {
    const id = fresh('crashed');
    const { dir, lock } = await reserve(run, id);
    const spec = linked(['true']);
    const host = hostOf(id, dir, '/');
    const claim = network.claim!(spec, host)!;
    saveClaims(dir, id, { network: claim });
    await network.prepare!(claim, host, spec);
    lock.release();
    assert(onHost(claim.name) && onHost(claim.peer));
    await removeLeftovers(dir, isolators);
    assert(!onHost(claim.name) && !onHost(claim.peer));
    await network.release!(claim, host);
  });

  it('of somebody else is neither taken nor removed', async () => {
    const id = fresh('box');
    const { name } = claimLink(linked(['true']), hostOf(id, stateDir(run, id), '/'))!;
    withNetlink(undefined, (net) => makePair(net, name, '02:00:00:00:00:02', 'ddother'));
    try {
      await assert.rejects(create(boxed({ id, spec: linked(['true']) })), {
        code: 'LINK_IN_USE',
        message: `a network device ${name} exists`,
      });
      assert(onHost(name));
    } finally {
      withNetlink(undefined, (net) => removeLink(net, findLink(net, name)!));
    }
  });

  it('has the address that the config says, if nobody has it', async () => {
    const spec = linked(['sleep', '1000'], undefined, '10.213.255.254');
    const first = boxed({ spec });
    await withBox(first, async () => {
      assert.equal(claimOf(first.id).gateway, '10.213.255.255');
      await assert.rejects(create(boxed({ spec })), {
        code: 'LINK_IN_USE',
        message: /10\.213\.255\.254 lies in 10\.213\.255\.255\/31, which this machine has/,
      });
    });
  });

  it('is refused by name when it cannot be', () => {
    const host = hostOf('x', '/run/drydock/3f2a91c07b1e', '/');
    const shared = (spec: Spec): void => {
      spec.linux!.namespaces = spec.linux!.namespaces!.filter(({ type }) => type !== 'network');
    };
    assert.throws(() => claimLink(linked(['true'], shared), host), {
      code: 'SPEC_INVALID',
      message: /of the container’s own/,
    });
    assert.throws(() => claimLink(linked(['true']), { ...host, privileged: false }), { code: 'UNSUPPORTED' });
    for (const address of ['', '10.1.2', '10.1.2.256', '10.1.2.3/24', '::1', '010.1.2.3x'])
      assert.throws(() => claimLink(linked(['true'], undefined, address), host), { code: 'SPEC_INVALID' }, address);
    assert.equal(claimLink(specOf({}), host), null);
  });

  it('has two addresses of which one bit is different', () => {
    assert.equal(otherEnd('10.213.0.1'), '10.213.0.0');
    assert.equal(otherEnd('192.168.255.254'), '192.168.255.255');
    assert(isWithin('10.213.0.1', { address: '10.213.0.0', prefix: 31 }));
    assert(!isWithin('10.213.0.2', { address: '10.213.0.0', prefix: 31 }));
    assert(isWithin('10.213.0.2', { address: '127.0.0.1', prefix: 0 }));
  });

  it('tells what the kernel says when it refuses', () => {
    withNetlink(undefined, (net) => {
      const add = (): void => addAddress(net, { link: 1, address: '10.213.255.253', prefix: 33 });
      // What the kernel says beside the number, it says since 4.12, and of this since later.
      assert.throws(add, { code: 'SYSCALL', call: 'RTM_NEWADDR', errno: EINVAL });
      assert.throws(() => addDefaultRoute(net, 1, '10.213.255.253'), { call: 'RTM_NEWROUTE' });
    });
  });
});

const claimName = (id: string): string => `dd${stateDir(run, id).split('/').at(-1)}`;

const byLastByte = (a: string, b: string): number => Number(a.split('.')[3]) - Number(b.split('.')[3]);
