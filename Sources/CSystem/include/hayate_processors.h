#ifndef HAYATE_PROCESSORS_H
#define HAYATE_PROCESSORS_H

/// How many processors the system lets the calling thread run on; at least 1.
int hayate_usable_processors(void);

#endif
