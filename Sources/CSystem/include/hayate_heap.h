#ifndef HAYATE_HEAP_H
#define HAYATE_HEAP_H

#include <stddef.h>

/// From now on large blocks that are freed are kept and used again instead of being given back to the
/// system, which would have to fill the next ones with zeros.
void hayate_keep_large_blocks(void);

/// Gives what is kept back to the system.
void hayate_release_large_blocks(void);

/// Bytes that the allocator has given out and not got back.
size_t hayate_heap_bytes(void);

#endif
