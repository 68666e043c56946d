/** Names of the database as people see them: `docker.io/library/busybox:latest` is `busybox:latest`. */
import { familiar, familiarRepository, parseReference } from '../registry/reference.ts';

export const shown = (name: string): string => familiar(parseReference(name));

/** `busybox`, `localhost:5000/team/app`. */
export const repositoryOf = (name: string): string => familiarRepository(parseReference(name));
