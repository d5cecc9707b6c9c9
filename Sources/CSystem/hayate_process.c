#define _GNU_SOURCE
#include "hayate_process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// Younger than some headers this is built with; the numbers are the same on every architecture.
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x1000
#endif
#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC 4u
#endif

extern char **environ;

int hayate_pidfd_open(pid_t pid) {
    return (int)syscall(SYS_pidfd_open, pid, 0);
}

int hayate_pidfd_send_signal(int pidfd, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

int hayate_memory_file(const char *name) {
    return memfd_create(name, MFD_CLOEXEC);
}

int hayate_event(void) {
    return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

int hayate_pipe(int *ends) {
    return pipe2(ends, O_CLOEXEC);
}

int hayate_open_directory(const char *path) {
    return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

const char *hayate_error_text(int number, char *buffer, size_t size) {
    return strerror_r(number, buffer, size);
}

int hayate_temporary_file(char *template_path) {
    return mkostemp(template_path, O_CLOEXEC);
}

// MARK: before the child

static void fill(char **pointers, struct hayate_strings strings) {
    const char *next = strings.bytes;
    for (size_t index = 0; index < strings.count; index++) {
        pointers[index] = (char *)next;
        next += strlen(next) + 1;
    }
}

static int names_same_variable(const char *left, const char *right) {
    while (*left && *left == *right && *left != '=') {
        left++;
        right++;
    }
    return *left == '=' && *right == '=';
}

// The pointers of the child's argv and envp in one allocation; argv first.
static char **make_vectors(const struct hayate_spawn_request *request, char ***environment) {
    size_t inherited = 0;
    int inherits = request->flags & HAYATE_SPAWN_INHERITS_ENVIRONMENT && environ != NULL;
    if (inherits)
        while (environ[inherited])
            inherited++;
    size_t own = request->environment.count;
    char **vectors = calloc(request->arguments.count + 1 + own + inherited + 1, sizeof(char *));
    if (!vectors)
        return NULL;
    fill(vectors, request->arguments);
    char **variables = vectors + request->arguments.count + 1;
    fill(variables, request->environment);
    size_t count = own;
    for (size_t index = 0; index < inherited; index++) {
        int replaced = 0;
        for (size_t other = 0; other < own && !replaced; other++)
            replaced = names_same_variable(environ[index], variables[other]);
        if (!replaced)
            variables[count++] = environ[index];
    }
    *environment = variables;
    return vectors;
}

static const char *search_path(char **environment) {
    for (; *environment; environment++)
        if (!strncmp(*environment, "PATH=", 5))
            return *environment + 5;
    return "/usr/local/bin:/usr/bin:/bin";
}

// Where execvp would find the program. A file that is there but may not be executed is the answer
// when there is no better one, so that the child's own errno tells why it cannot.
static int resolve(const char *name, const char *directories, int base, char *path, size_t size) {
    if (strchr(name, '/')) {
        if (strlen(name) >= size)
            return ENAMETOOLONG;
        strcpy(path, name);
        return 0;
    }
    if (!*name)
        return ENOENT;
    if (base < 0)
        base = AT_FDCWD;
    char candidate[4096];
    int found = 0;
    for (const char *next = directories;; next++) {
        const char *end = strchrnul(next, ':');
        int length = (int)(end - next);
        // An empty entry is the working directory.
        int written = length
            ? snprintf(candidate, sizeof candidate, "%.*s/%s", length, next, name)
            : snprintf(candidate, sizeof candidate, "./%s", name);
        struct stat status;
        if (written > 0 && (size_t)written < sizeof candidate && (size_t)written < size
            && !fstatat(base, candidate, &status, 0) && S_ISREG(status.st_mode)) {
            int executable = !faccessat(base, candidate, X_OK, AT_EACCESS);
            if (executable || !found)
                strcpy(path, candidate);
            if (executable)
                return 0;
            found = 1;
        }
        if (!*end)
            break;
        next = end;
    }
    return found ? 0 : ENOENT;
}

// MARK: the child

struct child {
    const struct hayate_spawn_request *request;
    struct hayate_spawn_outcome *outcome;
    char **arguments;
    char **environment;
    pid_t parent;
};

// The child runs on the parent's memory until it executes: it only makes system calls, and what it
// writes to the outcome is what the parent reads.
static void fail(struct child *child, enum hayate_spawn_step step) {
    child->outcome->error = errno;
    child->outcome->step = step;
    _exit(127);
}

static int run_child(void *context) {
    struct child *child = context;
    const struct hayate_spawn_request *request = child->request;

    // Handlers first, mask last: a handler of the parent must never run on the shared memory.
    // By the system call itself, for the C library keeps 32 and 33 to itself, and those may be
    // ignored by inheritance too. All zero is the default action, in whatever order its fields are.
    char action[256] = {0};
    for (int number = 1; number <= 64; number++)
        if (number != SIGKILL && number != SIGSTOP)
            syscall(SYS_rt_sigaction, number, action, NULL, 8);

    if (request->flags & HAYATE_SPAWN_NEW_SESSION) {
        if (setsid() < 0)
            fail(child, HAYATE_SPAWN_STEP_GROUP);
    } else if (request->flags & HAYATE_SPAWN_NEW_GROUP) {
        if (setpgid(0, 0))
            fail(child, HAYATE_SPAWN_STEP_GROUP);
    }
    if (request->flags & HAYATE_SPAWN_DIES_WITH_PARENT) {
        if (prctl(PR_SET_PDEATHSIG, SIGKILL))
            fail(child, HAYATE_SPAWN_STEP_PARENT);
        // The parent may have died before the line above.
        if (getppid() != child->parent)
            _exit(127);
    }

    // Away from 0, 1 and 2 first, so that no dup2 overwrites the source of a later one.
    int sources[3];
    for (int index = 0; index < 3; index++) {
        sources[index] = request->descriptors[index];
        if (sources[index] < 3)
            sources[index] = fcntl(sources[index], F_DUPFD_CLOEXEC, 3);
        if (sources[index] < 0)
            fail(child, HAYATE_SPAWN_STEP_DESCRIPTOR);
    }
    if (request->directory >= 0 && fchdir(request->directory))
        fail(child, HAYATE_SPAWN_STEP_DIRECTORY);
    for (int index = 0; index < 3; index++)
        if (dup2(sources[index], index) < 0)
            fail(child, HAYATE_SPAWN_STEP_DESCRIPTOR);
    // Ours are all close-on-exec; this is for what a library opened otherwise. Linux 5.11.
    syscall(SYS_close_range, 3u, ~0u, CLOSE_RANGE_CLOEXEC);

    if (request->niceness) {
        errno = 0;
        int present = getpriority(PRIO_PROCESS, 0);
        if (errno || setpriority(PRIO_PROCESS, 0, present + request->niceness))
            fail(child, HAYATE_SPAWN_STEP_NICENESS);
    }
    for (size_t index = 0; index < request->limit_count; index++) {
        const struct hayate_spawn_limit *limit = &request->limits[index];
        struct rlimit present, wanted = {limit->soft, limit->hard};
        if (getrlimit(limit->resource, &present))
            fail(child, HAYATE_SPAWN_STEP_LIMIT);
        // What this process itself may not exceed bounds the child too.
        if (wanted.rlim_max > present.rlim_max)
            wanted.rlim_max = present.rlim_max;
        if (wanted.rlim_cur > wanted.rlim_max)
            wanted.rlim_cur = wanted.rlim_max;
        if (setrlimit(limit->resource, &wanted))
            fail(child, HAYATE_SPAWN_STEP_LIMIT);
    }

    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execve(child->outcome->path, child->arguments, child->environment);
    fail(child, HAYATE_SPAWN_STEP_EXECUTE);
    return 127;
}

// A process that ignores SIGCHLD, which may be inherited from whoever started it, is never told how
// its children ended.
static void stop_ignoring_children(void) {
    struct sigaction present;
    if (sigaction(SIGCHLD, NULL, &present))
        return;
    if (present.sa_handler != SIG_IGN && !(present.sa_flags & SA_NOCLDWAIT))
        return;
    if (present.sa_handler == SIG_IGN)
        present.sa_handler = SIG_DFL;
    present.sa_flags &= ~SA_NOCLDWAIT;
    sigaction(SIGCHLD, &present, NULL);
}

int hayate_spawn(const struct hayate_spawn_request *request, struct hayate_spawn_outcome *outcome) {
    stop_ignoring_children();
    outcome->pid = -1;
    outcome->pidfd = -1;
    outcome->step = HAYATE_SPAWN_STEP_NONE;
    outcome->error = 0;
    outcome->path_exists = 0;
    outcome->path[0] = 0;

    char **environment;
    char **arguments = make_vectors(request, &environment);
    if (!arguments) {
        outcome->step = HAYATE_SPAWN_STEP_PREPARE;
        outcome->error = ENOMEM;
        return -1;
    }
    outcome->error = resolve(arguments[0] ? arguments[0] : "", search_path(environment),
        request->directory, outcome->path, sizeof outcome->path);
    if (outcome->error) {
        outcome->step = HAYATE_SPAWN_STEP_LOOKUP;
        free(arguments);
        return -1;
    }

    struct child child = {request, outcome, arguments, environment, getpid()};
    // The child's own stack lies in ours, which stands still until the child executes or ends.
    _Alignas(64) char stack[64 * 1024];
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int flags = CLONE_VM | CLONE_VFORK | SIGCHLD;
    if (!(request->flags & HAYATE_SPAWN_WITHOUT_PIDFD))
        flags |= CLONE_PIDFD; // A kernel before 5.2 ignores it, and leaves pidfd at -1.
    int pidfd = -1;
    pid_t pid = clone(run_child, stack + sizeof stack, flags, &child, &pidfd);
    int clone_error = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    free(arguments);

    if (pid < 0) {
        outcome->step = HAYATE_SPAWN_STEP_CLONE;
        outcome->error = clone_error;
        return -1;
    }
    if (outcome->step != HAYATE_SPAWN_STEP_NONE) {
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
            ;
        if (pidfd >= 0)
            close(pidfd);
        outcome->path_exists = !faccessat(
            request->directory < 0 ? AT_FDCWD : request->directory, outcome->path, F_OK, 0);
        return -1;
    }
    outcome->pid = pid;
    outcome->pidfd = pidfd;
    return 0;
}

// MARK: members of a group or a session

struct membership {
    char state;
    pid_t group;
    pid_t session;
};

static int read_membership(int directory, const char *name, struct membership *membership) {
    int file = openat(directory, name, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return -1;
    char text[512];
    ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    if (length <= 0)
        return -1;
    text[length] = 0;
    // The name of the program stands in parentheses and may itself hold some.
    const char *rest = strrchr(text, ')');
    int parent;
    if (!rest
        || sscanf(rest + 1, " %c %d %d %d", &membership->state, &parent, &membership->group,
               &membership->session)
            != 4)
        return -1;
    return 0;
}

static int is_member(const struct membership *membership, int kind, pid_t id) {
    return (kind == HAYATE_MEMBERS_OF_SESSION ? membership->session : membership->group) == id;
}

int hayate_signal_members(int kind, pid_t id, pid_t except, int signal) {
    DIR *processes = opendir("/proc");
    if (!processes)
        return -1;
    int alive = 0;
    struct dirent *entry;
    while ((entry = readdir(processes))) {
        char *end;
        long pid = strtol(entry->d_name, &end, 10);
        if (*end || pid <= 0 || pid == except)
            continue;
        char name[32];
        snprintf(name, sizeof name, "%ld/stat", pid);
        struct membership membership;
        if (read_membership(dirfd(processes), name, &membership)
            || !is_member(&membership, kind, id))
            continue;
        int lives = membership.state != 'Z' && membership.state != 'X';
        alive += lives;
        if (!signal)
            continue;
        // The open directory stands for this very process: no later one with the same number can
        // be hit.
        snprintf(name, sizeof name, "%ld", pid);
        int process = openat(dirfd(processes), name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (process < 0)
            continue;
        if (!read_membership(process, "stat", &membership) && is_member(&membership, kind, id)
            && hayate_pidfd_send_signal(process, signal) && errno == ENOSYS)
            kill((pid_t)pid, signal);
        close(process);
    }
    closedir(processes);
    return alive;
}
