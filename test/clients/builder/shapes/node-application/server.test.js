const { test } = require('node:test');
const assert = require('node:assert/strict');
const { server } = require('./server.js');

test('it greets', async () => {
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  const answer = await fetch(`http://127.0.0.1:${server.address().port}/you`);
  assert.equal(await answer.text(), 'hello, you\n');
  server.close();
});
