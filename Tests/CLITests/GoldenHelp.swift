/// The help texts, word for word: a change to them is a change to the manual.
enum GoldenHelp {
    static let map = #"""
        OVERVIEW: Run a command for every value of a list.

        LISTS
          ::: A B C          these values
          :::: FILE ...      one value per line of each file; - is standard input
          (nothing)          one value per line of standard input
          --csv, --tsv       one element per row of a table
          --grid name=...    all combinations of several grids
          Several lists give every combination; the first varies most slowly.
          :::+ and ::::+ go along with the list before instead. Empty lines are
          left out.

        PLACES IN THE COMMAND
          {}   the value          {.}   without extension
          {/}  without directory  {/.}  without both
          {//} its directory      {#}   index of the element, from 1
          {1} {2} {name}          one of several values; also {1.} {name/} ...
          Without any of them the value becomes the last argument. Other braces
          stay as they are; {{}} gives the text {}. A value is always one
          argument, whatever it holds: no shell reads it. With --shell, /bin/sh
          reads the command, and values are still safe.

        EXAMPLES
          hayate map gzip -k {} ::: *.csv
          hayate map -n 4 ./simulate --mass {1} --charge {2} ::: 1 2 5 ::: -1 1
          hayate map --csv stars.csv ./fit.py --name {name} --flux {flux}
          hayate map --grid a=0..1:0.1 --grid n=10,100 --output csv ./model {a} {n}
          find . -name '*.fits' -print0 | hayate map -0 --results out ./reduce.py
          hayate map --shell 'sort {} | uniq -c > {.}.counts' ::: *.txt

        ENVIRONMENT OF EACH COMMAND
          HAYATE_INDEX       index of the element, from 1
          HAYATE_ATTEMPT     how often it has been started, from 1
          HAYATE_SEED        a random seed of its own, 64 bits; made of --seed and
                             the index, so the same when the element runs again
          HAYATE_TASK        a name made of its arguments and values

        RESULTS
          Standard output has the results in the order of the inputs, as they
          come. With --results, DIR has what each element wrote (output/), a table
          (results.csv), and a record of each end (outcomes.jsonl). After Ctrl-C
          or a crash, the same command goes on where it was: what is done is not
          run again, but its results are written again. The column stdout of a
          table holds 32,767 bytes, texts in JSON 1 MiB.

        OTHER MACHINES
          With --listen, daemons of other machines may join; -n 0 runs nothing here.

            hayate map -n 0 --listen tls+tcp://node1:9001 ./fit.py {} ::: *.csv
            hayate daemon tls+tcp://node1:9001

          node1 is this machine, by the name or address that the others dial. The
          second line is for each of them; standard error has it with what else it
          needs. Who joins must have the key that this run makes or --pool-key has.
          It is found by itself where the home directory is the same; for other
          machines see 'hayate help daemon' and 'hayate help keys'.

          With --ssh this program logs in to other machines, copies a small daemon
          there, and ends it when all is done; nothing must be installed there. The
          daemons dial this machine, or come through the connection with --tunnel.

            hayate map --ssh node1,node2 -n 8 ./fit.py {} ::: *.csv
            hayate map --ssh me@gateway:2222 --tunnel ./fit.py {} ::: *.csv

        ON A CLUSTER
          With --profile the batch scheduler starts the daemons: a fixed number, or
          as many as there is work for. They are one job array, or several where the
          site wants it so; lost ones are replaced, and at the end all are cancelled.
          'hayate site' shows what is known of clusters, and 'hayate allocations'
          the jobs.

            hayate map --profile auto -n 16 --walltime 2h ./fit.py {} ::: *.csv
            hayate map --profile gpu --daemons 0..64 --gpus 1 ./train.py {} ::: 1 2 3

        IN A SESSION
          With --session the sweep is submitted to a session, as 'hayate submit' does,
          and shown here. After Ctrl-C it goes on there: 'hayate wait' and 'hayate
          results' come back to it, and 'hayate cancel' ends it.

            hayate map --session default ./fit.py {} ::: *.csv

        EXIT CODE
          0    all elements succeeded
          1    some did not
          2    wrong usage, or inputs, results or output that cannot be used
          130  ended by Ctrl-C
          141  nobody reads standard output any more

        USAGE: hayate map [options] CMD [ARG ...] [::: VALUE ...] [:::: FILE ...]

        ARGUMENTS:
          <cmd>                   The command, and behind it the lists.

        OPTIONS:
          -n, --daemons <count>   How many commands run at once (default: one per
                                  processor of this machine). With --profile also
                                  MIN..MAX: as many as there is work for. With --ssh on
                                  each machine (default: 1).
          --timeout <time>        Stop a command that takes longer, for example 30s,
                                  5m, 1.5h.
          --time <time>           How long one command takes at most: it goes to
                                  daemons only that have so much of their --walltime
                                  left.
          --retries <count>       Start a command that failed up to this many times
                                  again. (default: 0)
          --keep-going            Run the other elements when one fails. (default:
                                  --keep-going)
          --stop-on-failure       Stop everything at the first failure.
          --results <dir>         Keep all results in this directory. The same command
                                  run again with the same directory runs only what is
                                  missing or failed.
          --fresh                 Delete what is in the results directory, and begin
                                  again.
          --output <format>       How to write results to standard output: text, json
                                  or csv. (values: text, json, csv; default: text)
          --csv <file>            One element per row of this table; its header names
                                  the columns for {name}.
          --tsv <file>            The same with tabs between the fields.
          --grid <name=values>    Values for {name}: lr=0.1,0.2 or n=1..10 or
                                  x=0..1:0.25. May be given several times.
          -0, --null              Values in files and on standard input end with NUL,
                                  as find -print0 writes them.
          --shell                 Have /bin/sh read the command, for pipes and
                                  redirections.
          --seed <number>         Seed of the elements' random seeds (default: a random
                                  one, shown at the end).
          --cpus-per-task <count> Processors that each command needs (default: 1).
          --gpus-per-task <count> Graphics processors that each command needs; which
                                  ones, it finds in CUDA_VISIBLE_DEVICES.
          --memory-per-task <size>
                                  Memory that each command needs, as 4GiB.
          --resource <name=count> What else each command needs, as licence=1; may be
                                  given again.
          --profile <name>        Have the scheduler of a cluster start the daemons: a
                                  compute profile of this site, a site, both as
                                  site/profile, or auto.
          --queue <name>          The queue or partition; auto: chosen from the site's
                                  limits.
          --account <name>        The account.
          --project <name>        The project, where it is something else than the
                                  account.
          --walltime <time>       How long a job may run: 12h, 1d12h.
          --memory <size>         Memory on each machine: 4GiB.
          --cpus <n>              Processors of each process.
          --gpus <n>              Graphics processors on each machine: 2, or a100:2.
          --set <path=value>      A setting of the site, as network.ports=9000-9100;
                                  may be given again.
          --ssh <host>            Run the daemons on this machine, as
                                  [user@]host[:port] or a name of ~/.ssh/config;
                                  several with commas or by giving it again.
          --tunnel                Have those daemons reach this machine through the
                                  connection that started them.
          --tunnel-port <ports>   The same at one of these ports of those machines, as
                                  9000-9010 (default: one that is free).
          --remote-daemon <path>  Start this program of those machines, hayate or
                                  hayate-daemon, instead of copying one there.
          --accept-new            Take and write down the keys of machines that are not
                                  in known_hosts yet. A changed key is refused.
          --ssh-config <file>     The configuration of SSH (default: ~/.ssh/config and
                                  the system's).
          --identity <file>       A private key to log in with, before all others; may
                                  be given again.
          --listen <url>          Let daemons of other machines join here, for example
                                  tls+tcp://10.1.0.7:9001.
          --pool-key <file>       The pool's secret, as hayate keys make writes it
                                  (default: a new one for this run).
          --certificate <file>    Show this certificate to daemons, instead of using
                                  keys; self-signed: one made for this run.
          --certificate-key <file>
                                  Its private key, if it is not in the same file.
          --client-ca <file>      With a certificate: daemons must show one that an
                                  authority in this file has signed; anybody: they need
                                  none, and whoever reaches the port can join.
          --insecure-plaintext    Use tcp:// or ws:// unprotected: others on the way
                                  can read all, join, and run what they like.
          --session <name>        Run it in this session, where it goes on after
                                  Ctrl-C: see 'hayate help submit'.
          --name <name>           What the submission is called: 1 to 64 of A-Z a-z 0-9
                                  . _ - (default: made from the command).
          --key <text>            Submit it once only, however often this is called:
                                  whoever gives the same key again gets the submission
                                  that is there.
          --needs <what>          Start when this has succeeded: a submission as a
                                  whole, a/5 an element of it, or 'a[*]' for each
                                  element that of a with the same number; may be given
                                  again.
          --priority <number>     Higher ones run earlier: -128 to 127. (default: 0)
          --directory <dir>       Where the commands run (default: here, but where
                                  daemons are started if they are on other machines by
                                  --ssh or --listen).
          --dry-run               Show the commands, one per line, and run nothing.
          --version               Show the version.
          -h, --help              Show help information.


        """#

    static let login = #"""
          --accept-new            Take and write down the keys of machines that are not
                                  in known_hosts yet. A changed key is refused.
          --ssh-config <file>     The configuration of SSH (default: ~/.ssh/config and
                                  the system's).
          --identity <file>       A private key to log in with, before all others; may
                                  be given again.
        """#

    static let root = #"""
        OVERVIEW: Run many commands at once, and keep what they said.

        The most useful command is map: it runs one command for every value of a list,
        several at a time, and writes the results in the order of the list.

          hayate map echo hello {} ::: Ada Grace Emmy

        'hayate help map' has lists, tables, grids, and results that survive a stop.
        What shall go on when the terminal is closed: see 'hayate help session'.

        USAGE: hayate <subcommand>

        OPTIONS:
          --version               Show the version.
          -h, --help              Show help information.

        SUBCOMMANDS:
          map                     Run a command for every value of a list.
          run                     Run one command on a daemon.
          session                 Start, list and stop sessions.
          submit                  Submit a command for every value to a session.
          wait                    Wait until submissions of a session are over.
          results                 Write the results of a submission, in order.
          cancel                  Cancel submissions of a session, or elements of them.
          retry                   Run failed elements of a session again.
          logs                    Show the log of a session, a submission or an element.
          explain                 Say why an element waits, or what became of it.
          top                     Watch a session, and look into what it does.
          dashboard               Show a session as a page in a browser.
          trace                   Write what ran where and when as a file for Perfetto.
          daemon                  Be a daemon: connect to a host and run what it sends.
          dispatcher              Join a host with daemons of your own.
          site                    Show, explain and check the profiles of clusters.
          render                  Show the script of a job for a batch scheduler.
          allocations             List, cancel and clean up jobs that hold daemons.
          parse-status            Tell the states of jobs in what a scheduler printed.
          parse-submit            Tell what a scheduler's answer to a submission means.
          keys                    Make, show, check and rotate keys and certificates.
          completion              Print a completion script for a shell.

          See 'hayate help <subcommand>' for detailed help.

        """#

    static let keys = #"""
        OVERVIEW: Make, show, check and rotate keys and certificates.

        A pool has one secret, which stays with its host. Whoever joins gets a key that
        is made from it and good for one role:

          daemon    runs the pool's tasks
          client    submits tasks and fetches results (nothing asks for it yet)
          monitor   looks and changes nothing (nothing asks for it yet)

        A pool without --pool-key makes a secret for itself, and hosts and daemons with
        the same home directory need nothing from here. For other machines:

          hayate keys make ~/pool.secret
          hayate map --pool-key ~/pool.secret --listen tls+tcp://node1:9001 ...
          hayate keys export --role daemon ~/pool.secret - |
            ssh node2 hayate daemon --key-file - tls+tcp://node1:9001

        For sites with certificates there are certificate and request; show, check and
        rotate know certificates too.

        A file with a key is refused unless only you can read it (chmod 600) and only
        you can replace it: it and all directories above it are yours or root's, others
        cannot write there, and it is no symbolic link.

        EXIT CODE
          0    done, or good
          1    check has found something because of which the file would be refused
          2    wrong usage, or a file that cannot be used

        USAGE: hayate keys <subcommand>

        OPTIONS:
          --version               Show the version.
          -h, --help              Show help information.

        SUBCOMMANDS:
          make                    Make the secret of a new pool.
          export                  Make the key of a role from a pool's secret.
          show                    Show what a file with keys holds, but never the keys.
          check                   Say why a file with keys would be refused.
          rotate                  Give a pool a new secret; the old ones stay good.
          certificate             Make a certificate and its private key.
          request                 Make a private key and a request for an authority to
                                  sign.

          See 'hayate help keys <subcommand>' for detailed help.

        """#

    static let top = #"""
        OVERVIEW: Watch a session, and look into what it does.

        Shows pools, submissions, daemons, allocations, failures and tasks of a
        session, and lets one look closer, cancel and retry. ? tells all keys.

        Where standard output is no terminal, and with --once, it writes everything
        once, as plain text, and ends.

        ENVIRONMENT
          NO_COLOR   if it has any value, nothing is coloured

        USAGE: hayate top [options]

        OPTIONS:
          --session <name>        The session (default: HAYATE_SESSION, else default,
                                  else the only one that runs).
          --once                  Write everything once, and end.
          --interval <time>       How often to look (default: 1s).
          --output <form>         How to answer: text or json. (values: text, json;
                                  default: text)
          --version               Show the version.
          -h, --help              Show help information.


        """#

    static let dashboard = #"""
        OVERVIEW: Show a session as a page in a browser.

        Prints an address, which opens the page in one browser, once: it holds a token.
        The page only looks, and only at this machine's address 127.0.0.1. Ctrl-C ends
        it; the session goes on.

        From another machine, with a port of one's choice:

          ssh -t -L 8899:127.0.0.1:8899 login1 hayate dashboard --port 8899

        USAGE: hayate dashboard [options]

        OPTIONS:
          --session <name>        The session (default: HAYATE_SESSION, else default,
                                  else the only one that runs).
          --port <number>         The port (default: one that is free).
          --version               Show the version.
          -h, --help              Show help information.


        """#

    static let trace = #"""
        OVERVIEW: Write what ran where and when as a file for Perfetto.

        The file opens in https://ui.perfetto.dev, which shows it in the browser and
        sends it nowhere, and in chrome://tracing. Machines are processes in it,
        daemons threads, and each start of a task a bar.

          hayate trace --since 2h fits.json

        USAGE: hayate trace [options] <file>

        ARGUMENTS:
          <file>                  Where to; - is standard output.

        OPTIONS:
          --session <name>        The session (default: HAYATE_SESSION, else default,
                                  else the only one that runs).
          --since <time>          Only what ended in this time, and what runs (default:
                                  all).
          --version               Show the version.
          -h, --help              Show help information.


        """#
}
