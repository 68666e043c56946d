/** A container's places in networks, and its ports. */

export interface PortBinding {
  HostIp?: string;
  /** A port, a range, or nothing: any that is free. */
  HostPort?: string;
}

/** A container's place in a network: what was asked, and once it is connected what it got. */
export interface EndpointSettings {
  IPAMConfig?: { IPv4Address?: string; IPv6Address?: string; LinkLocalIPs?: string[] };
  Links?: string[];
  Aliases?: string[];
  DriverOpts?: Record<string, string>;
  NetworkID?: string;
  EndpointID?: string;
  Gateway?: string;
  IPAddress?: string;
  IPPrefixLen?: number;
  IPv6Gateway?: string;
  GlobalIPv6Address?: string;
  GlobalIPv6PrefixLen?: number;
  MacAddress?: string;
}

export interface NetworkSettings {
  Bridge?: string;
  SandboxID?: string;
  SandboxKey?: string;
  HairpinMode?: boolean;
  /** By `80/tcp`; null where a port is exposed and not published. */
  Ports?: Record<string, PortBinding[] | null>;
  /** By the network's name. */
  Networks: Record<string, EndpointSettings>;
}
