/** Lesson network: a network of its own, and a cable to the host. */
import type { Lesson } from '../../src/learn/lesson.ts';

const VETH = { source: 'src/network/link/veth.ts', file: 'network/link/veth.ts' } as const;

export const lesson: Lesson = {
  name: 'network',
  number: 6,
  title: 'a network of its own',
  minutes: 60,
  question: 'How does a packet get into a container, and whose name is on it?',
  requires: ['process', 'pid', 'user'],
  slots: [
    {
      source: 'src/linux/netlink.ts',
      file: 'linux/netlink.ts',
      name: 'linux/netlink.ts#attribute',
      title: 'the smallest piece of a message to the kernel',
      minutes: 10,
      todo: [
        'two bytes of length, two bytes of type, the value, and zeros up to a multiple of four (netlink(7), rtnetlink(7)).',
        'The length counts its own four bytes and the value, but not the zeros behind.',
        'Numbers are little-endian: writeUInt16LE. padded(n) is the next multiple of four.',
      ],
      body: ['void type;', 'return value;'],
    },
    {
      ...VETH,
      name: 'network/link/veth.ts#makePair',
      title: 'two devices, one cable',
      minutes: 20,
      todo: [
        "ask for a new device: net.request('RTM_NEWLINK', flags, linkHeader(), …attributes).",
        'NLM_F_CREATE makes it, NLM_F_EXCL refuses a name that is taken.',
        'It has its name (IFLA_IFNAME), its address (IFLA_ADDRESS, six bytes), and what kind it is: in IFLA_LINKINFO',
        "stand IFLA_INFO_KIND, 'veth', and IFLA_INFO_DATA. In that stands VETH_INFO_PEER, and in that the other end:",
        'a linkHeader() of its own, then its name. nested, named and attribute make attributes.',
      ],
      body: ['void [net, name, mac, peer];'],
    },
    {
      ...VETH,
      name: 'network/link/veth.ts#move',
      title: 'into the container, with a new name',
      minutes: 10,
      todo: [
        "change a device: net.request('RTM_NEWLINK', 0, linkHeader(index), …attributes).",
        'IFLA_NET_NS_FD (a number) says where it moves, IFLA_IFNAME how it is called there. Both in one message.',
      ],
      body: ['void [net, index, namespace, name];'],
    },
    {
      source: 'src/runtime/isolators/network.ts',
      file: 'runtime/isolators/network.ts',
      name: 'isolators/network.ts#plugIn',
      title: 'address, up, route: in which order?',
      minutes: 10,
      todo: [
        'make eth0 usable. `net` speaks to the namespace of the container; linkNamed(net, name) finds a device.',
        'addAddress(net, { link: index, address, prefix: PREFIX }) gives it claim.address, setUp(net, name) switches it',
        'on, addDefaultRoute(net, index, gateway) sends everything else to claim.gateway. The kernel takes a route only',
        'when its gateway can be reached.',
      ],
      body: ['void [net, claim];'],
    },
  ],
  task: [
    'A network is a handful of entries in tables of the kernel, and netlink is how they are written. First `attribute`,',
    'of which every message is made. Then the cable: `makePair` makes both ends, `move` puts one of them into the',
    'container, `plugIn` makes it usable. The checks work in network namespaces of their own, and ask the kernel for its',
    'tables; at last a container of yours sends a packet home.',
  ],
  hints: [
    'Look at `./drydock try ip link`, then at `./drydock try --net link ip addr` and, outside, `ip -d link`.',
    'Every step of it can be typed: ip link add A type veth peer name B; ip link set B netns PID; and so on.',
    'rtnetlink(7) has the messages, veth(4) the pair. `strace -e sendto ip link add …` shows what ip itself sends.',
  ],
};
