#include "hayate_heap.h"

#include <malloc.h>

void hayate_keep_large_blocks(void) {
    mallopt(M_MMAP_MAX, 0);
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    mallopt(M_TOP_PAD, 1 << 20);
}

void hayate_release_large_blocks(void) { malloc_trim(0); }

size_t hayate_heap_bytes(void) {
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}
