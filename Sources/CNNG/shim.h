#include <nng/nng.h>
#include <nng/supplemental/util/platform.h>
