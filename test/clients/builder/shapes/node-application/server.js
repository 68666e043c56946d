const { createServer } = require('node:http');
const { greeting } = require('greeting');

const server = createServer(({ url }, response) => response.end(`${greeting(url.slice(1) || 'world')}\n`));
if (require.main === module) {
  server.listen(process.env.PORT);
  process.on('SIGTERM', () => server.close());
}
module.exports = { server };
