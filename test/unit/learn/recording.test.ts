import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { lookOf } from '../../../src/cli/output.ts';
import type { Demo } from '../../../src/learn/demo/demo.ts';
import type { Keyboard } from '../../../src/learn/demo/keyboard.ts';
import { recorder, type Recording } from '../../../src/learn/demo/recording.ts';
import { findRecording, recordingOf, replay } from '../../../src/learn/demo/replay.ts';
import { projectHome } from '../../../src/linux/native.ts';

const demo: Demo = {
  lesson: 'pid',
  seconds: 5,
  question: 'Who?',
  scenes: [],
  turn: ['./drydock begin pid', 'write it'],
};

function recorded(answer: string): Recording {
  const tape = recorder();
  tape.scene({ title: 'WITHOUT', guess: 'how many?' });
  tape.line({ kind: 'outside', command: `ls ${projectHome()}/src`, answer });
  tape.scene({ title: 'WITH' });
  tape.line({ kind: 'why', text: 'because' });
  tape.left({ processes: 1, mounts: 0, cgroups: 0 });
  return tape.recording(demo, 'Linux 6.1, x64');
}

describe('a recording of a demo', () => {
  it('keeps what was shown, scene by scene, and what was left behind', () => {
    const { scenes, left, question } = recorded('7');
    assert.equal(question, 'Who?');
    assert.deepEqual(
      scenes.map(({ title, lines }) => [title, lines.length]),
      [
        ['WITHOUT', 1],
        ['WITH', 1],
      ],
    );
    assert.deepEqual(left, { processes: 1, mounts: 0, cgroups: 0 });
  });

  it('names neither the folders nor the host of this machine', () => {
    const before = process.env.DRYDOCK_RUN;
    process.env.DRYDOCK_RUN = '/somewhere/of/mine';
    try {
      const text = JSON.stringify(recorded('/somewhere/of/mine/lab'));
      assert.ok(!text.includes(projectHome()));
      assert.match(text, /ls ‹drydock›\/src/);
      assert.match(text, /"\/run\/drydock\/lab"/);
    } finally {
      if (before === undefined) delete process.env.DRYDOCK_RUN;
      else process.env.DRYDOCK_RUN = before;
    }
    assert.match(JSON.stringify(recorded(hostname())), /"answer":"‹host›"/);
  });

  it('is shown again with the same lines, by itself where nobody sits', async () => {
    const text = await shown(recorded('7'));
    assert.match(text, /recorded: Linux 6\.1, x64/);
    assert.match(text, /1\/2 WITHOUT\n your guess: how many\?\n outside \$ ls /);
    assert.match(text, /2\/2 WITH\n WHY {5}because\n/);
    assert.match(text, /LEFT BEHIND {2}processes 1 · mounts 0/);
  });

  it('waits for the guess, and goes back and out by keys', async () => {
    const keys = ['b', 'q'];
    const keyboard: Keyboard = {
      key: async () => keys.shift()!,
      line: async () => '3',
      lend: (work) => work(),
      close: () => undefined,
    };
    const text = await shown(recorded('7'), keyboard);
    assert.deepEqual(text.match(/^\d\/2 /gm), ['1/2 ', '1/2 ']);
    assert.doesNotMatch(text, /LEFT BEHIND/);
  });

  it('says what to do next also to who leaves behind the last scene', async () => {
    const keys = ['\r', 'q'];
    const keyboard: Keyboard = {
      key: async () => keys.shift()!,
      line: async () => '3',
      lend: (work) => work(),
      close: () => undefined,
    };
    assert.match(await shown(recorded('7'), keyboard), /LEFT BEHIND[^]*YOUR TURN/);
  });

  it('is left by a q in place of a guess', async () => {
    const keyboard: Keyboard = {
      key: async () => '\r',
      line: async () => 'q',
      lend: (work) => work(),
      close: () => undefined,
    };
    const text = await shown(recorded('7'), keyboard);
    assert.match(text, /your guess, then Enter: how many\? $/);
    assert.doesNotMatch(text, /outside/);
  });

  it('is found by its lesson’s name, and missed by it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'drydock-recordings-'));
    try {
      writeFileSync(join(folder, 'pid.json'), JSON.stringify(recorded('7')));
      assert.equal(findRecording('pid', folder)?.lesson, 'pid');
      assert.equal(findRecording('user', folder), undefined);
    } finally {
      rmSync(folder, { recursive: true });
    }
    assert.throws(() => recordingOf('nowhere'), {
      code: 'NO_SUCH_LESSON',
      hint: /npm run record nowhere, .*drydock demo nowhere/,
    });
  });
});

async function shown(recording: Recording, keyboard?: Keyboard): Promise<string> {
  let text = '';
  const look = lookOf({}, { plain: true });
  await replay(recording, {
    look,
    keyboard,
    command: './drydock demo pid --recorded',
    write: (more) => (text += more),
  });
  return text;
}
