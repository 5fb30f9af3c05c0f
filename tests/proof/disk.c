/* A disk that can fail or lose power, between a program and the C library.
 *
 * Loaded with LD_PRELOAD. Calls on files below $DISK_ROOT are counted; the one that was asked for
 * fails with the given errno (`disk_fail`), and every write and sync is told to $DISK_TRACE, so that
 * what had reached the disk at any moment can be rebuilt afterwards.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static long counted, fail_at = -1, fail_until = -1;
static int failure = EIO, trace = -1;
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

/* Let the first-th to last-th call from now on fail with an errno; -1 lets none fail. */
void disk_fail(long first, long last, int error) { counted = 0; fail_at = first; fail_until = last; failure = error; }
long disk_counted(void) { return counted; }

static int ours(int fd, char *path) {
    const char *root = getenv("DISK_ROOT");
    char link[64];
    if (!root || fd < 0) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return strncmp(path, root, strlen(root)) == 0;
}

static int fails(void) {
    long now = __sync_add_and_fetch(&counted, 1);
    if (fail_at >= 0 && now >= fail_at && now <= fail_until) { errno = failure; return 1; }
    return 0;
}

/* One record: kind, length of path, length of data, offset; then path and data. */
static void tell(char kind, const char *path, const void *data, uint64_t length, int64_t offset) {
    const char *to = getenv("DISK_TRACE");
    if (!to) return;
    static ssize_t (*write_)(int, const void *, size_t);
    if (!write_) write_ = dlsym(RTLD_NEXT, "write");
    pthread_mutex_lock(&turn);
    if (trace < 0) trace = open(to, O_CREAT | O_WRONLY | O_APPEND, 0600);
    char head[40];
    int size = snprintf(head, sizeof head, "%c %6zu %10llu %12lld\n", kind, strlen(path),
                        (unsigned long long)length, (long long)offset);
    if (write_(trace, head, size) != size || write_(trace, path, strlen(path)) < 0
        || (length && write_(trace, data, length) != (ssize_t)length)) abort();
    pthread_mutex_unlock(&turn);
}

#define REAL(type, name, ...) static type (*real)(__VA_ARGS__); if (!real) real = dlsym(RTLD_NEXT, name)

ssize_t pwrite64(int fd, const void *data, size_t length, off64_t offset) {
    REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t);
    char path[PATH_MAX];
    if (!ours(fd, path)) return real(fd, data, length, offset);
    if (fails()) return -1;
    ssize_t written = real(fd, data, length, offset);
    if (written > 0) tell('w', path, data, written, offset);
    return written;
}
ssize_t pwrite(int fd, const void *data, size_t length, off_t offset) { return pwrite64(fd, data, length, offset); }

static int synced(int fd, const char *name) {
    int (*real)(int) = dlsym(RTLD_NEXT, name);
    char path[PATH_MAX];
    if (!ours(fd, path)) return real(fd);
    if (fails()) return -1;
    int result = real(fd);
    if (result == 0) tell('s', path, NULL, 0, 0);
    return result;
}
int fsync(int fd) { return synced(fd, "fsync"); }
int fdatasync(int fd) { return synced(fd, "fdatasync"); }

int ftruncate64(int fd, off64_t length) {
    REAL(int, "ftruncate64", int, off64_t);
    char path[PATH_MAX];
    if (!ours(fd, path)) return real(fd, length);
    if (fails()) return -1;
    int result = real(fd, length);
    if (result == 0) tell('t', path, NULL, 0, length);
    return result;
}
int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }

ssize_t pread64(int fd, void *data, size_t length, off64_t offset) {
    REAL(ssize_t, "pread64", int, void *, size_t, off64_t);
    char path[PATH_MAX];
    if (ours(fd, path) && fails()) return -1;
    return real(fd, data, length, offset);
}
ssize_t pread(int fd, void *data, size_t length, off_t offset) { return pread64(fd, data, length, offset); }

/* What the program told somebody: a moment in the trace, in order with the writes. */
void disk_acknowledged(const char *what) { tell('a', "", what, strlen(what), 0); }
