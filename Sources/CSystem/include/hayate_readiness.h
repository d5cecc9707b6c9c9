#ifndef HAYATE_READINESS_H
#define HAYATE_READINESS_H
// The kernel's lists of descriptors that are ready, which Swift's view of the C library leaves out.

#include <sys/epoll.h>

#endif
