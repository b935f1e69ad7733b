/* A disk that can be slow, that can lie, and whose every write is written down: loaded before a program that is tested.

   SHIM_ROOT    only files whose path begins so are meant
   SHIM_TRACE   every write, truncation, sync and removal goes there, as struct head + path + data
   SHIM_WAIT    a file that says how many milliseconds a sync takes; looked at every time
   SHIM_LIES    a sync does nothing, and says that it is done                                                      */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

struct head { char op; char pad[3]; uint32_t path; uint64_t offset; uint32_t data; uint32_t pad2; };

static int trace_fd = -2;

static int is_meant(int fd, char *path, size_t size)
{
    char link[64];
    const char *root = getenv("SHIM_ROOT");
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, size - 1);
    if (n <= 0 || !root) return 0;
    path[n] = 0;
    return strncmp(path, root, strlen(root)) == 0;
}

static void note(char op, const char *path, uint64_t offset, const void *data, uint32_t size)
{
    const char *trace = getenv("SHIM_TRACE");
    if (!trace) return;
    if (trace_fd == -2) trace_fd = syscall(SYS_openat, AT_FDCWD, trace, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    struct head head = {op, {0}, (uint32_t)strlen(path), offset, size, 0};
    struct iovec parts[3] = {{&head, sizeof head}, {(void *)path, head.path}, {(void *)data, size}};
    syscall(SYS_writev, trace_fd, parts, 3);
}

static void wait_for_disk(void)
{
    const char *name = getenv("SHIM_WAIT");
    char text[32] = {0};
    if (!name) return;
    int fd = syscall(SYS_openat, AT_FDCWD, name, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0) return;
    if (syscall(SYS_read, fd, text, sizeof text - 1) > 0) {
        long ms = atol(text);
        struct { long s, ns; } t = {ms / 1000, ms % 1000 * 1000000L};
        syscall(SYS_nanosleep, &t, NULL);
    }
    syscall(SYS_close, fd);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset)
{
    char path[4096];
    ssize_t done = syscall(SYS_pwrite64, fd, data, size, offset);
    if (done > 0 && getenv("SHIM_TRACE") && is_meant(fd, path, sizeof path)) note('W', path, offset, data, done);
    return done;
}
ssize_t pwrite(int fd, const void *data, size_t size, off_t offset) { return pwrite64(fd, data, size, offset); }

ssize_t write(int fd, const void *data, size_t size)
{
    char path[4096];
    ssize_t done = syscall(SYS_write, fd, data, size);
    if (done > 0 && getenv("SHIM_TRACE") && is_meant(fd, path, sizeof path))
        note('W', path, syscall(SYS_lseek, fd, 0, SEEK_CUR) - done, data, done);
    return done;
}

int ftruncate64(int fd, off64_t size)
{
    char path[4096];
    int done = syscall(SYS_ftruncate, fd, size);
    if (!done && getenv("SHIM_TRACE") && is_meant(fd, path, sizeof path)) note('T', path, size, "", 0);
    return done;
}
int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

static int synced(int fd, long call)
{
    char path[4096];
    int meant = is_meant(fd, path, sizeof path);
    if (meant && getenv("SHIM_LIES")) return 0;
    if (meant) wait_for_disk();
    int done = syscall(call, fd);
    if (meant && !done) note('S', path, 0, "", 0);
    return done;
}
int fsync(int fd) { return synced(fd, SYS_fsync); }
int fdatasync(int fd) { return synced(fd, SYS_fdatasync); }

int unlink(const char *path)
{
    const char *root = getenv("SHIM_ROOT");
    int done = syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    if (!done && root && strncmp(path, root, strlen(root)) == 0) note('U', path, 0, "", 0);
    return done;
}
