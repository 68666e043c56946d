import assert from 'node:assert/strict';
import { isolators } from '../../../src/runtime/isolators/index.ts';
import { slotNames, swap } from '../../../src/runtime/slots.ts';

describe('slots', () => {
  it('swaps one method and leaves the real stack alone', () => {
    const mine = () => [];
    const swapped = swap({ 'isolators/pid.ts#namespaces': mine });
    const before = isolators.find(({ name }) => name === 'pid')!;
    const after = swapped.find(({ name }) => name === 'pid')!;
    assert.equal(after.namespaces, mine);
    assert.notEqual(before.namespaces, mine);
    assert.equal(after.summary, before.summary);
  });

  it('all name functions that exist', () => {
    for (const slot of slotNames) swap({ [slot]: () => [] });
  });

  it('refuses a slot that does not exist, and names the nearest one', () => {
    assert.throws(() => swap({ 'isolators/pid.ts#namespace': () => [] }), {
      code: 'SLOT_INVALID',
      hint: /isolators\/pid\.ts#namespaces/,
    });
  });

  it('refuses what is no function', () => {
    assert.throws(() => swap({ 'isolators/pid.ts#namespaces': 7 }), { code: 'SLOT_INVALID', message: /number/ });
  });
});
