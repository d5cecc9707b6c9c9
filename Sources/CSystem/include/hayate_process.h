#ifndef HAYATE_PROCESS_H
#define HAYATE_PROCESS_H
// Starting a process, and finding the processes of a group or a session.

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// Zero or more strings, each ended by a NUL byte, one after the other.
struct hayate_strings {
    const char *bytes;
    size_t count;
};

// The child becomes the leader of a new process group, or of a new session.
#define HAYATE_SPAWN_NEW_GROUP 1u
#define HAYATE_SPAWN_NEW_SESSION 2u
// The child gets SIGKILL when the thread that started it ends.
#define HAYATE_SPAWN_DIES_WITH_PARENT 4u
// The environment starts from the one of this process.
#define HAYATE_SPAWN_INHERITS_ENVIRONMENT 8u
// No pidfd is asked for, as on a kernel that has none.
#define HAYATE_SPAWN_WITHOUT_PIDFD 16u

struct hayate_spawn_limit {
    int32_t resource; // RLIMIT_...
    uint64_t soft;
    uint64_t hard;
};

struct hayate_spawn_request {
    struct hayate_strings arguments; // the first is looked up in PATH unless it has a slash
    struct hayate_strings environment; // NAME=value, these win over inherited ones
    int32_t descriptors[3]; // what becomes 0, 1 and 2 of the child
    int32_t directory; // a descriptor, or -1 to stay
    int32_t niceness; // added to the one of this process
    uint32_t flags;
    const struct hayate_spawn_limit *limits;
    size_t limit_count;
};

// What was being done when a start failed.
enum hayate_spawn_step {
    HAYATE_SPAWN_STEP_NONE = 0,
    HAYATE_SPAWN_STEP_PREPARE,
    HAYATE_SPAWN_STEP_LOOKUP,
    HAYATE_SPAWN_STEP_CLONE,
    HAYATE_SPAWN_STEP_GROUP,
    HAYATE_SPAWN_STEP_PARENT,
    HAYATE_SPAWN_STEP_DESCRIPTOR,
    HAYATE_SPAWN_STEP_DIRECTORY,
    HAYATE_SPAWN_STEP_LIMIT,
    HAYATE_SPAWN_STEP_NICENESS,
    HAYATE_SPAWN_STEP_EXECUTE,
};

struct hayate_spawn_outcome {
    pid_t pid;
    int32_t pidfd; // close-on-exec, or -1 where the kernel has none
    int32_t step; // enum hayate_spawn_step
    int32_t error; // the errno of the failed step
    int32_t path_exists; // with step EXECUTE: the file is there (so its interpreter is not)
    char path[4096]; // the file that was, or was to be, executed
};

// Starts a process. Returns 0, or -1 with `step` and `error` told by the child itself; then no
// process is left.
int hayate_spawn(const struct hayate_spawn_request *request, struct hayate_spawn_outcome *outcome);

#define HAYATE_MEMBERS_OF_GROUP 0
#define HAYATE_MEMBERS_OF_SESSION 1

// Sends `signal` (0: none) to every process of the group or session `id` but `except`, and returns
// how many of them were alive (zombies are not), or -1 with errno where /proc cannot be read.
int hayate_signal_members(int kind, pid_t id, pid_t except, int signal);

int hayate_pidfd_open(pid_t pid);
int hayate_pidfd_send_signal(int pidfd, int signal);

// A nameless file in memory, close-on-exec.
int hayate_memory_file(const char *name);

// A counter that poll waits on, close-on-exec and never blocking.
int hayate_event(void);

// Both ends of a pipe, reading end first, close-on-exec.
int hayate_pipe(int *ends);

// A directory to enter or to look up files in, close-on-exec.
int hayate_open_directory(const char *path);

// The system's text for an error number.
const char *hayate_error_text(int number, char *buffer, size_t size);

// mkostemp, which not every C library's headers show: a new file of mode 0600, close-on-exec.
int hayate_temporary_file(char *template_path);

#endif
