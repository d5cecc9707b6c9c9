#define _GNU_SOURCE
#include "hayate_shared_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define ALL_SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

int hayate_shared_file(const char *name) {
    return memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

// Bytes that can be had without taking them from others: free, cached or swap. All ones if unknown.
static uint64_t available_bytes(void) {
    FILE *file = fopen("/proc/meminfo", "re");
    if (!file) return UINT64_MAX;
    uint64_t sum = 0;
    int found = 0;
    char line[128];
    while (found < 2 && fgets(line, sizeof line, file)) {
        unsigned long long kilobytes;
        if (sscanf(line, "MemAvailable: %llu", &kilobytes) == 1
            || sscanf(line, "SwapFree: %llu", &kilobytes) == 1) {
            sum += kilobytes << 10;
            found++;
        }
    }
    fclose(file);
    return found == 2 ? sum : UINT64_MAX;
}

int hayate_reserve(int descriptor, uint64_t size) {
    if (size == 0) return 0;
    // The system gives memory to such files page by page until processes have to be killed for it.
    if (size > available_bytes()) {
        errno = ENOMEM;
        return -1;
    }
    int failure = posix_fallocate(descriptor, 0, (off_t)size);
    if (failure) errno = failure;
    return failure ? -1 : 0;
}

int hayate_seal(int descriptor) { return fcntl(descriptor, F_ADD_SEALS, ALL_SEALS); }

int hayate_file_identity(int descriptor, uint64_t *device, uint64_t *inode, uint64_t *size) {
    struct stat status;
    if (fstat(descriptor, &status)) return -1;
    *device = (uint64_t)status.st_dev;
    *inode = (uint64_t)status.st_ino;
    *size = (uint64_t)status.st_size;
    return 0;
}

int hayate_open_sealed(
    uint32_t process, uint32_t descriptor, uint64_t device, uint64_t inode, uint64_t size) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%u/fd/%u", process, descriptor);
    // Only a handle: opening a device or a pipe for reading can have effects.
    int handle = open(path, O_PATH | O_CLOEXEC);
    if (handle < 0) return HAYATE_OPEN_SYSTEM;
    struct stat status;
    int file = HAYATE_OPEN_SYSTEM;
    if (!fstat(handle, &status)) {
        if (!S_ISREG(status.st_mode) || (uint64_t)status.st_dev != device
            || (uint64_t)status.st_ino != inode || (uint64_t)status.st_size != size) {
            file = HAYATE_OPEN_OTHER_FILE;
        } else {
            snprintf(path, sizeof path, "/proc/self/fd/%d", handle);
            file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        }
    }
    int error = errno;
    close(handle);
    errno = error;
    if (file < 0) return file;
    // Files on disks have no seals. With them neither size nor content changes any more.
    int seals = fcntl(file, F_GET_SEALS);
    if (seals < 0 || (seals & ALL_SEALS) != ALL_SEALS) {
        close(file);
        return HAYATE_OPEN_UNSEALED;
    }
    return file;
}
