/**
 * Networks: who can talk to a container, and under which name and address.
 *
 * The words. A **network** of the driver `bridge` is a switch inside the kernel (a bridge device) with a **subnet**; the
 * host has the first address in it and is the gateway. An **endpoint** is one container in one network: an address, a
 * MAC and a cable (a pair of devices, one end inside as `eth0`, the other in the switch). A **published port** is a port
 * of the host whose packets the kernel readdresses to an endpoint; where it cannot, a **relay** copies (relay.ts). `host` and `none` are networks without endpoints:
 * the host's own namespace, and one with nothing but loopback.
 *
 *     container          bridge drydock0        host's firewall, table `drydock`        eth0
 *       eth0 ──── cable ──▶ 10.214.0.1 ──▶ masquerade, published ports, isolation ──▶ the world
 *
 * Invariants:
 *
 *  1. `networks/<id>.json` is the truth about networks; the claims of the containers (runtime/state.ts) are the truth
 *     about endpoints. What is in neither is free (a cable that is being pulled out has its address a moment longer), so no crash can lose an address, and none can be given away twice.
 *  2. The kernel carries the traffic, and from IPv6 to a container without it a relay, a process that outlives the
 *     engine: published ports answer while that is down. Only names (names/server.ts) need it.
 *  3. Everything in the firewall is in tables of our own called `drydock` (with iptables: in chains of our own called
 *     DRYDOCK), and a change of one is one transaction. Rules of an endpoint carry its id as their comment, and by that
 *     are found again.
 *  4. An endpoint says nothing but under its own address and its own MAC; networks do not hear one another; from
 *     outside nothing is reached but what was published.
 *
 * Each operation is a file of this folder that exports functions which take `Networks` first: open.ts, create.ts,
 * list.ts, remove.ts, endpoints.ts (which addresses and ports a container gets), bridged.ts (the isolator that makes
 * it so), connect.ts (while it runs), adopt.ts (the next engine), relay.ts (from IPv6 to IPv4), settings.ts (what `inspect` says), texts.ts (hosts, hostname, resolv.conf).
 */
import type { Held } from './held.ts';
import type { NameServer } from './names/server.ts';
import type { Leaving } from './pull-out.ts';

/** What every operation works on. Made by `openNetworks` (open.ts). */
export interface Networks {
  /** DRYDOCK_ROOT: `networks/` is below it. */
  readonly root: string;
  /** DRYDOCK_RUN: the claims of the containers are below it. */
  readonly run: string;
  readonly options: NetworkOptions;
  /** All networks, by id; `host` and `none` too. */
  readonly byId: Map<string, Network>;
  /** The endpoints that there are, or that are about to be, by container. */
  readonly endpoints: Map<string, readonly Endpoint[]>;
  /** The names of those containers. */
  readonly containers: Map<string, string>;
  /** What is left of containers that have ended, for a moment: cables that are being pulled out. */
  readonly leaving: Map<string, Leaving>;
  /** Ids of the networks whose bridge and rules this process has seen to. */
  readonly up: Set<string>;
  /** Ports of the host that are held, so that no other program takes one that is published. */
  readonly held: Held;
  /** The name servers of the containers that run, by container. */
  readonly names: Map<string, NameServer>;
}

/** What the person who starts the engine may decide. */
export interface NetworkOptions {
  /** Of the default bridge: its device, and its own address with the prefix, `10.214.0.1/16`. */
  readonly bridge?: string;
  readonly bridgeAddress?: string;
  readonly mtu?: number;
  /** Where subnets are taken from when nobody names one. */
  readonly pools?: readonly Pool[];
  /** Name servers and search domains for containers that name none. */
  readonly dns?: readonly string[];
  readonly dnsSearch?: readonly string[];
  readonly dnsOptions?: readonly string[];
  /** False: no relays; what no rule can lead is not published. */
  readonly userlandProxy?: boolean;
}

