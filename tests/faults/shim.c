/* Calls of the C library that write below one folder: listed, and the n-th of them made to fail, to write less than it was given,
   or to be met by a signal. See faults/shim.py for the settings, which come by the environment. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_int seen;

static int number(const char *name) {
    const char *text = getenv(name);
    return text ? atoi(text) : 0;
}

static int is_below(const char *path) {
    const char *folder = getenv("FAULT_UNDER");
    return folder && path && !strncmp(path, folder, strlen(folder));
}

static int is_open_below(int fd) {
    char link[64], path[PATH_MAX];
    if (fd == number("FAULT_STREAM") && fd > 0) return 1;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, path, sizeof path - 1);
    if (size < 0) return 0;
    path[size] = 0;
    return is_below(path);
}

/* Whether it is the turn of this call; it is listed in any case. */
static int is_turn(const char *name) {
    const char *only = getenv("FAULT_CALL"), *list = getenv("FAULT_LIST");
    if (only && *only && strcmp(only, name)) return 0;
    int turn = ++seen, at = number("FAULT_AT");
    if (list) {
        char line[64];
        int size = snprintf(line, sizeof line, "%s\n", name);
        int fd = syscall(SYS_openat, AT_FDCWD, list, O_WRONLY | O_CREAT | O_APPEND, 0600);
        syscall(SYS_write, fd, line, size);
        syscall(SYS_close, fd);
    }
    return at && (turn == at || (turn > at && getenv("FAULT_STAYS")));
}

static int fails(void) {
    if (!number("FAULT_ERRNO")) return 0;
    errno = number("FAULT_ERRNO");
    return 1;
}

static void meet(void) {
    int kept = errno;
    if (number("FAULT_SIGNAL")) raise(number("FAULT_SIGNAL"));
    errno = kept;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define GUARD(name, is_meant, call)             \
    int turn = (is_meant) && is_turn(#name);    \
    if (turn && fails()) return -1;             \
    __typeof__(call) result = call;             \
    if (turn) meet();                           \
    return result;

#define WRITES (O_WRONLY | O_RDWR | O_CREAT)
#define MODE \
    mode_t mode = 0; \
    if (flags & (O_CREAT | O_TMPFILE)) { va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest); }

#define OPEN(name) \
    int name(const char *path, int flags, ...) { MODE GUARD(open, (flags & WRITES) && is_below(path), REAL(name)(path, flags, mode)) }
#define OPENAT(name) \
    int name(int at, const char *path, int flags, ...) { MODE GUARD(open, (flags & WRITES) && is_below(path), REAL(name)(at, path, flags, mode)) }
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

ssize_t write(int fd, const void *bytes, size_t size) {
    int turn = is_open_below(fd) && is_turn("write");
    if (turn && fails()) return -1;
    if (turn && getenv("FAULT_SHORT") && size > 1) size = size / 2;
    ssize_t result = syscall(SYS_write, fd, bytes, size);
    if (turn) meet();
    return result;
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t at) { GUARD(write, is_open_below(fd), REAL(pwrite64)(fd, bytes, size, at)) }
ssize_t writev(int fd, const struct iovec *parts, int count) { GUARD(write, is_open_below(fd), REAL(writev)(fd, parts, count)) }
int fsync(int fd) { GUARD(fsync, is_open_below(fd), REAL(fsync)(fd)) }
int fdatasync(int fd) { GUARD(fsync, is_open_below(fd), REAL(fdatasync)(fd)) }
int fchmod(int fd, mode_t mode) { GUARD(chmod, is_open_below(fd), REAL(fchmod)(fd, mode)) }
int chmod(const char *path, mode_t mode) { GUARD(chmod, is_below(path), REAL(chmod)(path, mode)) }
int ftruncate64(int fd, off64_t size) { GUARD(truncate, is_open_below(fd), REAL(ftruncate64)(fd, size)) }
int mkdir(const char *path, mode_t mode) { GUARD(mkdir, is_below(path), REAL(mkdir)(path, mode)) }
int rename(const char *from, const char *to) { GUARD(rename, is_below(to), REAL(rename)(from, to)) }
int renameat(int a, const char *from, int b, const char *to) { GUARD(rename, is_below(to), REAL(renameat)(a, from, b, to)) }
int link(const char *from, const char *to) { GUARD(link, is_below(to), REAL(link)(from, to)) }
int linkat(int a, const char *from, int b, const char *to, int flags) { GUARD(link, is_below(to), REAL(linkat)(a, from, b, to, flags)) }

/* What is closed is closed, whatever is told of it: that is how Linux has it. Closing what was only read says nothing of a disk. */
int close(int fd) {
    int turn = (fcntl(fd, F_GETFL) & O_ACCMODE) && is_open_below(fd) && is_turn("close");
    int result = REAL(close)(fd);
    if (turn && fails()) return -1;
    if (turn) meet();
    return result;
}
