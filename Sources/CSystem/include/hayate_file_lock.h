#ifndef HAYATE_FILE_LOCK_H
#define HAYATE_FILE_LOCK_H
// Locks on one byte of a file, which need not exist, that belong to the open file: they end with its last
// descriptor, however the process ends. Other than flock, they reach through NFS and can be asked after.

#include <stdint.h>

/// Locks the byte, waiting if told so. Returns 0, or -1 with errno set: EAGAIN or EACCES if another has it and
/// nobody shall wait; ENOLCK or another where the file system has no locks.
int hayate_file_lock(int descriptor, int64_t byte, int waits);

/// Gives the byte back.
void hayate_file_unlock(int descriptor, int64_t byte);

/// Whether another open file has the byte locked: 1 or 0, or -1 with errno set.
int hayate_file_is_locked(int descriptor, int64_t byte);

#endif
