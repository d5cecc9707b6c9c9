#define _GNU_SOURCE
#include "hayate_output_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <sys/mman.h>
#include <unistd.h>

int hayate_output_file(void) {
    int file = memfd_create("hayate-output", MFD_CLOEXEC);
    if (file < 0) return -1;
    // The flag belongs to the open file, so every process that shares it appends.
    if (fcntl(file, F_SETFL, O_APPEND) < 0) {
        close(file);
        return -1;
    }
    return file;
}

int hayate_is_memory_file(int descriptor) {
    // Only files in memory have seals.
    return fcntl(descriptor, F_GET_SEALS) >= 0;
}

void hayate_flush_output(void) {
    if (__fpending(stdout) > 0) fflush(stdout);
}
