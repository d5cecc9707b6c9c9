#ifndef HAYATE_MEMORY_FILE_H
#define HAYATE_MEMORY_FILE_H

/// A new file in memory to which every write appends; closed in programs that are executed.
/// Returns its descriptor, or -1 with errno set.
int hayate_memory_file(void);

#endif
