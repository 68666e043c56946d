/** A machine without nftables: our rules among those of others, after a crash, and while others write theirs. */
import assert from 'node:assert/strict';
import { leavesNothing } from '../support.ts';
import { answers, asks, Lab, OURS, serves, type Started } from './lab.ts';
import { firewalls, type FirewallName } from './kernels.ts';

const published = { NetworkMode: 'app', PortBindings: { '80/tcp': [{ HostPort: '8080' }] } };

/** As Docker 28, ufw and an administrator have theirs, with words that are like ours. */
const OTHERS = `
*raw
-A PREROUTING -i eth9 -m comment --comment "not DRYDOCK-RAW, -j DRYDOCK-RAW" -j DROP
COMMIT
*filter
:FORWARD DROP [0:0]
:DOCKER-USER - [0:0]
:DOCKER - [0:0]
:ufw-before-forward - [0:0]
-A FORWARD -j DOCKER-USER
-A FORWARD -o docker0 -j DOCKER
-A FORWARD -j ufw-before-forward
-A FORWARD -j REJECT --reject-with icmp-port-unreachable
-A DOCKER ! -i docker0 -o docker0 -j DROP
-A ufw-before-forward -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
COMMIT
*nat
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 9090 -j DNAT --to-destination 172.17.0.2:90
COMMIT
`;

describe('an engine without nftables', function () {
  leavesNothing();
  for (const firewall of firewalls.filter((name) => name !== 'nftables'))
    describe(`that finds ${firewall}`, () => onOld(firewall));
});

function onOld(firewall: FirewallName): void {
  let lab: Lab;
  beforeEach(async () => {
    lab = new Lab(firewall);
    await lab.open();
    await lab.tell('createNetwork', { Name: 'app' });
    await lab.tell('createNetwork', { Name: 'other' });
  });
  afterEach(() => lab.close());

  /** What is in the tables, without what changes by itself. A table comes into the list when it is used. */
  const rules = async (): Promise<string[]> => {
    const all = await lab.host('iptables-save; ip6tables-save; ebtables -t nat -L');
    const lines = all.split('\n').filter((line) => /^([-:]|Bridge chain: DRYDOCK)/.test(line));
    return lines.map((line) => line.replace(/ \[\d+:\d+\]/, ''));
  };
  const ours = async (): Promise<string[]> => (await rules()).filter((line) => /DRYDOCK|\bdv/.test(line)).sort();
  const served = (): Promise<Started> => lab.start('one', published, serves(80, 'hello'));

  it('puts its own among the rules of others, and leaves those as they were', async () => {
    await lab.tell('close');
    await lab.host(`iptables-restore <<'END'${OTHERS}END`);
    const before = await rules();
    await served();
    await lab.start('two', { NetworkMode: 'other' });
    await answers(() => lab.other(asks(OURS, 8080)), 'hello');
    await answers(() => lab.host(asks('127.0.0.1', 8080)), 'hello');
    const now = await rules();
    assert.deepEqual(
      now.filter((line) => before.includes(line)),
      before,
    );
    assert(now.includes('-A FORWARD -j DRYDOCK-FORWARD'));
    await lab.clear();
    await lab.tell('close');
    assert.deepEqual(await rules(), before);
  });

  it('is in front again with its next change, whoever has come before it', async () => {
    await served();
    const inFront = async (): Promise<string[]> =>
      (await lab.host('iptables-save -t filter')).split('\n').filter((line) => line.startsWith('-A FORWARD '));
    const first = await inFront();
    await lab.host('iptables -I FORWARD -i docker0 ! -o docker0 -j ACCEPT');
    assert.deepEqual((await inFront()).slice(1), first);
    await lab.start('two', { NetworkMode: 'other' });
    const now = await inFront();
    assert.match(now.pop()!, /docker0/);
    assert(now.length >= first.length && now.every((line) => / -j DRYDOCK-[A-Z]+$/.test(line)), now.join('\n'));
  });

  it('has its rules once, however often an engine begins anew, and lays again what somebody has removed', async () => {
    const one = await served();
    await answers(() => lab.other(asks(OURS, 8080)), 'hello');
    const first = await ours();
    await lab.killEngine();
    await lab.startEngine();
    await lab.tell('adopt', one.record, one.pid);
    assert.deepEqual(await ours(), first);
    await lab.killEngine();
    await lab.host('iptables -t nat -F; iptables -F; ebtables -t nat -F');
    assert.equal(await lab.other(asks(OURS, 8080)), '');
    await lab.startEngine();
    await lab.tell('adopt', one.record, one.pid);
    assert.equal(await lab.other(asks(OURS, 8080)), 'hello');
    assert.deepEqual(await ours(), first);
  });

  it('has nothing left of an engine that was killed, when the next one has given all back', async () => {
    await served();
    await lab.killEngine();
    assert.notDeepEqual(await ours(), []);
    await lab.startEngine();
    await lab.clear();
    await lab.tell('close');
    assert.deepEqual(await ours(), []);
  });

  it('leads questions for names to the engine, also to the next one', async () => {
    const one = await served();
    const two = await lab.start('two', { NetworkMode: 'app' });
    const found = new RegExp(one.address.replace(/\./g, '\\.'));
    const ask = (): Promise<string> => lab.inside(two, 'busybox nslookup one 127.0.0.11');
    assert.match(await ask(), found);
    await lab.killEngine();
    await lab.startEngine();
    for (const { record, pid } of [one, two]) await lab.tell('adopt', record, pid);
    assert.match(await ask(), found);
  });

  it('makes its change again when somebody who wrote at the same moment has undone it', async () => {
    await lab.tell('close');
    await lab.killEngine();
    // As before iptables 1.6.2: no --wait, no lock; and of the first changes every second one is lost.
    lab.firewall.replace(
      'iptables-restore',
      `case "$*" in *--wait*) exit 2;; *--help*) exit 1;; esac
      echo >>"$0.count"; n=$(wc -l <"$0.count")
      if [ $n -lt 8 ] && [ $((n % 2)) = 1 ]; then exec cat >/dev/null; fi
      exec $REAL "$@"`,
    );
    await lab.startEngine();
    await served();
    await answers(() => lab.other(asks(OURS, 8080)), 'hello');
    const jumps = (await ours()).filter((line) => line.includes('-j DRYDOCK-'));
    assert.deepEqual(
      jumps.map((line) => line.split('-j ')[1]).sort(),
      ['FORWARD', 'OUTPUT', 'POSTROUTING', 'PREROUTING', 'RAW'].map((name) => `DRYDOCK-${name}`),
    );
  });

  it('says what both firewalls lack when there is none', async () => {
    await lab.tell('close');
    await lab.killEngine();
    const none = 'echo no such table >&2; exit 3';
    for (const name of ['iptables-save', 'iptables-legacy-save']) lab.firewall.replace(name, none);
    await lab.startEngine();
    await assert.rejects(served(), {
      code: 'UNSUPPORTED',
      message: /neither nftables .* nor iptables with ebtables: iptables-save -t nat: no such table/,
    });
  });
}