/** Subnets with so many bits of network, inside of a larger one: Docker's `{"base": "10.10.0.0/16", "size": 24}`. */
export interface Pool {
  readonly base: string;
  readonly size: number;
}

/** One network, as it lies in `networks/<id>.json`. */
export interface Network {
  readonly id: string;
  readonly name: string;
  /** RFC 3339. */
  readonly created: string;
  readonly driver: 'bridge' | 'host' | 'null';
  /** No way out of it and none in. */
  readonly isInternal: boolean;
  readonly isAttachable: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, string>>;
  /** Of a bridge alone. */
  readonly bridge?: BridgeFacts;
}

/** What a bridge is made of. */
export interface BridgeFacts {
  /** The device: `drydock0`, or `dn` and 12 digits of the network's id. */
  readonly device: string;
  /** `10.214.0.0/16` */
  readonly subnet: string;
  /** The host's own address in it. */
  readonly gateway: string;
  /** Addresses are given from here; the whole subnet if absent. */
  readonly range?: string;
  /** Addresses that are somebody else's. */
  readonly auxiliary?: Readonly<Record<string, string>>;
  /** The same in networks that were made when the names were not kept. */
  readonly reserved?: readonly string[];
  readonly mtu?: number;
  readonly ipv6?: { readonly subnet: string; readonly gateway: string };
}

/** One container in one network: everything that has to be found again after a crash. Claims are JSON. */
export type Endpoint = {
  /** 64 hex digits. */
  readonly id: string;
  /** Its network's id. */
  readonly network: string;
  /** The host's end of the cable. */
  readonly link: string;
  /** What the container calls its end: `eth0`. */
  readonly device: string;
  readonly mac: string;
  /** The bridge that the cable ends in. */
  readonly bridge: string;
  readonly address: string;
  readonly prefix: number;
  /** Null in an internal network: there is no way out. */
  readonly gateway: string | null;
  readonly address6: string | null;
  readonly prefix6: number;
  readonly gateway6: string | null;
  readonly mtu: number | null;
  /** Ports of the host that lead here. */
  readonly ports: readonly PublishedPort[];
  /** What it is called in its network: name, aliases, short id. Nobody is called anything in the default bridge. */
  readonly names: readonly string[];
  /** Of other containers, as this one calls them (`--link` in a user network): alias to name. */
  readonly links: Readonly<Record<string, string>>;
};

/** A port of the host that leads to a port of a container. */
export type PublishedPort = {
  readonly protocol: 'tcp' | 'udp' | 'sctp';
  /** `0.0.0.0`: every address of the host; `::`: every one of IPv6. */
  readonly hostAddress: string;
  readonly hostPort: number;
  readonly port: number;
};

/** The claim of the isolator `bridged`. */
export type BridgedClaim = {
  /** The container's id. */
  readonly container: string;
  /** Its name, without `/`. */
  readonly name: string;
  /** The one that the default route goes through is first. */
  readonly endpoints: readonly Endpoint[];
  /** Where the name server at 127.0.0.11 sends what it does not know; null: there is none, nobody asks it. */
  readonly forward: readonly string[] | null;
};

/** What of a container's record concerns its networks: a part of Docker's JSON, as the engine keeps it. */
export interface Attached {
  readonly Id: string;
  /** With or without `/` in front. */
  readonly Name: string;
  readonly Config: {
    readonly Hostname?: string;
    readonly Domainname?: string;
    readonly MacAddress?: string;
    readonly ExposedPorts?: Readonly<Record<string, object>> | null;
    readonly Env?: readonly string[] | null;
  };
  readonly HostConfig: {
    /** `default`, `bridge`, `host`, `none`, `container:ID`, or a network's name or id. */
    readonly NetworkMode?: string;
    readonly PortBindings?: PortBindings | null;
    readonly PublishAllPorts?: boolean;
    readonly Links?: readonly string[] | null;
    readonly Dns?: readonly string[] | null;
    readonly DnsSearch?: readonly string[] | null;
    readonly DnsOptions?: readonly string[] | null;
    readonly ExtraHosts?: readonly string[] | null;
  };
  /** As asked for at create, and as `connect` and `disconnect` have changed it since: by the network's name. */
  readonly NetworkSettings: { readonly Networks: Readonly<Record<string, EndpointSettings>> };
}

