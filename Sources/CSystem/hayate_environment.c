#define _GNU_SOURCE
#include "hayate_environment.h"

#include <unistd.h>

char **hayate_environment(void) { return environ; }

locale_t hayate_global_locale(void) { return LC_GLOBAL_LOCALE; }
