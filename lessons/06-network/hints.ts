/** What to say when a check of lesson network fails: three tiers each, from what was found. */
import type { Facts } from '../../src/learn/check/check.ts';

type Hints = readonly [string, string, string];

/** The bytes of an attribute. */
export function aboutAttribute({ answer, wanted, value }: Facts): Hints {
  return [
    'Write the bytes down, four in a row: two of length, two of type, then the value. Compare with "wanted".',
    Buffer.isBuffer(answer) ? whatIsWrong(answer, wanted as Buffer, Number(value)) : 'Yours is no Buffer.',
    'const length = 4 + value.length; Buffer.alloc(padded(length)) is all zeros; write length, type, and copy the value to 4.',
  ];
}

function whatIsWrong(answer: Buffer, wanted: Buffer, value: number): string {
  if (answer.length < 4) return `Yours has ${answer.length} bytes: the head alone has four.`;
  const [length, type] = [answer.readUInt16LE(0), answer.readUInt16LE(2)];
  if (answer.readUInt16BE(0) === value + 4)
    return `Its length reads ${length}: the bytes stand the other way round. Little-endian has the low one first.`;
  if (length === 3 && type === wanted.readUInt16LE(0)) return 'The type stands first in yours: the length comes first.';
  if (length === value && value + 4 !== value)
    return `Its length says ${length}: it counts the four bytes of the head, too.`;
  if (length !== value + 4)
    return `Its length says ${length}: the zeros at the end are not counted, so it is ${value + 4}.`;
  if (answer.length !== wanted.length)
    return `It has ${answer.length} bytes, and the next one would begin there: zeros lead to a multiple of four.`;
  return 'Length and size are right. The type, or the value behind the head, is not.';
}

/** What a pair is asked for with. */
export function aboutPair({ refused, names, mac, otherMac }: Facts): Hints {
  return [
    'Draw the message as boxes in boxes: a header, then attributes, and in IFLA_LINKINFO there are more of them.',
    refused !== undefined
      ? fromKernel(String(refused))
      : mac !== undefined
        ? `dock0 has ${String(mac)}, dock1 ${String(otherMac)}: IFLA_ADDRESS stands beside IFLA_IFNAME of the first end.`
        : names === ''
          ? 'Nothing was asked of the kernel, or it was not asked to make anything.'
          : `The devices are ${String(names)}: each end has a name of its own, the other one’s is in VETH_INFO_PEER, behind a header of its own.`,
    'IFLA_LINKINFO( IFLA_INFO_KIND "veth", IFLA_INFO_DATA( VETH_INFO_PEER( linkHeader(), IFLA_IFNAME peer ) ) ), with CREATE | EXCL.',
  ];
}

/** What happens to a device that is there already. */
export function aboutTaken({ refused }: Facts): Hints {
  return [
    'RTM_NEWLINK is the message for new devices and for changes alike. How does the kernel know which of them you mean?',
    refused === undefined
      ? 'There was one of that name, and nothing was refused.'
      : `${String(refused)} It found the device and took the message for a change of it.`,
    'NLM_F_CREATE | NLM_F_EXCL: make it, and refuse where there is one.',
  ];
}

function fromKernel(refused: string): string {
  if (refused.includes('ENODEV'))
    return 'ENODEV: without NLM_F_CREATE the kernel looks for a device that is there already.';
  if (refused.includes('EOPNOTSUPP'))
    return 'EOPNOTSUPP: it does not know what kind of device to make: IFLA_INFO_KIND stands in IFLA_LINKINFO.';
  if (/EINVAL|ERANGE/.test(refused))
    return 'A part of it is not what it takes there: in VETH_INFO_PEER a linkHeader() stands before the attributes, and IFLA_ADDRESS is six bytes.';
  return refused;
}

/** Where a device goes, and what it is called there. */
export function aboutMove({ refused, outside, inside }: Facts): Hints {
  return [
    'Which device is meant, where does it go, and what is it called there: three things in one message.',
    refused !== undefined
      ? `${String(refused)} Which device is it? Its number stands in linkHeader(index).`
      : inside === ''
        ? `It is still outside (${String(outside)}): IFLA_NET_NS_FD says where it goes.`
        : `In the container it is called ${String(inside)}: IFLA_IFNAME in the same message gives it the new name.`,
    "net.request('RTM_NEWLINK', 0, linkHeader(index), numbered(IFLA_NET_NS_FD, namespace), named(IFLA_IFNAME, name))",
  ];
}

/** Address, up, route. */
export function aboutPlug({ refused, own, isUp, routed, gateway }: Facts): Hints {
  const order = 'linkNamed, addAddress, setUp, addDefaultRoute: in this order.';
  if (refused !== undefined)
    return [
      'The kernel checks a route when it is written: is there a way to its gateway at that moment?',
      `It refused: ${String(refused)} The route was asked for too early, or through something that is no neighbour.`,
      `A gateway is reached by an address on a device that is up: so ${order}`,
    ];
  if (routed)
    return [
      'Where does a packet go whose destination is not on this cable?',
      gateway === undefined
        ? 'Nowhere: there is no default route.'
        : `To ${String(gateway)}: the gateway is the host’s end, claim.gateway.`,
      order,
    ];
  return [
    'A device has moved into the container: what of it did not come along?',
    isUp
      ? `It is up, with ${String(own) || 'no address'}: its own is claim.address, with the prefix PREFIX.`
      : 'It is down: moving sets a device down.',
    order,
  ];
}
