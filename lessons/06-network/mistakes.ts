/** What people get wrong about netlink, pairs of devices, and the order in which a network comes to be. */
import type { Mistake } from '../../src/learn/mistake.ts';

const ATTRIBUTE = 'linux/netlink.ts#attribute';
const PAIR = 'network/link/veth.ts#makePair';
const MOVE = 'network/link/veth.ts#move';
const PLUG = 'isolators/network.ts#plugIn';

const READ = 'an attribute is what the kernel reads: length, type, value, zeros';
const TWO = 'there are two devices, with the names that were asked for';
const TAKEN = 'a name that is taken is refused';
const CABLE = 'the two name each other, and the first has the address that it was given';
const MOVED = 'one end is with the container, and is called eth0';
const USABLE = 'eth0 is up and has its address';
const ROUTED = 'everything else goes to the host';

/** An attribute with one of its parts done wrong. */
const attribute = ({
  size = 'padded(4 + value.length)',
  length = '4 + value.length',
  head = ['bytes.writeUInt16LE(length, 0);', 'bytes.writeUInt16LE(type, 2);'],
}): string[] => [`const length = ${length};`, `const bytes = Buffer.alloc(${size});`, ...head, 'value.copy(bytes, 4);', 'return bytes;']; // prettier-ignore

/** A pair with one of its parts done wrong. */
const pair = ({
  flags = 'NLM_F_CREATE | NLM_F_EXCL',
  peer = 'nested(VETH_INFO_PEER, linkHeader(), named(IFLA_IFNAME, peer))',
  own = "attribute(IFLA_ADDRESS, Buffer.from(mac.replace(/:/g, ''), 'hex')),",
  data = 'nested(IFLA_INFO_DATA, other)',
}): string[] => [
  `const other = ${peer};`,
  'void [mac, attribute, NLM_F_CREATE, NLM_F_EXCL];',
  'net.request(',
  `  'RTM_NEWLINK', ${flags}, linkHeader(), named(IFLA_IFNAME, name), ${own}`,
  `  nested(IFLA_LINKINFO, named(IFLA_INFO_KIND, 'veth'), ${data}),`,
  ');',
];

const find = "const { index } = linkNamed(net, 'eth0');";
const address = 'addAddress(net, { link: index, address: claim.address, prefix: PREFIX });';
const up = "setUp(net, 'eth0');";
const route = 'addDefaultRoute(net, index, claim.gateway);';

export const mistakes: readonly Mistake[] = [
  {
    title: 'the route comes before its gateway can be reached',
    slot: PLUG,
    body: [find, route, address, up],
    fails: USABLE,
    hint: /asked for too early/,
  },
  {
    title: 'the device moves, and keeps its name',
    slot: MOVE,
    body: ['void name;', "net.request('RTM_NEWLINK', 0, linkHeader(index), numbered(IFLA_NET_NS_FD, namespace));"],
    fails: MOVED,
    hint: /gives it the new name/,
  },
  {
    title: 'the length of an attribute leaves its head out',
    slot: ATTRIBUTE,
    body: attribute({ size: 'padded(length) + 4', length: 'value.length' }),
    fails: READ,
    hint: /counts the four bytes of the head/,
  },
  {
    title: 'the length counts the zeros behind',
    slot: ATTRIBUTE,
    body: attribute({ length: 'padded(4 + value.length)' }),
    fails: READ,
    hint: /the zeros at the end are not counted/,
  },
  {
    title: 'attributes stand close together',
    slot: ATTRIBUTE,
    body: attribute({ size: 'length' }),
    fails: READ,
    hint: /zeros lead to a multiple of four/,
  },
  {
    title: 'the type stands before the length',
    slot: ATTRIBUTE,
    body: attribute({ head: ['bytes.writeUInt16LE(type, 0);', 'bytes.writeUInt16LE(length, 2);'] }),
    fails: READ,
    hint: /the length comes first/,
  },
  {
    title: 'the kernel is not asked to make anything',
    slot: PAIR,
    body: pair({ flags: '0' }),
    fails: TWO,
    hint: /without NLM_F_CREATE/,
  },
  {
    title: 'a device of that name would be changed',
    slot: PAIR,
    body: pair({ flags: 'NLM_F_CREATE' }),
    fails: TAKEN,
    hint: /took the message for a change of it/,
  },
  {
    title: 'the length is big-endian',
    slot: ATTRIBUTE,
    body: attribute({ head: ['bytes.writeUInt16BE(length, 0);', 'bytes.writeUInt16LE(type, 2);'] }),
    fails: READ,
    hint: /the bytes stand the other way round/,
  },
  {
    title: 'the other end has no header of its own',
    slot: PAIR,
    body: pair({ peer: 'nested(VETH_INFO_PEER, named(IFLA_IFNAME, peer))' }),
    fails: TWO,
    hint: /a linkHeader\(\) stands before the attributes|behind a header of its own/,
  },
  {
    title: 'the other end gets no name',
    slot: PAIR,
    body: ['void peer;', ...pair({ peer: 'nested(VETH_INFO_PEER, linkHeader())' })],
    fails: TWO,
    hint: /each end has a name of its own/,
  },
  {
    title: 'the first end is not given its address',
    slot: PAIR,
    body: pair({ own: '' }),
    fails: CABLE,
    hint: /IFLA_ADDRESS stands beside IFLA_IFNAME/,
  },
  {
    title: 'nobody says which device moves',
    slot: MOVE,
    body: [
      'void index;',
      "net.request('RTM_NEWLINK', 0, linkHeader(), numbered(IFLA_NET_NS_FD, namespace), named(IFLA_IFNAME, name));",
    ],
    fails: MOVED,
    hint: /Its number stands in linkHeader\(index\)/,
  },
  {
    title: 'the device is renamed and stays',
    slot: MOVE,
    body: [
      'void [namespace, numbered];',
      "net.request('RTM_NEWLINK', 0, linkHeader(index), named(IFLA_IFNAME, name));",
    ],
    fails: MOVED,
    hint: /IFLA_NET_NS_FD says where it goes/,
  },
  {
    title: 'the device stays down',
    slot: PLUG,
    body: ['void setUp;', find, address],
    fails: USABLE,
    hint: /moving sets a device down/,
  },
  {
    title: 'the container takes the address of its host',
    slot: PLUG,
    body: [find, address.replace('claim.address', 'claim.gateway'), up],
    fails: USABLE,
    hint: /its own is claim\.address/,
  },
  {
    title: 'the way out is forgotten',
    slot: PLUG,
    body: ['void addDefaultRoute;', find, address, up],
    fails: ROUTED,
    hint: /there is no default route/,
  },
];
