/** An engine that can be killed: starts one container below a vessel, says so, and waits for its end. */
import { create, start } from '../../../../src/runtime/container.ts';
import type { Spec } from '../../../../src/runtime/spec.ts';

interface Order {
  id: string;
  run: string;
  bundle: string;
  spec: Spec;
  logs: string;
}

process.once('message', ({ id, run, bundle, spec, logs }: Order) => {
  const vessel = { name: 'shim', log: { directory: logs } };
  void create({ id, run, bundle, spec, vessel })
    .then(() => start(run, id))
    .then(() => process.send!('running'));
});
