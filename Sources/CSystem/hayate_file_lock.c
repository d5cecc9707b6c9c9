#define _GNU_SOURCE
#include "hayate_file_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static struct flock range(short type, int64_t byte) {
    struct flock lock;
    memset(&lock, 0, sizeof lock);
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    lock.l_start = byte;
    lock.l_len = 1;
    return lock;
}

int hayate_file_lock(int descriptor, int64_t byte, int waits) {
    struct flock lock = range(F_WRLCK, byte);
    int result;
    do
        result = fcntl(descriptor, waits ? F_OFD_SETLKW : F_OFD_SETLK, &lock);
    while (result < 0 && errno == EINTR);
    return result;
}

void hayate_file_unlock(int descriptor, int64_t byte) {
    struct flock lock = range(F_UNLCK, byte);
    fcntl(descriptor, F_OFD_SETLK, &lock);
}

int hayate_file_is_locked(int descriptor, int64_t byte) {
    // Whoever asks for a lock to read is in the way of one who writes, and needs no right to write.
    struct flock lock = range(F_RDLCK, byte);
    if (fcntl(descriptor, F_OFD_GETLK, &lock) < 0)
        return -1;
    return lock.l_type != F_UNLCK;
}
