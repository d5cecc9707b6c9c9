/// The long help of `hayate map`. No line is longer than 78 columns, or it would be broken.
enum MapHelp {
    static let discussion = """
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
        """
}
