/** `POST /containers/create`. What concerns this machine is in host-config.ts. */
import * as v from 'valibot';
import type { ContainerConfig, CreateRequest, EndpointSettings } from '../../engine/types.ts';
import { hostConfig } from './host-config.ts';
import { flag, names, object, pairs, plain, record, text, texts, whole, words } from './parts.ts';

const healthcheck = object({ Test: texts, Interval: whole, Timeout: whole, Retries: whole, StartPeriod: whole });

const config = {
  Hostname: text,
  Domainname: text,
  User: text,
  AttachStdin: flag,
  AttachStdout: flag,
  AttachStderr: flag,
  ExposedPorts: names,
  Tty: flag,
  OpenStdin: flag,
  StdinOnce: flag,
  Env: texts,
  Cmd: words,
  Healthcheck: v.optional(healthcheck),
  Volumes: names,
  WorkingDir: text,
  Entrypoint: words,
  NetworkDisabled: flag,
  MacAddress: text,
  OnBuild: texts,
  Labels: pairs,
  StopSignal: text,
  StopTimeout: whole,
  Shell: words,
};

/** Also what `commit` takes: there nobody names an image. */
export const containerConfig: v.GenericSchema<unknown, Partial<ContainerConfig>> = object({ ...config, Image: text });

export const endpointSettings: v.GenericSchema<unknown, EndpointSettings> = object({
  IPAMConfig: v.optional(object({ IPv4Address: text, IPv6Address: text, LinkLocalIPs: texts })),
  Links: texts,
  Aliases: texts,
  DriverOpts: pairs,
  MacAddress: text,
});

export const createRequest: v.GenericSchema<unknown, CreateRequest> = object({
  ...config,
  Image: plain,
  HostConfig: v.optional(hostConfig),
  NetworkingConfig: v.optional(object({ EndpointsConfig: v.optional(record(endpointSettings)) })),
});
