import assert from 'node:assert/strict';
import { linkEnvironment, parseLink } from '../../../src/network/links.ts';
import { networkNamespace } from '../../../src/network/mode.ts';
import { hosts, parseResolvConf, resolvConfText } from '../../../src/network/texts.ts';

const attached = (NetworkMode: string) => ({
  Id: 'a'.repeat(64),
  Name: '/web',
  Config: {},
  HostConfig: { NetworkMode },
  NetworkSettings: { Networks: {} },
});

describe('hosts(5) of a container', () => {
  it('has six fixed lines, what was asked for, and the container', () => {
    const text = hosts(['10.214.0.2'], { Hostname: 'foo', Domainname: 'bar' }, ['10.9.8.7\tdb']);
    assert.deepEqual(text.split('\n').slice(6), ['10.9.8.7\tdb', '10.214.0.2\tfoo.bar foo', '']);
    assert.equal(text.split('\n')[0], '127.0.0.1\tlocalhost');
  });

  it('splits a host name with a dot in it', () => {
    assert.match(hosts(['10.214.0.2'], { Hostname: 'foo.bar' }, []), /^10\.214\.0\.2\tfoo\.bar foo$/m);
    assert.match(hosts(['10.214.0.2'], { Hostname: 'foo' }, []), /^10\.214\.0\.2\tfoo$/m);
  });
});

describe('resolv.conf(5)', () => {
  it('is read with comments and repeated lines, of which the last search holds', () => {
    const text =
      '# by hand\nnameserver 10.0.0.1 # first\nsearch a.example\nnameserver ::1\noptions ndots:2 rotate\nsearch b.example c.example\n';
    assert.deepEqual(parseResolvConf(text), {
      servers: ['10.0.0.1', '::1'],
      search: ['b.example', 'c.example'],
      options: ['ndots:2', 'rotate'],
    });
  });

  it('is written so that it is read again as the same', () => {
    const resolving = { servers: ['127.0.0.11'], search: ['example'], options: ['ndots:0'] };
    assert.deepEqual(parseResolvConf(resolvConfText(resolving)), resolving);
    assert.equal(resolvConfText({ servers: ['10.0.0.1'], search: [], options: [] }), 'nameserver 10.0.0.1\n');
  });
});

describe('--link', () => {
  it('is a container, and perhaps how it shall be called', () => {
    assert.deepEqual(parseLink('db'), { name: 'db', alias: 'db' });
    assert.deepEqual(parseLink('db:postgres'), { name: 'db', alias: 'postgres' });
    assert.deepEqual(parseLink('/db:/web/postgres'), { name: 'db', alias: 'postgres' });
    for (const text of ['', ':x', 'a:b:c']) assert.throws(() => parseLink(text), { code: 'NETWORK_INVALID' });
  });

  it('gives the variables that Docker 1.6 gave', () => {
    const link = {
      alias: 'my-db',
      address: '10.214.0.2',
      names: [],
      ports: ['5432/tcp'],
      environment: ['PATH=/bin', 'HOME=/', 'USER=x=y'],
    };
    assert.deepEqual(linkEnvironment(attached('bridge'), [link]), [
      'MY_DB_PORT=tcp://10.214.0.2:5432',
      'MY_DB_PORT_5432_TCP=tcp://10.214.0.2:5432',
      'MY_DB_PORT_5432_TCP_ADDR=10.214.0.2',
      'MY_DB_PORT_5432_TCP_PORT=5432',
      'MY_DB_PORT_5432_TCP_PROTO=tcp',
      'MY_DB_NAME=/web/my-db',
      'MY_DB_ENV_USER=x=y',
    ]);
  });
});

describe('--net', () => {
  it('is a namespace of its own, another container’s, or none', () => {
    const pidOf = (name: string): number => (name === 'other' ? 42 : 0);
    assert.deepEqual(networkNamespace(attached('default'), pidOf), { type: 'network' });
    assert.deepEqual(networkNamespace(attached('none'), pidOf), { type: 'network' });
    assert.deepEqual(networkNamespace(attached('container:other'), pidOf), {
      type: 'network',
      path: '/proc/42/ns/net',
    });
    assert.equal(networkNamespace(attached('host'), pidOf), undefined);
  });
});
