// Made by scripts/embed from site-config/ and templates/, which are what to edit.

extension BuiltInFile {
    /// By path.
    public static let all: [BuiltInFile] = [
        BuiltInFile(path: "site-config/local.yaml", text: ####"""
# Processes of this machine, without a scheduler: what is meant where no other site fits.
schema: 1
site:
  id: local
  title: This machine
clusters:
  main:
    scheduler: local
network:
  protocol: tcp

"""####),
        BuiltInFile(path: "templates/job.mustache", text: ####"""
{{! The layout that the templates of the schedulers fill in; docs/templates.md describes it. }}
#!{{{shebang}}}
{{$directives}}
{{{directives}}}
{{/directives}}
{{$scheduler}}
{{/scheduler}}
{{$prologue}}
{{#sitePrologue}}
{{{.}}}
{{/sitePrologue}}
{{/prologue}}
{{$modules}}
{{#purgesModules}}
module purge
{{/purgesModules}}
{{#modules}}
module load {{.}}
{{/modules}}
{{/modules}}
{{$environment}}
{{#environment}}
export {{{name}}}={{value}}
{{/environment}}
{{/environment}}
{{$directory}}
{{/directory}}
{{#warning}}
# The warning must not end this shell; a command that wants it sets a trap of its own.
trap : {{.}}
{{/warning}}
{{$setup}}
{{#prologue}}
{{{.}}}
{{/prologue}}
{{/setup}}
{{$command}}
{{{command}}}
{{/command}}
status=$?
{{$epilogue}}
{{#epilogue}}
{{{.}}}
{{/epilogue}}
{{#siteEpilogue}}
{{{.}}}
{{/siteEpilogue}}
{{/epilogue}}
exit $status
{{$end}}
{{/end}}

"""####),
        BuiltInFile(path: "templates/local.mustache", text: ####"""
{{<job}}
{{$directives}}
# The shell reads this from its standard input, of which the commands must get nothing.
{
{{/directives}}
{{$directory}}
{{#directory}}
cd -- {{.}} || exit 97
{{/directory}}
{{/directory}}
{{$end}}
} </dev/null
{{/end}}
{{/job}}

"""####),
        BuiltInFile(path: "templates/lsf.mustache", text: ####"""
{{<job}}
{{/job}}

"""####),
        BuiltInFile(path: "templates/pbspro.mustache", text: ####"""
{{<job}}
{{$directory}}
# The job starts in the home directory.
cd "$PBS_O_WORKDIR" || exit 97
{{#directory}}
cd -- {{.}} || exit 97
{{/directory}}
{{/directory}}
{{/job}}

"""####),
        BuiltInFile(path: "templates/sge.mustache", text: ####"""
{{<job}}
{{/job}}

"""####),
        BuiltInFile(path: "templates/slurm.mustache", text: ####"""
{{<job}}
{{$scheduler}}
# The script starts without the submitter's variables; its steps shall have the script's.
export SLURM_EXPORT_ENV=ALL
{{#cpus}}
# Steps no longer take it from --cpus-per-task by themselves.
export SRUN_CPUS_PER_TASK={{.}}
{{/cpus}}
{{/scheduler}}
{{/job}}

"""####),
        BuiltInFile(path: "templates/torque.mustache", text: ####"""
{{<job}}
{{$directory}}
# The job starts in the home directory.
cd "$PBS_O_WORKDIR" || exit 97
{{#directory}}
cd -- {{.}} || exit 97
{{/directory}}
{{/directory}}
{{/job}}

"""####),
    ]
}
