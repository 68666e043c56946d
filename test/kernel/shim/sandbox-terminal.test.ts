import assert from 'node:assert/strict';
import { endStarted, eventually, isAlive, processesWith, type Running, SHIM, start } from './support.ts';

/** A command line that nobody else has. */
const napping = `sleep ${70000 + process.pid}`;
const nap = napping.replace(' ', '\0');

describe('drydock-shim sandbox in a terminal', () => {
  afterEach(endStarted);

  const inTerminal = (command: string): Running => start('script', ['-qefc', command, '/dev/null']);

  it('lets the command use it: size, keys, its own terminals', async () => {
    const running = inTerminal(
      `stty rows 31 cols 99; exec ${SHIM} sandbox -- sh -c 'stty size; tty; script -qec tty /dev/null; echo then; read line; echo "got $line"'`,
    );
    await running.says(/31 99\r\n\/dev\/pts\/\d+\r\n.*\/dev\/pts\/\d+\r\n.*then/s);
    running.child.stdin!.write('hello\r');
    await running.says(/got hello/);
    assert.equal(await running.code, 0);
  });

  it('lets Ctrl-C reach the command once', async () => {
    // Node, because a shell that is busy takes two signals for one.
    const program =
      'let n = 0; process.on("SIGINT", () => console.log(`caught ${++n}`)); setInterval(() => console.log("ready"), 50)';
    const running = inTerminal(`exec ${SHIM} sandbox -- ${process.execPath} -e '${program}'`);
    await running.says(/ready/);
    running.child.stdin!.write('\x03');
    // A second signal on the way through both halves of the dock would have come before the next "ready".
    await running.says(/caught 1\r\n.*ready\r\n.*ready/s);
    assert.doesNotMatch(running.out(), /caught 2/);
  });

  it('stops and continues with the job control of the shell around it', async () => {
    const running = start('script', ['-qefc', 'bash --norc -i', '/dev/null']);
    const type = (line: string): boolean => running.child.stdin!.write(line);
    type(
      `PS1=; ${SHIM} sandbox -- sh -c 'trap "echo on-\$((3+3))" CONT; echo inside-$((1+1)); while :; do sleep 0.01; done'\r`,
    );
    await running.says(/inside-2/);
    type('\x1a');
    await running.says(/Stopped/);
    type('echo shell-$((2+2))\r');
    await running.says(/shell-4/);
    type('fg\r');
    await running.says(/on-6/);
    type('\x03');
    await running.says(/\^C/);
    type('echo code-$?\r');
    await running.says(/code-130/);
    type('exit\r');
    await running.code;
  });

  it('is restored when the time is up', async () => {
    const running = inTerminal(`${SHIM} sandbox --seconds 1 -- sh -c 'stty raw -echo; echo raw; sleep 1000'; stty -a`);
    await running.code;
    assert.match(running.out(), /the time limit of 1 s ended it/);
    assert.match(running.out(), /\sicanon/);
    assert.match(running.out(), /\secho\s/);
  });

  it('ends the command when the terminal goes away', async () => {
    const running = inTerminal(`exec ${SHIM} sandbox -- sh -c 'echo ready; ${napping}'`);
    await running.says(/ready/);
    await eventually('it sleeps', () => processesWith(nap).length === 1);
    const inside = processesWith(nap);
    running.child.kill('SIGKILL');
    await eventually('the command is gone', () => inside.every((pid) => !isAlive(pid)));
  });
});
