/// What templates may name; docs/templates.md describes each.
enum ScriptVariable {
    enum Kind {
        /// Shell or directives, which only `{{{…}}}` writes.
        case script
        /// Lines of shell: a section, with `{{{.}}}` in it.
        case lines
        /// A value, or nothing.
        case text
        /// A section, with `{{.}}` in it.
        case texts
        /// A section, with `{{{name}}}` and `{{value}}` in it.
        case pairs
        /// Only a section.
        case flag
    }

    static let kinds: [String: Kind] = [
        "shebang": .script, "directives": .script, "command": .script,
        "sitePrologue": .lines, "prologue": .lines, "epilogue": .lines, "siteEpilogue": .lines,
        "modules": .texts, "purgesModules": .flag, "environment": .pairs, "directory": .text,
        "name": .text, "queue": .text, "account": .text, "site": .text, "output": .text,
        "nodes": .text, "tasksPerNode": .text, "cpus": .text, "gpus": .text, "elements": .text,
        "memory": .text, "walltime": .text, "warning": .text, "jobVariable": .text, "indexVariable": .text,
    ]

    static let ofPairs = ["name", "value"]
}
