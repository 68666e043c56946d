/** Whether somebody listens at a unix socket. The file outlives whoever made it, so that it is there says nothing. */
import { createConnection } from 'node:net';

export function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once('error', () => resolve(false)); // nobody is there, or no such file
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
