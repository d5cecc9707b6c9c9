#ifndef HAYATE_SHARED_FILE_H
#define HAYATE_SHARED_FILE_H

#include <stdint.h>

/// A new, empty file in memory that can be sealed; closed in programs that are executed. Returns its
/// descriptor, or -1 with errno set.
int hayate_shared_file(const char *name);

/// Makes the file this many bytes long and sets the memory aside: memory that is missing later would be a
/// signal and not an error. Fails with ENOMEM if the machine has not so much left. Returns 0, or -1 with
/// errno set.
int hayate_reserve(int descriptor, uint64_t size);

/// Forbids for ever that the file's content or size changes. Fails with EBUSY while it is mapped for
/// writing. Returns 0, or -1 with errno set.
int hayate_seal(int descriptor);

/// What tells one file from another. Returns 0, or -1 with errno set.
int hayate_file_identity(int descriptor, uint64_t *device, uint64_t *inode, uint64_t *size);

enum hayate_open_failure {
    /// errno says why there is no such file for this process.
    HAYATE_OPEN_SYSTEM = -1,
    /// The path leads to another file than the one that was announced, or to one of another size.
    HAYATE_OPEN_OTHER_FILE = -2,
    /// The file's content may still change.
    HAYATE_OPEN_UNSEALED = -3,
};

/// Opens another process's sealed memory file for reading, by its descriptor there. Nothing but that very
/// file is ever opened. Returns a descriptor, or one of the failures.
int hayate_open_sealed(
    uint32_t process, uint32_t descriptor, uint64_t device, uint64_t inode, uint64_t size);

#endif
