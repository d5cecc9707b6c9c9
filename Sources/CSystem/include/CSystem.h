#ifndef CSYSTEM_H
#define CSYSTEM_H
// What Swift cannot call by itself: variadic functions, and code between fork and exec.
#include "hayate_environment.h"
#include "hayate_file_lock.h"
#include "hayate_heap.h"
#include "hayate_output_file.h"
#include "hayate_process.h"
#include "hayate_processors.h"
#include "hayate_readiness.h"
#include "hayate_shared_file.h"
#endif
