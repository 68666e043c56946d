/** What the schemas of requests take and refuse. What is obeyed of a request is tested with the verbs. */
import assert from 'node:assert/strict';
import { containerConfig, createRequest } from '../../../src/api/schemas/containers.ts';
import { networkRequest } from '../../../src/api/schemas/networks.ts';
import { validate } from '../../../src/validation.ts';

const complaint = { code: 'API_INVALID', hint: 'as Docker has it' } as const;
const read = (value: unknown): unknown => validate(createRequest, value, 'the body', complaint);

describe('the description of a container', () => {
  for (const [value, words] of [
    [[], /^the body: \(the whole document\): expected an object, found an empty list/],
    [{ Image: 'lab', Labels: ['a'] }, /: Labels: expected an object, found a list of 1/],
    [{ Image: 'lab', Volumes: [] }, /: Volumes: expected an object, found an empty list/],
    [{ Image: 'lab', Volumes: { '/a': [] } }, /: Volumes\.\/a: expected an object, found an empty list/],
    [{ Image: 'lab', HostConfig: [] }, /: HostConfig: expected an object, found an empty list/],
    [{ Image: 'lab', HostConfig: { PortBindings: [] } }, /: HostConfig\.PortBindings: expected an object/],
    [
      { Image: 'lab', HostConfig: { PortBindings: { '80/tcp': [[]] } } },
      /PortBindings\.80\/tcp\.0: expected an object/,
    ],
    [{ Image: 'lab', HostConfig: { Mounts: [[]] } }, /: HostConfig\.Mounts\.0: expected an object/],
    [{ image: 'lab', hostconfig: { memory: '1g' } }, /: HostConfig\.Memory: expected a number, found the string "1g"/],
    [{}, /: Image: expected something, because it is required/],
  ] as const)
    it(`is refused with the name of the field: ${JSON.stringify(value)}`, () => {
      assert.throws(() => read(value), { code: 'API_INVALID', message: words });
    });

  it('has its fields in whatever letters they are written, and its names as they are', () => {
    assert.deepEqual(read({ IMAGE: 'lab', labels: { Image: 'a', image: 'b' }, hostConfig: { readonlyRootFS: true } }), {
      Image: 'lab',
      Labels: { Image: 'a', image: 'b' },
      HostConfig: { ReadonlyRootfs: true },
    });
    assert.deepEqual(read({ image: 'other', Image: 'lab' }), { Image: 'lab' }, 'the right letters count first');
  });

  it('is read by the same rules for commit, and that of a network too', () => {
    assert.throws(() => validate(containerConfig, { Labels: [] }, 'it', complaint), /Labels: expected an object/);
    assert.throws(
      () => validate(networkRequest, { Name: 'n', IPAM: { Config: [{ AuxiliaryAddresses: [] }] } }, 'it', complaint),
      /IPAM\.Config\.0\.AuxiliaryAddresses: expected an object/,
    );
  });
});
