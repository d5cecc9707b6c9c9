# What the stand-ins share: a table of jobs in the directory HAYATE_STAND_IN.

: "${HAYATE_STAND_IN:?a stand-in for a scheduler needs this directory}"
USER=${USER:-$(id -un)}
jobs=$HAYATE_STAND_IN/jobs
mkdir -p "$jobs"

# complain TEXT: this call is not what a scheduler gets.
complain() {
    echo "$(basename "$0"): $1" >>"$HAYATE_STAND_IN/complaints"
    echo "$(basename "$0"): stand-in: $1" >&2
    exit 64
}

# Refuses as the file `refuse` says, once: an exit code, and a message behind it.
maybe_refuse() {
    [ -f "$HAYATE_STAND_IN/refuse" ] || return 0
    read -r code message <"$HAYATE_STAND_IN/refuse"
    rm "$HAYATE_STAND_IN/refuse"
    echo "$message" >&2
    exit "$code"
}

# new_job NAME FIRST LAST: sets id. Without an array FIRST and LAST are empty. The first id is 0, as it is with PBS.
new_job() {
    id=0
    until mkdir "$jobs/$id" 2>/dev/null; do id=$((id + 1)); done
    echo "$1" >"$jobs/$id/name"
    echo "$2" >"$jobs/$id/first"
    echo "$3" >"$jobs/$id/last"
}

# elements ID: its elements, or "-" for a job that is no array.
elements() {
    first=$(cat "$jobs/$1/first")
    if [ -z "$first" ]; then echo -; else seq "$first" "$(cat "$jobs/$1/last")"; fi
}

# start ID ELEMENT VARIABLES...: runs the job's script as a session of its own.
start() {
    directory=$jobs/$1
    element=$2
    shift 2
    env "$@" setsid sh -c '
        sh "$1/script" >"$1/out.$2" 2>&1 </dev/null
        echo $? >"$1/exit.$2.new"
        mv "$1/exit.$2.new" "$1/exit.$2"
    ' stand-in "$directory" "$element" >/dev/null 2>&1 </dev/null &
    pid=$!
    # Whoever called us may end what is left of the session that it is still in.
    until [ "$(cut -d ' ' -f 6 "/proc/$pid/stat" 2>/dev/null || echo "$pid")" = "$pid" ]; do sleep 0.01; done
    echo "$pid" >"$directory/pid.$element"
}

# state ID ELEMENT: running, cancelled, done, or failed and the exit code.
state() {
    if [ -f "$jobs/$1/cancelled.$2" ]; then
        echo cancelled
    elif [ -f "$jobs/$1/exit.$2" ]; then
        code=$(cat "$jobs/$1/exit.$2")
        if [ "$code" = 0 ]; then echo done; else echo "failed $code"; fi
    elif kill -0 "$(cat "$jobs/$1/pid.$2")" 2>/dev/null || [ -f "$jobs/$1/exit.$2" ]; then
        echo running
    else
        # Killed from outside, with all of its session.
        echo failed 137
    fi
}

# cancel ID ELEMENT: ends its session; false if it has ended before.
cancel() {
    [ ! -f "$jobs/$1/exit.$2" ] && [ ! -f "$jobs/$1/cancelled.$2" ] || return 1
    : >"$jobs/$1/cancelled.$2"
    kill -TERM -- "-$(cat "$jobs/$1/pid.$2")" 2>/dev/null || true
}

# range TEXT: sets first and last of `0-3` or `0-3%2`.
range() {
    text=${1%%%*}
    first=${text%%-*}
    last=${text##*-}
    case $first$last in '' | *[!0-9]*) complain "'$1' is no range of elements" ;; esac
}

# read_script FILE OR NOTHING: keeps it in $HAYATE_STAND_IN/script.new; it must begin as scripts do.
read_script() {
    cat ${1:+"$1"} >"$HAYATE_STAND_IN/script.new"
    head -n 1 "$HAYATE_STAND_IN/script.new" | grep -q '^#!/' || complain "the script does not begin with #!"
}

# directive PREFIX OPTION: the value that the script gives it, without quotes.
directive() {
    sed -n "s/^$1 $2 *//p" "$HAYATE_STAND_IN/script.new" | head -n 1 | sed 's/^"\(.*\)"$/\1/'
}
