/**
 * Templates of `--format`: docker's client and ours are given the same ones over the same things, of an engine of ours. What
 * they print, their messages and their exit codes have to be the same.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { TemplateError } from '../../src/cli/format/template/errors.ts';
import { template, type Template } from '../../src/cli/format/template.ts';
import { filled } from '../../src/cli/docker/inspecting.ts';
import { projectHome } from '../../src/linux/native.ts';
import { bridgeOfOwn, startEngine, type OurServer } from './engine-support.ts';
import { command, isInstalled, labArchive, said, skipAll, type Answer } from './support.ts';
import { groups } from './template-cases.ts';
import { commands } from './template-commands.ts';

describe('a template, to docker and to drydock', function () {
  this.timeout(300_000);
  let server: OurServer;
  let json: string;

  before('an engine with a container', async function () {
    if (!isInstalled('docker')) skipAll(this, 'no docker here');
    server = await startEngine(...bridgeOfOwn());
    await said(server.docker('import', await labArchive(), 'lab:latest'));
    await said(server.docker('volume', 'create', '--label', 'a=b', 'kept'));
    await said(server.docker('create', '--name', 'web', ...options, 'lab', 'true', 'a', 'b', 'c'));
    const [container] = JSON.parse(await said(server.docker('inspect', 'web'))) as object[];
    json = JSON.stringify(container);
  });
  after(() => server?.end());

  for (const [title, templates] of Object.entries(groups))
    it(`is filled alike: ${title}`, async () => {
      const wrong: string[] = [];
      for (const text of templates) {
        const theirs = await command(server.docker('inspect', '-f', text, 'web'));
        const ours = answer(text, json);
        if (shown(ours) !== shown(theirs)) wrong.push(`${text}\n docker:  ${shown(theirs)}\n drydock: ${shown(ours)}`);
      }
      assert.equal(wrong.length, 0, `\n${wrong.join('\n\n')}`);
    });

  for (const words of commands)
    it(`is told alike by ${words.join(' ')}`, async () => {
      const theirs = await command(server.docker(...words));
      const bundle = join(projectHome(), 'dist/drydock.cjs');
      const ours = await command([process.execPath, bundle, '-H', server.host, ...words]);
      assert.deepEqual(ours, theirs);
    });
});

const options = [
  ...['-e', 'A=b', '-e', 'Q=a"<b>&c', '-l', 'tier=front', '-l', 'com.x.y-z=1', '-l', 'odd=ä<b>"q"'],
  ...['-m', '64m', '--cpus', '1.5', '-p', '8080:80', '-v', '/data'],
];

/** What `drydock inspect` does with a template and the JSON of an engine. */
function answer(text: string, json: string): Answer {
  const failed = (error: unknown, code: number, stdout: string): Answer => {
    assert(error instanceof TemplateError, error as Error);
    return { code, stdout, stderr: `template parsing error: ${error.message}\n` };
  };
  let fill: Template;
  try {
    fill = template(text);
  } catch (error) {
    return failed(error, 64, '');
  }
  try {
    return { code: 0, stdout: `${filled(fill, json)}\n`, stderr: '' };
  } catch (error) {
    return failed(error, 1, '\n');
  }
}

const shown = ({ code, stdout, stderr }: Answer): string =>
  `${code} ${JSON.stringify(stdout)} ${JSON.stringify(stderr)}`;
