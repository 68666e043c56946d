/**
 * A minimal Debian 12, made by debootstrap and kept between runs. How to reach the packages is copied from this machine's
 * configuration.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const CACHED = join(tmpdir(), 'drydock-test-debian-12.tar');

/** Runs a command to its end and returns what it said. Throws when it fails. */
export function must(command: string, ...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1e8 });
  assert.equal(status, 0, `${command} ${args.join(' ')}: ${error?.message ?? stdout + stderr}`);
  return stdout;
}

/** Where this machine gets Debian from; a machine that is no Debian has debootstrap's own default. */
function mirror(): string[] {
  const { stdout } = spawnSync('apt-get', ['indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages'], {
    encoding: 'utf8',
  });
  return (
    stdout
      ?.split('\n')
      .filter((uri) => /debian\/$/.test(uri))
      .slice(0, 1) ?? []
  );
}

/** Fills a folder that is there and empty. About two minutes the first time. */
export function fillWithDebian(root: string): string {
  if (!existsSync(CACHED)) {
    must('debootstrap', '--variant=minbase', 'bookworm', root, ...mirror());
    const made = `${CACHED}.${process.pid}`; // somebody else may be making one
    must('tar', '-C', root, '-cf', made, '.');
    must('mv', made, CACHED);
  } else must('tar', '-C', root, '-xf', CACHED);
  // Whoever made the cache may have done it in a folder of root's alone.
  must('chmod', '755', root);
  return root;
}
