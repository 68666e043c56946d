import assert from 'node:assert/strict';
import { callText, cloneFlagText } from '../../../src/cli/call-text.ts';
import { cloneFlags, mountFlags, umountFlags } from '../../../src/linux/constants.ts';

const { MS_BIND, MS_NODEV, MS_NOSUID, MS_REC } = mountFlags;

describe('a call on paper', () => {
  it('names its flags, and leaves out NULLs at the end', () => {
    const args = ['proc', '/proc', 'proc', MS_NOSUID | MS_NODEV, null];
    assert.equal(callText('mount', args), 'mount("proc", "/proc", "proc", NOSUID|NODEV)');
    assert.equal(callText('mount', ['/a', '/b', null, MS_BIND | MS_REC, null]), 'mount("/a", "/b", NULL, BIND|REC)');
    assert.equal(callText('umount2', ['.', umountFlags.MNT_DETACH]), 'umount2(".", DETACH)');
    assert.equal(cloneFlagText(cloneFlags.CLONE_NEWPID | cloneFlags.CLONE_NEWNS), 'NEWNS|NEWPID');
  });

  it('names descriptors by their slot, modes in octal, groups one by one', () => {
    assert.equal(callText('mkdir_at', [{ fd: 'root' }, '/tmp', 0o755]), 'mkdir_at(root, "/tmp", 0755)');
    assert.equal(callText('setgroups', [Buffer.from(Uint32Array.from([5, 1000]).buffer)]), 'setgroups([5, 1000])');
    assert.equal(callText('setgroups', [Buffer.alloc(0)]), 'setgroups([])');
  });

  it('shows long data by its length', () => {
    assert.equal(callText('seccomp', [Buffer.alloc(80), 0]), 'seccomp(<80 bytes>, 0)');
  });

  it('shows calls that are no steps, too', () => {
    assert.equal(callText('open', ['/etc/passwd']), 'open("/etc/passwd")');
    assert.equal(callText('pause', []), 'pause()');
  });
});
