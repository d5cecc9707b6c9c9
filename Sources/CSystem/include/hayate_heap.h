#ifndef HAYATE_HEAP_H
#define HAYATE_HEAP_H

/// From now on large blocks that are freed are kept and used again instead of being given back to the
/// system, which would have to fill the next ones with zeros.
void hayate_keep_large_blocks(void);

/// Gives what is kept back to the system.
void hayate_release_large_blocks(void);

#endif
