import ArgumentParser

/// `hayate completion`: what a shell needs to complete our options.
struct CompletionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completion",
        abstract: "Print a completion script for a shell.",
        discussion: """
            For example, in ~/.bashrc:

              source <(hayate completion bash)
            """)

    enum Shell: String, ExpressibleByArgument, CaseIterable {
        case bash, zsh, fish
    }

    @Argument(help: "Which shell.")
    var shell: Shell

    func run() throws {
        let environment = ProgramEnvironment.current
        let script = HayateCommand.completionScript(for: CompletionShell(rawValue: shell.rawValue)
            ?? .bash)
        environment.write(script + "\n", to: environment.output)
    }
}
