#ifndef HAYATE_ENVIRONMENT_H
#define HAYATE_ENVIRONMENT_H
// Two macros and a variable of the C library that Swift does not import.

#include <locale.h>

/// The process's environment: pointers to NAME=value, the last one null; null itself if it was cleared.
char **hayate_environment(void);

/// The locale object that stands for the process's locale, for `uselocale`.
locale_t hayate_global_locale(void);

#endif
