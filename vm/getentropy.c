// Preloaded into Node on Linux 3.16, which has no getrandom (it came with 3.17) and where Node 20 ends at its start
// without one. The C library's getentropy is that call; this one reads the device that all kernels have.
//
//     cc -shared -fPIC -O2 -o getentropy.so getentropy.c && LD_PRELOAD=$PWD/getentropy.so node
#include <fcntl.h>
#include <unistd.h>

int getentropy(void* bytes, size_t size) {
  int device = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
  ssize_t got = device < 0 ? -1 : read(device, bytes, size);
  if (device >= 0) close(device);
  return got == (ssize_t)size ? 0 : -1;
}
