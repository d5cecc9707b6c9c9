// Loaded in front of the C library: does something to the n-th call that changes a file below a directory.
//
// FAULT_DIRECTORY: which; FAULT_AT: n, from 1; FAULT_KIND:
//   kill  the process is killed instead of the call
//   torn  half of what is to be written is, and then the process is killed
//   sync  FAULT_AT counts synchronizations only: that one and all later ones fail with EIO
//   ro    this call and all later ones fail with EROFS
//   count FAULT_COUNT gets the number of calls, in the end
//   log   FAULT_LOG gets every call with its data, and what is said on descriptor 1
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MOST 1024
static char *paths[MOST];
static atomic_long calls, syncs;
static long at = -1;
static const char *directory, *kind = "";
static int log_descriptor = -1;
static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;

static void begin(void) {
    if (at >= 0) return;
    directory = getenv("FAULT_DIRECTORY");
    kind = getenv("FAULT_KIND") ? getenv("FAULT_KIND") : "";
    const char *log = getenv("FAULT_LOG");
    if (log && !strcmp(kind, "log"))
        log_descriptor =
            (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    at = getenv("FAULT_AT") ? atol(getenv("FAULT_AT")) : 0;
}

__attribute__((constructor)) static void start(void) { begin(); }

__attribute__((destructor)) static void end(void) {
    const char *path = getenv("FAULT_COUNT");
    if (!path || strcmp(kind, "count")) return;
    int descriptor = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    char text[64];
    int length = snprintf(text, sizeof text, "%ld %ld\n", (long)calls, (long)syncs);
    syscall(SYS_write, descriptor, text, length);
    syscall(SYS_close, descriptor);
}

static void note(char operation, const char *path, uint64_t offset, const void *data, uint64_t count) {
    if (log_descriptor < 0) return;
    uint32_t length = (uint32_t)strlen(path);
    pthread_mutex_lock(&log_lock);
    size_t size = 1 + 4 + 8 + 8 + length + count;
    char *bytes = malloc(size), *next = bytes;
    *next = operation; next += 1;
    memcpy(next, &length, 4); next += 4;
    memcpy(next, &offset, 8); next += 8;
    memcpy(next, &count, 8); next += 8;
    memcpy(next, path, length); next += length;
    if (count) memcpy(next, data, count);
    syscall(SYS_write, log_descriptor, bytes, size);
    free(bytes);
    pthread_mutex_unlock(&log_lock);
}

// Whether the call is to fail, with errno set. `torn` is told how many bytes are still written before the end.
static int fault(int is_sync, int descriptor, const void *data, size_t count, off_t offset) {
    long number = atomic_fetch_add(&calls, 1) + 1;
    long sync = is_sync ? atomic_fetch_add(&syncs, 1) + 1 : 0;
    if (!strcmp(kind, "kill") && number == at) kill(getpid(), SIGKILL);
    if (!strcmp(kind, "torn") && number == at) {
        if (data && offset >= 0) syscall(SYS_pwrite64, descriptor, data, count / 2, offset);
        else if (data) syscall(SYS_write, descriptor, data, count / 2);
        kill(getpid(), SIGKILL);
    }
    if (!strcmp(kind, "sync") && is_sync && sync >= at) { errno = EIO; return 1; }
    if (!strcmp(kind, "ro") && number >= at && !is_sync) { errno = EROFS; return 1; }
    return 0;
}

static const char *path_of(int descriptor) {
    return descriptor >= 0 && descriptor < MOST ? paths[descriptor] : NULL;
}

static int opened(int descriptor, const char *path, int flags) {
    if (descriptor < 0 || descriptor >= MOST) return descriptor;
    free(paths[descriptor]);
    paths[descriptor] = NULL;
    if (directory && !strncmp(path, directory, strlen(directory))) {
        paths[descriptor] = strdup(path);
        if (flags & O_CREAT) note('C', path, 0, NULL, 0);
        if (flags & O_TRUNC) note('T', path, 0, NULL, 0);
    }
    return descriptor;
}

static int open_any(const char *path, int flags, mode_t mode) {
    begin();
    return opened((int)syscall(SYS_openat, AT_FDCWD, path, flags, mode), path, flags);
}

int open(const char *path, int flags, ...) {
    va_list list;
    va_start(list, flags);
    mode_t mode = flags & O_CREAT ? (mode_t)va_arg(list, int) : 0;
    va_end(list);
    return open_any(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    va_list list;
    va_start(list, flags);
    mode_t mode = flags & O_CREAT ? (mode_t)va_arg(list, int) : 0;
    va_end(list);
    return open_any(path, flags, mode);
}

int close(int descriptor) {
    if (descriptor >= 0 && descriptor < MOST && paths[descriptor]) {
        free(paths[descriptor]);
        paths[descriptor] = NULL;
    }
    return (int)syscall(SYS_close, descriptor);
}

ssize_t write(int descriptor, const void *data, size_t count) {
    const char *path = path_of(descriptor);
    if (!path) return syscall(SYS_write, descriptor, data, count);
    off_t offset = lseek(descriptor, 0, SEEK_CUR);
    if (fault(0, descriptor, data, count, -1)) return -1;
    note('W', path, (uint64_t)offset, data, count);
    return syscall(SYS_write, descriptor, data, count);
}

static ssize_t pwrite_any(int descriptor, const void *data, size_t count, off_t offset) {
    const char *path = path_of(descriptor);
    if (path) {
        if (fault(0, descriptor, data, count, offset)) return -1;
        note('W', path, (uint64_t)offset, data, count);
    }
    return syscall(SYS_pwrite64, descriptor, data, count, offset);
}

ssize_t pwrite(int descriptor, const void *data, size_t count, off_t offset) {
    return pwrite_any(descriptor, data, count, offset);
}

ssize_t pwrite64(int descriptor, const void *data, size_t count, off_t offset) {
    return pwrite_any(descriptor, data, count, offset);
}

static int sync_any(int descriptor, int data_only) {
    const char *path = path_of(descriptor);
    if (path) {
        if (fault(1, descriptor, NULL, 0, 0)) return -1;
        note('S', path, 0, NULL, 0);
        // Nobody cuts the power here.
        return 0;
    }
    return (int)syscall(data_only ? SYS_fdatasync : SYS_fsync, descriptor);
}

int fsync(int descriptor) { return sync_any(descriptor, 0); }
int fdatasync(int descriptor) { return sync_any(descriptor, 1); }

static int truncate_any(int descriptor, off_t size) {
    const char *path = path_of(descriptor);
    if (path) {
        if (fault(0, descriptor, NULL, 0, 0)) return -1;
        note('T', path, (uint64_t)size, NULL, 0);
    }
    return (int)syscall(SYS_ftruncate, descriptor, size);
}

int ftruncate(int descriptor, off_t size) { return truncate_any(descriptor, size); }
int ftruncate64(int descriptor, off_t size) { return truncate_any(descriptor, size); }

int unlink(const char *path) {
    if (directory && !strncmp(path, directory, strlen(directory))) {
        if (fault(0, -1, NULL, 0, 0)) return -1;
        note('U', path, 0, NULL, 0);
    }
    return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

ssize_t send(int descriptor, const void *data, size_t count, int flags) {
    if (descriptor == 1) note('!', "", 0, data, count);
    return syscall(SYS_sendto, descriptor, data, count, flags, NULL, 0);
}
