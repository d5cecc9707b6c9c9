#define _GNU_SOURCE
#include "hayate_processors.h"

#include <sched.h>
#include <unistd.h>

int hayate_usable_processors(void) {
    // Machines with more than a fixed set holds are asked with larger ones.
    for (int most = 1024; most <= 1 << 20; most *= 4) {
        cpu_set_t *set = CPU_ALLOC(most);
        if (set == NULL) break;
        size_t bytes = CPU_ALLOC_SIZE(most);
        int count = sched_getaffinity(0, bytes, set) == 0 ? CPU_COUNT_S(bytes, set) : 0;
        CPU_FREE(set);
        if (count > 0) return count;
    }
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (int)online : 1;
}
