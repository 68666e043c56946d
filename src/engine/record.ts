/**
 * container.json: a container's record on the disk.
 *
 *     containers/<id>/                     is made first: it reserves the id
 *                     container.json       appears when everything that it speaks of is there; goes before any of it goes
 *                     container.json.XXX   half written by somebody who was killed; rubbish
 *
 * So a folder without container.json is a container that was never acknowledged, or one whose removal was: what it has left
 * is taken away by the next engine (reconcile.ts). Each change is a file beside, fsynced and renamed (durable.ts), and an
 * operation answers after that.
 *
 * What somebody else has done to the file (an editor, a disk) is found when an engine starts: then this one container is
 * broken, says why, and can be removed; all others work.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { writeDurably } from '../content/durable.ts';
import { DrydockError } from '../errors.ts';
import { parseDocument, validate, type Complaint } from '../validation.ts';
import type { ContainerRecord } from './types.ts';

const FILE = 'container.json';
const ID = /^[0-9a-f]{64}$/;

/** What everything here relies on; the rest is the client's, and was looked at when it came in. */
const schema = v.looseObject({
  Id: v.pipe(v.string(), v.regex(ID, '64 hex digits')),
  Name: v.string(),
  Created: v.string(),
  Image: v.string(),
  Path: v.string(),
  Args: v.array(v.string()),
  Config: v.looseObject({
    Image: v.string(),
    Env: v.optional(v.array(v.string())),
    Labels: v.optional(v.record(v.string(), v.string())),
    Healthcheck: v.optional(v.looseObject({})),
  }),
  HostConfig: v.looseObject({
    NetworkMode: v.optional(v.string()),
    Links: v.optional(v.array(v.string())),
    RestartPolicy: v.optional(v.looseObject({})),
    LogConfig: v.optional(v.looseObject({})),
  }),
  State: v.looseObject({ Status: v.string(), Running: v.boolean(), Pid: v.number(), ExitCode: v.number() }),
  Account: v.looseObject({ uid: v.number(), gid: v.number() }),
  Mounts: v.array(v.looseObject({ Type: v.string(), Source: v.string(), Destination: v.string() })),
  NetworkSettings: v.looseObject({
    Networks: v.record(v.string(), v.looseObject({ NetworkID: v.optional(v.string()) })),
  }),
});

const complaint: Complaint = {
  code: 'STATE_BROKEN',
  hint: 'it was changed by hand or by a broken disk; `drydock rm --force ID` removes the container',
};

export const containersFolder = (root: string): string => join(root, 'containers');
export const folderOf = (root: string, id: string): string => join(containersFolder(root), id);

/** On the disk when it resolves. */
export function writeRecord(folder: string, record: ContainerRecord): Promise<void> {
  return writeDurably(join(folder, FILE), `${JSON.stringify(record, null, 1)}\n`);
}

/** The record in a folder; undefined when there is none. Throws STATE_BROKEN. */
export function readRecord(folder: string): ContainerRecord | undefined {
  const path = join(folder, FILE);
  const text = textOf(path);
  if (text === undefined) return undefined;
  const record = validate(schema, parseDocument(text, path, complaint), path, complaint) as unknown as ContainerRecord;
  if (folder.endsWith(record.Id)) return record;
  throw new DrydockError('STATE_BROKEN', `${path} is the record of ${record.Id}`, { hint: complaint.hint });
}

/** Ids of all folders of containers, finished or not. */
export function listIds(root: string): string[] {
  try {
    return readdirSync(containersFolder(root)).filter((name) => ID.test(name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new DrydockError('STATE_BROKEN', `cannot read ${path}: ${message}`, { cause, hint: complaint.hint });
  }
}
