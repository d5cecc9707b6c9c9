/* A PAM module for testbed/sshd: asks the questions of a file, and lets in whoever answers all of them.
 *
 * Each line of the file is `hidden` or `shown`, the question and the right answer, with a tabulator between them.
 * No user of the machine is given a password for a test, and nothing of the machine's own logins is touched.
 *
 * PAM's own headers are a package that machines seldom have; these few declarations are its stable interface. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pam_message {
    int msg_style;
    const char *msg;
};

struct pam_response {
    char *resp;
    int resp_retcode;
};

struct pam_conv {
    int (*conv)(int, const struct pam_message **, struct pam_response **, void *);
    void *appdata_ptr;
};

enum { SUCCESS = 0, AUTH_ERR = 7, CONV = 5, PROMPT_ECHO_OFF = 1, PROMPT_ECHO_ON = 2 };

extern int pam_get_item(const void *handle, int type, const void **item);

static int is_right(const struct pam_conv *conv, int style, const char *question, const char *answer) {
    struct pam_message message = {style, question};
    const struct pam_message *messages[] = {&message};
    struct pam_response *response = NULL;
    if (conv->conv(1, messages, &response, conv->appdata_ptr) != SUCCESS || !response) return 0;
    int right = response->resp && strcmp(response->resp, answer) == 0;
    free(response->resp);
    free(response);
    return right;
}

int pam_sm_authenticate(void *handle, int flags, int argc, const char **argv) {
    const void *conv = NULL;
    char line[512];
    int asked = 0;
    (void)flags;
    if (argc != 1 || pam_get_item(handle, CONV, &conv) != SUCCESS || !conv) return AUTH_ERR;
    FILE *file = fopen(argv[0], "re");
    if (!file) return AUTH_ERR;
    int right = 1;
    while (right && fgets(line, sizeof line, file)) {
        char *rest = line;
        line[strcspn(line, "\n")] = 0;
        const char *style = strsep(&rest, "\t"), *question = strsep(&rest, "\t");
        right = question && rest
            && is_right(conv, strcmp(style, "shown") == 0 ? PROMPT_ECHO_ON : PROMPT_ECHO_OFF, question, rest);
        asked++;
    }
    fclose(file);
    return right && asked ? SUCCESS : AUTH_ERR;
}

int pam_sm_setcred(void *handle, int flags, int argc, const char **argv) {
    (void)handle, (void)flags, (void)argc, (void)argv;
    return SUCCESS;
}
