#ifndef HAYATE_OUTPUT_FILE_H
#define HAYATE_OUTPUT_FILE_H

/// A new file in memory to which every write appends; closed in programs that are executed.
/// Returns its descriptor, or -1 with errno set.
int hayate_output_file(void);

/// Whether the descriptor is a file in memory: 1 or 0.
int hayate_is_memory_file(int descriptor);

/// Writes out what standard output has buffered; almost free when that is nothing.
void hayate_flush_output(void);

#endif
