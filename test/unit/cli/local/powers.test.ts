/** What a process may do, as options: Docker's names become its section of the config. */
import assert from 'node:assert/strict';
import { withPowers, type PowerOptions } from '../../../../src/cli/local/powers.ts';
import { capabilityNumber, holds, ownBoundingSet } from '../../../../src/linux/capabilities.ts';
import type { Process } from '../../../../src/runtime/spec.ts';

const some = ['CAP_CHOWN', 'CAP_KILL'];
const process: Process = {
  args: ['true'],
  cwd: '/',
  user: { uid: 0, gid: 0 },
  capabilities: { bounding: some, effective: some, permitted: some },
};
const left = (options: PowerOptions): readonly string[] => withPowers(process, options).capabilities!.bounding!;

describe('powers on the command line', () => {
  it('are added and taken away by name, in all three sets, as Docker has it', () => {
    assert.deepEqual(left({ capAdd: ['net_raw'] }), [...some, 'CAP_NET_RAW']);
    assert.deepEqual(left({ capDrop: ['CAP_KILL'] }), ['CAP_CHOWN']);
    assert.deepEqual(left({ capDrop: ['all'] }), []);
    assert.deepEqual(left({ capDrop: ['ALL'], capAdd: ['CHOWN'] }), ['CAP_CHOWN']);
    assert.deepEqual(left({ capAdd: ['CHOWN'], capDrop: ['CHOWN'] }), ['CAP_KILL', 'CAP_CHOWN']);
    const { capabilities } = withPowers(process, { capDrop: ['KILL'] });
    assert.deepEqual(capabilities, { bounding: ['CAP_CHOWN'], effective: ['CAP_CHOWN'], permitted: ['CAP_CHOWN'] });
    assert.equal(withPowers(process, {}).capabilities, process.capabilities);
  });

  it('are ALL that this machine’s root has, and no more', () => {
    const all = left({ capAdd: ['ALL'], capDrop: ['KILL'] });
    assert(all.every((name) => holds(ownBoundingSet(), capabilityNumber(name)!)));
    assert(!all.includes('CAP_KILL'));
  });

  it('include that of setuid programs, and limits of each process', () => {
    assert.equal(withPowers(process, { securityOpt: ['no-new-privileges'] }).noNewPrivileges, true);
    assert.equal(withPowers(process, { securityOpt: ['no-new-privileges:false'] }).noNewPrivileges, false);
    assert.deepEqual(withPowers(process, { ulimit: ['nofile=8:16', 'core=0', 'cpu=-1'] }).rlimits, [
      { type: 'RLIMIT_NOFILE', soft: 8, hard: 16 },
      { type: 'RLIMIT_CORE', soft: 0, hard: 0 },
      { type: 'RLIMIT_CPU', soft: 2 ** 64, hard: 2 ** 64 },
    ]);
  });

  const wrong: readonly (readonly [PowerOptions, RegExp])[] = [
    [{ capAdd: ['CHWON'] }, /no capability 'CHWON'/],
    [{ capDrop: [''] }, /no capability ''/],
    [{ securityOpt: ['apparmor=x'] }, /'apparmor=x' is not known/],
    [{ securityOpt: ['no-new-privileges:yes'] }, /is not known/],
    [{ ulimit: ['files=3'] }, /--ulimit is NAME=SOFT/],
    [{ ulimit: ['nofile'] }, /--ulimit is NAME=SOFT/],
    [{ ulimit: ['nofile=1:2:3'] }, /--ulimit is NAME=SOFT/],
  ];
  for (const [options, message] of wrong)
    it(`are refused as ${JSON.stringify(options)}`, () =>
      assert.throws(() => withPowers(process, options), { code: 'BAD_USAGE', message }));
});
