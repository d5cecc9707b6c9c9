// Whoever includes a header of the system first owns what is in it, and Swift finds SOCK_STREAM there alone: that
// must be the C library's module and not this one.
#pragma clang module import SwiftGlibc
#include <libssh/libssh.h>
#include <libssh/callbacks.h>
#include <libssh/server.h>
#include <libssh/sftp.h>
