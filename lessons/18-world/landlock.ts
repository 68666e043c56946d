/**
 * The program writes beneath a few places and nowhere else, whoever it is (Landlock: landlock(7), Linux 5.13).
 *
 * A read-only root is all or nothing for each mount, and root inside who has got CAP_SYS_ADMIN mounts it anew. Landlock goes
 * by the files and not by the mounts, root is no exception, it is handed down to everything that is started, and nobody
 * takes it off again.
 *
 * The OCI config has no section for it, so an annotation asks:
 *
 *     "org.drydock.writable": "/tmp:/var/log"      beneath these two
 *     "org.drydock.writable": ""                   nowhere
 *
 * Invariant: what the annotation asks for is in force when the program starts, or the container is refused.
 */
import { DrydockError } from '../../src/errors.ts';
import { O_CLOEXEC, O_DIRECTORY, O_PATH } from '../../src/linux/constants.ts';
import type { Features } from '../../src/linux/features.ts';
import { landlockRights } from '../../src/linux/landlock.ts';
import type { Isolator } from '../../src/runtime/isolator.ts';
import { slot } from '../../src/runtime/plan.ts';
import type { Spec } from '../../src/runtime/spec.ts';

/** The annotation. */
export const WRITABLE = 'org.drydock.writable';

const PLACE = O_PATH | O_DIRECTORY | O_CLOEXEC;

/** The places of the annotation; undefined where there is none. Throws SPEC_INVALID. */
export function placesOf({ annotations = {} }: Pick<Spec, 'annotations'>): string[] | undefined {
  const asked = annotations[WRITABLE];
  if (asked === undefined) return undefined;
  const places = asked === '' ? [] : asked.split(':');
  const wrong = places.find((place) => !place.startsWith('/'));
  if (wrong === undefined) return places;
  throw new DrydockError('SPEC_INVALID', `annotations: ${WRITABLE}: '${wrong}' is no absolute path`, {
    isolator: 'landlock',
    hint: 'paths inside, with a colon between them: /tmp:/var/log',
  });
}

/** Every right by which files change, as far as this kernel knows them. Reading and executing are not among them. */
export function writing({ landlockTruncate }: Pick<Features, 'landlockTruncate'>): number {
  const { LANDLOCK_ACCESS_FS_TRUNCATE: truncate, ...rights } = landlockRights;
  const { LANDLOCK_ACCESS_FS_EXECUTE: execute, LANDLOCK_ACCESS_FS_READ_FILE: file, ...others } = rights;
  const { LANDLOCK_ACCESS_FS_READ_DIR: directory, ...changing } = others;
  void [execute, file, directory];
  return Object.values(changing).reduce<number>((sum, right) => sum | right, landlockTruncate ? truncate : 0);
}

export const landlock: Isolator = {
  name: 'landlock',
  summary: 'writes only beneath a few places',
  // Places are paths inside: they are opened when the root has changed.
  requires: ['pivot'],
  // restrict_self(2) asks for no_new_privs or CAP_SYS_ADMIN, which goes next.
  phase: 'filter-early',
  claim(spec, { features }) {
    if (placesOf(spec) === undefined || features.landlock) return null;
    throw new DrydockError('UNSUPPORTED', `annotations: ${WRITABLE} needs Landlock, which this kernel lacks`, {
      isolator: 'landlock',
      hint: 'Linux 5.13 with CONFIG_SECURITY_LANDLOCK, and landlock in lsm= on its command line',
    });
  },
  steps(plan, { spec, features }) {
    const places = placesOf(spec);
    if (places === undefined) return;
    const rights = writing(features);
    plan.landlock_create_ruleset(rights).into('ruleset').because('all of this is refused, but for the rules');
    for (const [index, place] of places.entries()) {
      plan.open(place, PLACE).into(`place ${index}`).because('a directory inside: the root has changed');
      plan.landlock_add_rule(slot('ruleset'), rights, slot(`place ${index}`)).because(`beneath ${place} it is allowed`);
    }
    plan.landlock_restrict_self(slot('ruleset')).because('from here on, and for everything that is started');
  },
};
