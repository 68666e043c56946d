import assert from 'node:assert/strict';
import { expressionsOf, speaker } from '../../../src/network/firewall/phrases.ts';
import { networkRules, portRules, refusals, relayRefusals } from '../../../src/network/firewall/rules.ts';
import { jumpTo, nameOf, places, wordsOf, type Chain } from '../../../src/network/firewall/words.ts';
import type { PublishedPort } from '../../../src/network/networks.ts';

const port: PublishedPort = { protocol: 'tcp', hostAddress: '0.0.0.0', hostPort: 8080, port: 80 };
const bridge = { device: 'drydock0', subnet: '10.214.0.0/16', gateway: '10.214.0.1' };
const open = { isInternal: false, masquerade: true, icc: true };

describe('the rules of a published port', () => {
  it('lead whoever speaks to an address of ours to the container, from outside and from the host', () => {
    const text = 'fib daddr type local tcp dport 8080 dnat to 10.214.0.2:80';
    assert.deepEqual(portRules(port, '10.214.0.2'), [
      { chain: 'prerouting', text },
      { chain: 'output', text },
    ]);
  });

  it('are for one address where one was given', () => {
    const [rule] = portRules({ ...port, protocol: 'udp', hostAddress: '192.0.2.1' }, '10.214.0.2');
    assert.equal(rule!.text, 'ip daddr 192.0.2.1 udp dport 8080 dnat to 10.214.0.2:80');
    const everywhere = { ...port, hostAddress: '::' };
    const [six] = portRules(everywhere, 'fd00::2');
    assert.equal(six!.text, 'ip6 daddr != ::1 fib daddr type local tcp dport 8080 dnat to [fd00::2]:80');
    assert.equal(refusals(everywhere)[0]!.text, 'ip6 daddr ::1 tcp dport 8080 reject with tcp reset');
    assert.deepEqual(refusals(port), []);
  });

  it('on loopback say nothing about what comes from outside', () => {
    const rules = portRules({ ...port, hostAddress: '127.0.0.1' }, '10.214.0.2');
    assert.deepEqual(
      rules.map(({ chain }) => chain),
      ['output'],
    );
  });
});

describe('the rules of a network', () => {
  const texts = (policy: typeof open): string[] => networkRules(bridge, policy, 'ip').map(({ text }) => text);

  it('let in answers and what was published, and drop the rest', () => {
    const forward = networkRules(bridge, open, 'ip').filter(({ chain }) => chain === 'forward');
    assert.equal(forward.at(-1)!.text, 'oifname "drydock0" drop');
    assert(texts(open).includes('ip saddr 10.214.0.0/16 oifname != "drydock0" masquerade'));
  });

  it('have no way out and none in when it is internal', () => {
    const all = texts({ ...open, isInternal: true });
    assert(all.includes('iifname "drydock0" oifname != "drydock0" drop'));
    assert(!all.some((text) => text.includes('!= "drydock0" masquerade')));
    assert(!all.includes('oifname "drydock0" ct status dnat accept'));
  });

  it('keep an internal one from the ports that relays lead', () => {
    const [rule] = relayRefusals(bridge, [{ ...port, protocol: 'udp', hostAddress: '::' }]);
    assert.deepEqual(rule, { chain: 'input', text: 'iifname "drydock0" udp dport 8080 drop' });
    assert.equal(wordsOf(rule.text), '-i drydock0 -p udp -m udp --dport 8080 -j DROP');
    assert(expressionsOf(rule.text).length > 1);
  });

  it('are all made of phrases that the kernel can be told', () => {
    const six = { ...bridge, ipv6: { subnet: 'fd00::/64', gateway: 'fd00::1' } };
    for (const { text } of [...networkRules(bridge, open, 'ip'), ...networkRules(six, open, 'ip6')])
      assert(expressionsOf(text).length > 1, text);
  });
});

describe('a phrase', () => {
  it('that nobody knows is refused, with the rule and the place', () => {
    assert.throws(() => expressionsOf('iifname "eth0" jump elsewhere'), {
      code: 'INTERNAL',
      message: 'the rule "iifname "eth0" jump elsewhere" cannot be read from "jump elsewhere" on',
    });
  });

  it('compares a name whole, and one with a star as far as it goes', () => {
    const hex = (text: string): string => Buffer.concat([...expressionsOf(text)]).toString('hex');
    assert.match(hex('iifname "lo"'), /6c6f0{28}/);
    assert.doesNotMatch(hex('iifname "dv*"'), /64760{20}/);
  });

  it('of who may speak is the device, the MAC and the address, each filled up', () => {
    const key = speaker('dv0123456789ab', '02:42:0a:d6:00:02', '10.214.0.2');
    assert.equal(key.toString('hex'), '64763031323334353637383961620000' + '02420ad600020000' + '0ad60002');
  });
});

describe('the words of iptables', () => {
  it('are there for every rule of a network and of a port', () => {
    const six = { ...bridge, ipv6: { subnet: 'fd00::/64', gateway: 'fd00::1' } };
    const everywhere = { ...port, hostAddress: '::' };
    const all = [
      ...networkRules(bridge, open, 'ip'),
      ...networkRules(bridge, { ...open, isInternal: true, icc: false }, 'ip'),
      ...networkRules(six, open, 'ip6'),
      ...portRules(port, '10.214.0.2'),
      ...portRules(everywhere, 'fd00::2'),
      ...refusals(everywhere),
    ];
    for (const { text } of all) assert.match(wordsOf(text), /^(! )?-\w .* -j [A-Z]+( --[\w-]+ [\w.:[\]-]+)?$/, text);
  });

  it('say the same: accept ends our own chain, and not what others have to say', () => {
    assert.equal(wordsOf('oifname "dn0" ct status dnat accept'), '-o dn0 -m conntrack --ctstate DNAT -j RETURN');
    assert.equal(wordsOf('ip saddr 10.0.0.0/8 oifname != "dn0" masquerade'), '-s 10.0.0.0/8 ! -o dn0 -j MASQUERADE');
    assert.equal(
      wordsOf('fib daddr type local udp dport 53 dnat to [fd00::2]:53'),
      '-m addrtype --dst-type LOCAL -p udp -m udp --dport 53 -j DNAT --to-destination [fd00::2]:53',
    );
  });

  it('are refused where nobody knows them', () => {
    assert.throws(() => wordsOf('iifname "eth0" jump elsewhere'), {
      code: 'INTERNAL',
      message: /from "jump elsewhere"/,
    });
  });

  it('name chains that iptables takes, and nothing for ::1 is readdressed', () => {
    for (const chain of Object.keys(places)) assert(nameOf(chain as Chain).length <= 28);
    assert.equal(jumpTo('output', 'ip6'), '! -d ::1 -j DRYDOCK-OUTPUT');
    assert.equal(jumpTo('output', 'ip'), '-j DRYDOCK-OUTPUT');
  });
});