/** `{"80/tcp": [{"HostIp": "", "HostPort": "8080"}]}` */
export type PortBindings = Readonly<Record<string, readonly PortBinding[] | null>>;

export interface PortBinding {
  readonly HostIp?: string;
  readonly HostPort?: string;
}

/** Docker's JSON of one container in one network. */
export interface EndpointSettings {
  readonly IPAMConfig?: { readonly IPv4Address?: string; readonly IPv6Address?: string } | null;
  readonly Links?: readonly string[] | null;
  readonly Aliases?: readonly string[] | null;
  readonly NetworkID?: string;
  readonly EndpointID?: string;
  readonly Gateway?: string;
  readonly IPAddress?: string;
  readonly IPPrefixLen?: number;
  readonly IPv6Gateway?: string;
  readonly GlobalIPv6Address?: string;
  readonly GlobalIPv6PrefixLen?: number;
  readonly MacAddress?: string;
  readonly DriverOpts?: Readonly<Record<string, string>> | null;
}

/** `NetworkSettings` of `GET /containers/{id}/json`. */
export interface NetworkSettings {
  readonly Bridge: string;
  readonly SandboxID: string;
  readonly SandboxKey: string;
  readonly HairpinMode: boolean;
  readonly Ports: Readonly<Record<string, readonly Required<PortBinding>[] | null>>;
  readonly EndpointID: string;
  readonly Gateway: string;
  readonly GlobalIPv6Address: string;
  readonly GlobalIPv6PrefixLen: number;
  readonly IPAddress: string;
  readonly IPPrefixLen: number;
  readonly IPv6Gateway: string;
  readonly MacAddress: string;
  readonly LinkLocalIPv6Address: string;
  readonly LinkLocalIPv6PrefixLen: number;
  readonly SecondaryIPAddresses: null;
  readonly SecondaryIPv6Addresses: null;
  readonly Networks: Readonly<Record<string, EndpointSettings>>;
}

/** Body of `POST /networks/create`. */
export interface NetworkRequest {
  readonly Name: string;
  readonly CheckDuplicate?: boolean;
  readonly Driver?: string;
  readonly Scope?: string;
  readonly Internal?: boolean;
  readonly Attachable?: boolean;
  readonly Ingress?: boolean;
  readonly EnableIPv6?: boolean;
  readonly IPAM?: Partial<Ipam> | null;
  readonly Options?: Readonly<Record<string, string>> | null;
  readonly Labels?: Readonly<Record<string, string>> | null;
}

export interface Ipam {
  readonly Driver: string;
  readonly Options: Readonly<Record<string, string>> | null;
  readonly Config: readonly IpamConfig[] | null;
}

export interface IpamConfig {
  readonly Subnet?: string;
  readonly IPRange?: string;
  readonly Gateway?: string;
  readonly AuxiliaryAddresses?: Readonly<Record<string, string>>;
}

/** `GET /networks/{id}` */
export interface NetworkResource {
  readonly Name: string;
  readonly Id: string;
  readonly Created: string;
  readonly Scope: 'local';
  readonly Driver: string;
  readonly EnableIPv6: boolean;
  readonly IPAM: Ipam;
  readonly Internal: boolean;
  readonly Attachable: boolean;
  readonly Ingress: false;
  readonly ConfigFrom: { readonly Network: '' };
  readonly ConfigOnly: false;
  readonly Containers: Readonly<Record<string, NetworkMember>>;
  readonly Options: Readonly<Record<string, string>>;
  readonly Labels: Readonly<Record<string, string>>;
}

export interface NetworkMember {
  readonly Name: string;
  readonly EndpointID: string;
  readonly MacAddress: string;
  readonly IPv4Address: string;
  readonly IPv6Address: string;
}
